/**
 * Graph models of TF.js: a GraphDef as JSON (binary before TF.js 1.0), whose constants have their elements in the files of
 * weights, under the names of their nodes. Source: tfjs-converter/src/operations/operation_mapper.ts,
 * executor/graph_model.ts, executor/frozen_model.ts of its version 0.8.
 */
import { FreezeError } from '../../errors.ts'
import { messageFromJson } from '../../formats/protobuf/json.ts'
import type { Graph } from '../../graph/graph.ts'
import { fromGraphDef } from '../../graph/graphdef.ts'
import type { Node } from '../../graph/node.ts'
import { LARGE_BYTES } from '../../limits.ts'
import * as make from '../../tensor/make.ts'
import { readTensor } from '../../tensor/read.ts'
import { byteLength, type Tensor } from '../../tensor/tensor.ts'
import { isInteger } from '../../tensorflow/dtype.ts'
import { GraphDef, SignatureDef } from '../../tensorflow/generated/messages.ts'
import { readGraph as readGraphDef } from '../frozen-graph.ts'
import { isList, isObject, type JsonObject, member, stringAt } from '../keras/json.ts'
import type { Json } from '../keras/layer-graph.ts'
import type { Model, Signature, SignatureTensor } from '../model.ts'
import { readSignatures } from '../signatures.ts'
import { checkpoint } from '../state/checkpoint.ts'
import { tablesFrom } from '../state/tables.ts'
import { traceLoading } from '../state/trace.ts'
import { variablesFrom } from '../state/variables.ts'
import { separateFusedOps } from './fused-ops.ts'
import type { BinaryTfjsModel, TfjsModel } from './model-json.ts'
import type { StoredWeights } from './weights.ts'

/** The signature of a model, of which TF.js knows one. */
const SIGNATURE = 'serving_default'

/** The graph of a model with its weights. Throws `missing` for a constant without a weight, `corrupt`, `invalid-graph`. */
export const graphModel = (model: TfjsModel): Promise<Model> => filledModel(model, readGraph(model))

/** The same of a model that was written before TF.js 1.0, whose graph has no signature. */
export const binaryGraphModel = async ({ form, source, ...model }: BinaryTfjsModel): Promise<Model> =>
  filledModel({ ...model, json: {} }, { graph: await readGraphDef(source, form), filling: [] })

async function filledModel(
  { name, file, json, weights, writer }: Omit<TfjsModel, 'topology'>,
  { graph, filling }: GraphWithTables,
): Promise<Model> {
  await fillConstants(graph, weights, file)
  for (const body of graph.withBodies()) separateFusedOps(body, file)
  const signature = signatureOf(json, graph, file)
  return {
    kind: 'tfjs_graph',
    name,
    madeFrom: 'graph',
    ...(writer !== undefined && { writer }),
    graph,
    signatures: new Map([[signature.name, signature]]),
    ...stateOf(graph, filling),
    metagraphs: [],
    notes: [],
  }
}

/** A graph, and the nodes that fill its tables. */
interface GraphWithTables {
  readonly graph: Graph
  readonly filling: readonly Node[]
}

/** The graph, and the nodes that fill its tables, which lie in a graph of their own beside it. */
function readGraph({ topology, json, file }: TfjsModel): GraphWithTables {
  const main = nodesOf(topology, file)
  const names = new Set(main.map(node => stringAt(node, 'name')))
  const initializer = json['modelInitializer']
  const more = isObject(initializer) ? nodesOf(initializer, file) : []
  const node = [...main, ...more.filter(each => !names.has(stringAt(each, 'name')))]
  const graph = fromGraphDef(messageFromJson({ ...topology, node }, GraphDef, { file }), file)
  const found = more.map(each => graph.node(stringAt(each, 'name') ?? ''))
  return { graph, filling: found.filter(each => each?.is('fills')) as Node[] } // the others are not undefined
}

function nodesOf(graph: JsonObject, file: string): readonly Json[] {
  const { node } = graph
  if (isList(node)) return node
  throw new FreezeError('corrupt', 'the graph of the model lists no nodes', { file, hint: 'Convert the model again.' })
}

/** Gives each constant its weight, in the type that the graph says. Small ones are read, as passes look into them. */
async function fillConstants(graph: Graph, weights: StoredWeights, file: string): Promise<void> {
  for (const { nodes } of graph.withBodies()) {
    for (const node of nodes) {
      if (node.op !== 'Const') continue
      const weight = weights.get(node.name)
      if (!weight)
        throw new FreezeError('missing', 'the manifest of weights does not list this constant', {
          file,
          node: node.name,
          hint: 'Convert the model again.',
        })
      const tensor = await atHand(asDeclared(node, weight.tensor, file))
      node.setAttr('value', { kind: 'tensor', value: tensor })
    }
  }
}

/** TF.js computes 64-bit integers in 32 bits, and all floats in float32; the graph says what they were. */
function asDeclared(node: Node, tensor: Tensor, file: string): Tensor {
  const declared = node.type('dtype')
  if (declared === tensor.dtype) return tensor
  const fits = tensor.dtype === 'float32' ? /float/.test(declared) : tensor.dtype === 'int32' && isInteger(declared)
  if (fits) return make.cast(tensor, declared)
  throw new FreezeError('corrupt', `this constant is ${declared}, and its weight is ${tensor.dtype}`, {
    file,
    node: node.name,
    hint: 'The weights belong to another model: convert it again.',
  })
}

async function atHand(tensor: Tensor): Promise<Tensor> {
  const { recipe } = tensor
  if (recipe.kind === 'strings' || recipe.kind === 'memory' || byteLength(tensor) > LARGE_BYTES) return tensor
  return { ...tensor, recipe: { kind: 'memory', bytes: await readTensor(tensor) } }
}

// ---- inputs and outputs

function signatureOf(json: JsonObject, graph: Graph, file: string): Signature {
  const given = member(json['userDefinedMetadata'], 'signature') ?? json['signature']
  const { inputs, outputs } = isObject(given) ? given : {}
  if (isObject(outputs) && Object.keys(outputs).length > 0) {
    const message = { inputs: isObject(inputs) ? inputs : {}, outputs, methodName: 'tensorflow/serving/predict' }
    const def = messageFromJson(message, SignatureDef, { file, path: ['signature'] })
    return readSignatures(new Map([[SIGNATURE, def]]), graph, file).get(SIGNATURE)!
  }
  const ports = portsWithout(graph)
  if (ports.outputs.length > 0) return { ...ports, name: SIGNATURE, method: '' }
  throw new FreezeError('corrupt', 'the graph of the model has no outputs', { file, hint: 'Convert the model again.' })
}

/** Without a signature TF.js takes every placeholder, and every node that nothing reads. */
function portsWithout(graph: Graph): Pick<Signature, 'inputs' | 'outputs'> {
  const nodes = [...graph.nodes]
  const isInput = (node: Node): boolean => node.is('placeholder')
  const isEnd = (node: Node): boolean =>
    [...node.outputs].every(value => !value || value.uses.size === 0) && node.op !== 'NoOp' && !node.is('fills')
  return {
    inputs: nodes.filter(isInput).map(node => port(node, node.attr('shape'))),
    outputs: nodes.filter(node => !isInput(node) && isEnd(node)).map(node => port(node)),
  }
}

function port(node: Node, shape?: ReturnType<Node['attr']>): SignatureTensor {
  const value = node.out()
  return { key: node.name, value, dtype: value.dtype ?? 'float32', shape: shape?.kind === 'shape' ? shape.value : null }
}

// ---- tables

function stateOf(graph: Graph, filling: readonly Node[]): Pick<Model, 'variables' | 'tables'> {
  const trace = traceLoading(graph, { init: filling, restore: [], assetFor: () => undefined })
  const objectIds = new Map<string, number>()
  const none = checkpoint(async () => undefined, {
    index: 'a checkpoint',
    hint: 'TF.js models have constants in place of variables: convert the model again.',
  })
  const sources = { trace, objectIds, checkpoint: none }
  return {
    variables: variablesFrom({
      ...sources,
      definedKeys: new Map(),
      settings: { randomInit: 'refuse' },
      listed: () => [],
    }),
    tables: tablesFrom({
      ...sources,
      assets: { nameFor: () => undefined, open: async name => noFile(name), names: [] },
    }),
  }
}

function noFile(name: string): never {
  throw new FreezeError('missing', `a table is filled from the file '${name}', and a TF.js model has no such files`)
}

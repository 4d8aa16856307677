/** A model's configuration, of any Keras, as a LayerGraph. */
import { FreezeError } from '../../errors.ts'
import type { Aliases } from './alias.ts'
import { bareClass, canonicalClass } from './classes.ts'
import { callOf, type NodeContext, reference } from './inbound.ts'
import { inputDtypeOf, inputShapeOf } from './input-shape.ts'
import { isList, isObject, type JsonObject, stringAt } from './json.ts'
import { withClassNames } from './keras0.ts'
import { broken, layerOf, type Reading } from './layer.ts'
import type { Call, Dialect, Json, Layer, LayerGraph, ModelPort, TensorRef } from './layer-graph.ts'
import { classOf } from './layers/index.ts'
import { isSerialised } from './serialised.ts'
import { callOrder, resolvedCalls, resolverOf } from './wiring.ts'

/**
 * Reads the configuration of a whole model. Throws `corrupt` for what contradicts itself, `unsupported`
 * for a subclassed model and Keras 1's Graph, `limit`. `aliases`: names of classes in the file, and Keras' classes that they mean.
 */
export function normalise(
  architecture: Json,
  dialect: Dialect,
  file: string,
  aliases: Aliases = new Map(),
): LayerGraph {
  const reading: Reading = {
    file,
    dialect,
    canonical: name => canonicalClass(aliases.get(bareClass(name)) ?? name),
    paths: new Set(),
    graph: (serialised, path, depth) => graphOf(serialised, { path, depth, reading }),
  }
  const model = withClassNames(architecture, file)
  if (!isSerialised(model)) throw broken(reading, '', 'it is no object with a class_name')
  return graphOf(model, { path: '', depth: 0, reading })
}

/** Where a model is in its file: its path, and how deep it is nested. */
interface Place {
  readonly path: string
  readonly depth: number
  readonly reading: Reading
}

function graphOf(serialised: JsonObject, place: Place): LayerGraph {
  const { path, reading } = place
  const className = reading.canonical(stringAt(serialised, 'class_name') ?? '')
  const config = serialised['config']
  if (className === 'Graph') throw refused(reading, path, "it is a Graph of Keras 1, which has no functions' names")
  if (className === 'Sequential') return sequentialOf(serialised, place)
  if (isObject(config) && isList(config['layers']) && 'output_layers' in config)
    return functionalOf(serialised, config, place)
  throw refused(
    reading,
    path,
    `${stringAt(serialised, 'class_name')} is a subclassed model: its code is not in the file`,
  )
}

const refused = ({ file }: Reading, path: string, what: string): FreezeError =>
  new FreezeError('unsupported', what, {
    file,
    ...(path !== '' && { path: [path] }),
    hint: 'Save it as a SavedModel (model.export or tf.saved_model.save) and freeze that.',
  })

const prefixOf = (path: string): string => (path === '' ? '' : `${path}/`)
const modelName = (serialised: JsonObject, otherwise: string): string =>
  stringAt(serialised['config'], 'name') ?? stringAt(serialised, 'name') ?? otherwise

// ---- Sequential

function sequentialOf(serialised: JsonObject, place: Place): LayerGraph {
  const { path, reading, depth } = place
  const config = serialised['config']
  const items = isList(config) ? config : isObject(config) ? config['layers'] : undefined
  if (!isList(items)) throw broken(reading, path, 'a Sequential lists no layers')
  const merged = mergedBranches(items[0])
  const chain = merged ? branchesOf(merged.branches, merged.merge, place) : { layers: [], ends: [], inputs: [] }
  for (const item of items.slice(merged ? 1 : 0))
    append(chain, layerOf(item, prefixOf(path), reading, depth + 1), serialised)
  const end = chain.ends[0]
  if (!end) throw broken(reading, path, 'a Sequential has no layers')
  return {
    name: modelName(serialised, 'sequential'),
    kind: 'sequential',
    layers: chain.layers,
    order: callOrder(chain.layers, path, reading),
    inputs: chain.inputs,
    outputs: [{ name: end.layer, tensor: end }],
  }
}

/** A chain of layers as it grows: what its next layer is called on, several tensors only for a Merge. */
interface Chain {
  readonly layers: Layer[]
  ends: TensorRef[]
  readonly inputs: ModelPort[]
}

const outputOf = (layer: Layer): TensorRef => ({ layer: layer.name, call: 0, output: 0 })

/** Calls `layer` on the chain's end. */
function append(chain: Chain, layer: Layer, container: JsonObject): void {
  if (chain.ends.length === 0) {
    const input = layer.className === 'InputLayer' ? layer : inputFor(layer, container)
    chain.layers.push(input)
    chain.inputs.push({ name: input.name, tensor: outputOf(input) })
    chain.ends = [outputOf(input)]
    if (input === layer) return
  } else if (layer.className === 'InputLayer') return
  const tensors = chain.ends.map(tensor => ({ kind: 'tensor', tensor }) as const)
  const args = tensors.length === 1 ? tensors : [{ kind: 'list', items: tensors } as const]
  chain.layers.push({ ...layer, calls: [{ args, kwargs: new Map() }] })
  chain.ends = [outputOf(layer)]
}

/** The InputLayer that Keras puts before a first layer without one. */
function inputFor(first: Layer, container: JsonObject): Layer {
  const dtype = inputDtypeOf(first)
  const name = `${first.name}_input`
  return {
    name,
    path: `${first.path}_input`,
    kind: 'layer',
    className: 'InputLayer',
    savedClassName: 'InputLayer',
    config: { name, batch_shape: inputShapeOf(first, container), dtype },
    dtype: { compute: dtype, variable: dtype },
    trainable: true,
    calls: [],
    children: new Map(),
  }
}

/** Keras 1: a Sequential whose first layer merges other models, which it holds. */
function mergedBranches(first: Json | undefined): { branches: readonly Json[]; merge: Json } | undefined {
  if (!isObject(first) || stringAt(first, 'class_name') !== 'Merge' || !isObject(first['config'])) return undefined
  const { layers: branches, ...config } = first['config']
  return isList(branches) ? { branches, merge: { ...first, config } } : undefined
}

function branchesOf(branches: readonly Json[], merge: Json, { path, reading, depth }: Place): Chain {
  const whole: Chain = { layers: [], ends: [], inputs: [] }
  for (const branch of branches) {
    if (!isSerialised(branch)) throw broken(reading, path, 'a Merge holds what is no model')
    const { layers, inputs, outputs } = graphOf(branch, { path, reading, depth: depth + 1 })
    whole.layers.push(...layers)
    whole.inputs.push(...inputs)
    whole.ends.push(...outputs.map(output => output.tensor))
  }
  append(whole, layerOf(merge, prefixOf(path), reading, depth + 1), {})
  return whole
}

// ---- Functional

function functionalOf(serialised: JsonObject, config: JsonObject, { path, reading, depth }: Place): LayerGraph {
  const items = isList(config['layers']) ? config['layers'] : []
  const bare = items.map(item => layerOf(item, prefixOf(path), reading, depth + 1))
  const names = new Set(bare.map(layer => layer.name))
  const called = bare.map((layer, i) => ({ ...layer, calls: callsOf(items[i]!, layer, names, reading) }))
  const inputs = config['input_layers'] === undefined ? inputLayers(bare) : portsOf(config['input_layers'])
  const outputs = portsOf(config['output_layers']!)
  if (!inputs || !outputs) throw broken(reading, path, 'its inputs or outputs are no references to layers')
  if (outputs.length === 0) throw broken(reading, path, 'it has no outputs')
  const tensors = [...inputs, ...outputs].map(port => port.tensor)
  const resolver = resolverOf(called, tensors, path, reading)
  const layers = called.map(layer => ({ ...layer, calls: resolvedCalls(layer.calls, resolver) }))
  const resolvedPort = ({ name, tensor }: ModelPort) => ({ name, tensor: resolver.resolve(tensor, 'port') })
  return {
    name: modelName(serialised, 'model'),
    kind: 'functional',
    layers,
    order: callOrder(layers, path, reading),
    inputs: named(inputs.map(resolvedPort)),
    outputs: named(outputs.map(resolvedPort)),
  }
}

function callsOf(item: Json, layer: Layer, names: ReadonlySet<string>, { dialect }: Reading): Call[] {
  const nodes = isObject(item) ? item['inbound_nodes'] : undefined
  if (!isList(nodes) || layer.className === 'InputLayer') return []
  const context: NodeContext = {
    config: layer.config,
    profile: dialect.profile,
    takesStates: classOf(layer)?.takesStates === true,
    keepsLists: layer.kind === 'operation',
    names,
  }
  return nodes.map(node => callOf(node, context))
}

const inputLayers = (layers: readonly Layer[]): ModelPort[] =>
  layers.filter(layer => layer.className === 'InputLayer').map(layer => ({ name: layer.name, tensor: outputOf(layer) }))

/** A list of references, one reference, or either in dicts and lists; Keras takes the keys of a dict in order. */
function portsOf(value: Json): ModelPort[] | undefined {
  if (isObject(value)) {
    const keys = Object.keys(value).sort()
    const ports = keys.map(key => portsOf(value[key]!)?.map(port => ({ ...port, name: key })))
    return ports.every(inner => inner !== undefined) ? ports.flat() : undefined
  }
  if (!isList(value)) return undefined
  const tensor = reference(value)
  if (tensor) return [{ name: tensor.layer, tensor }]
  const ports = value.map(portsOf)
  return ports.every(inner => inner !== undefined) ? ports.flat() : undefined
}

/** Each name once: `lstm`, `lstm_1`, as Keras names the outputs of one layer. */
function named(ports: readonly ModelPort[]): ModelPort[] {
  const taken = new Set<string>()
  return ports.map(({ name, tensor }) => {
    let unique = name
    for (let i = 1; taken.has(unique); i++) unique = `${name}_${i}`
    taken.add(unique)
    return { name: unique, tensor }
  })
}

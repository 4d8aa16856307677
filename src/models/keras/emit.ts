/** Writes a Keras model's layers as one graph: what the model computes at inference. */
import { FreezeError } from '../../errors.ts'
import { Facts } from '../../facts/facts.ts'
import type { PartialShape } from '../../graph/attr.ts'
import { Graph } from '../../graph/graph.ts'
import type { Value } from '../../graph/node.ts'
import { type DType, isDType } from '../../tensorflow/dtype.ts'
import type { Signature, SignatureTensor } from '../model.ts'
import {
  type Emission,
  type EmitOptions,
  type Emitted,
  type KArg,
  type KTensor,
  LayerCall,
  type LayerWeights,
} from './call.ts'
import type { Arg, Call, Dialect, Layer, LayerGraph, ModelPort, TensorRef } from './layer-graph.ts'
import { LAYERS } from './layers/index.ts'
import { Scope } from './scope.ts'

/** What the layers' numbers come from. */
export interface KerasState {
  readonly dialect: Dialect
  /** By the layer's path. */
  weights(layer: Layer): LayerWeights
  /** The lines of the vocabulary file that belongs to a layer (`.keras` only). */
  vocabulary(layer: Layer): readonly string[] | undefined
}

/** The graph of a model, and its inputs and outputs in the model's own order. */
export interface EmittedModel {
  readonly graph: Graph
  readonly signature: Signature
  readonly notes: readonly string[]
}

/** Writes the whole model. Throws `unsupported` naming a layer that cannot be written. */
export function emitModel(model: LayerGraph, state: KerasState, options: EmitOptions): EmittedModel {
  const graph = new Graph()
  const writer = new Writer(graph, state, options)
  const scope = new Scope(graph, new Facts(graph), '')
  const inputs = model.inputs.map(port => placeholder(scope, model, port))
  const outputs = writer.model(model, inputs, scope)
  const signature: Signature = {
    name: 'serving_default',
    method: 'tensorflow/serving/predict',
    inputs: model.inputs.map((port, i) => signatureTensor(port.name, inputs[i]!, scope)),
    outputs: model.outputs.map((port, i) => signatureTensor(port.name, outputs[i]!, scope)),
  }
  for (const { value } of signature.inputs) graph.inputs.push({ key: value.node.name, value })
  return { graph, signature, notes: [...new Set(writer.notes)] }
}

const signatureTensor = (key: string, { value }: KTensor, scope: Scope): SignatureTensor => ({
  key,
  value,
  dtype: value.dtype!,
  shape: scope.shape(value),
})

/** An input layer becomes a placeholder of its name. */
function placeholder(scope: Scope, model: LayerGraph, port: ModelPort): KTensor {
  const layer = layerOf(model, port.tensor)
  const shape = inputShape(layer)
  const { compute } = layer.dtype
  const dtype: DType = isDType(compute) ? compute : 'float32'
  return { value: scope.op('Placeholder', [], { dtype, shape }, legalName(layer.name)) }
}

function inputShape(layer: Layer): PartialShape {
  const { batch_shape: shape } = layer.config
  if (!Array.isArray(shape)) return null
  return shape.map(d => (typeof d === 'number' && d >= 0 ? d : null))
}

/** A layer's name as TensorFlow allows names. */
const legalName = (name: string): string => name.replace(/[^A-Za-z0-9_.\\/>-]/g, '_').replace(/^[^A-Za-z0-9.]/, '.$&') // a first character must not be _, - or /

const layerOf = (model: LayerGraph, ref: TensorRef): Layer => model.layers.find(l => l.name === ref.layer)!

/** Goes through the layers; the emission that every emitter sees. */
class Writer implements Emission {
  readonly dialect: Dialect
  readonly options: EmitOptions
  readonly notes: string[] = []
  readonly #graph: Graph
  readonly #state: KerasState
  readonly #weights = new Map<string, Value>()

  constructor(graph: Graph, state: KerasState, options: EmitOptions) {
    this.#graph = graph
    this.#state = state
    this.dialect = state.dialect
    this.options = options
  }

  /** Writes a model's layers under `scope`, given its inputs. Returns its outputs. */
  model(model: LayerGraph, inputs: readonly KTensor[], scope: Scope): KTensor[] {
    const done = new Map<string, readonly KTensor[]>()
    const key = (layer: string, call: number): string => `${call} ${layer}`
    model.inputs.forEach((port, i) => {
      done.set(key(port.tensor.layer, 0), [inputs[i]!])
    })
    const find = (ref: TensorRef): KTensor => {
      const tensor = done.get(key(ref.layer, ref.call))?.[ref.output]
      if (tensor) return tensor
      throw new FreezeError(
        'corrupt',
        `output ${ref.output} of call ${ref.call} of layer '${ref.layer}' is used, and does not exist`,
        {
          path: ['model', model.name],
          hint: 'Save the model again with Keras.',
        },
      )
    }
    for (const { layer: index, call: number } of model.order) {
      const layer = model.layers[index]!
      const call: Call = layer.calls[number]!
      const args = call.args.map(arg => lookUp(arg, find))
      const kwargs = new Map([...call.kwargs].map(([name, arg]) => [name, lookUp(arg, find)]))
      const taken = number === 0 ? layer.name : `${layer.name}_${number}`
      done.set(key(layer.name, number), this.emit(layer, args, kwargs, scope.inner(legalName(taken))))
    }
    return model.outputs.map(port => find(port.tensor))
  }

  emit(layer: Layer, args: readonly KArg[], kwargs: ReadonlyMap<string, KArg>, scope: Scope): readonly KTensor[] {
    const call: LayerCall = new LayerCall(layer, args, kwargs, scope, this)
    if (layer.model) return this.model(layer.model, call.inputs, scope)
    const kind = LAYERS.get(layer.className)
    if (!kind || layer.kind !== 'layer') {
      call.refuse(
        'there is no such layer here',
        'Emit it with --custom, or export the model as a SavedModel and freeze that.',
      )
    }
    const mask = kind.mask === 'pass' ? call.inputs[0]?.mask : undefined
    return tensors(kind.emit(call), mask)
  }

  weight(layer: Layer, role: string): Value | undefined {
    const name = `${layer.path}/${role}`
    const known = this.#weights.get(name)
    if (known) return known
    const tensor = this.#state.weights(layer).get(role)
    if (!tensor) return undefined
    const value = this.#graph.const(tensor, legalName(name))
    this.#weights.set(name, value)
    return value
  }

  vocabulary(layer: Layer): readonly string[] | undefined {
    return this.#state.vocabulary(layer)
  }
}

function tensors(emitted: Emitted, mask: KTensor['mask']): readonly KTensor[] {
  const list = Array.isArray(emitted) ? (emitted as readonly (Value | KTensor)[]) : [emitted as Value | KTensor] // `isArray` does not narrow readonly arrays
  return list.map(item => ('value' in item ? item : mask ? { value: item, mask } : { value: item }))
}

/** An argument with its tensors found. */
function lookUp(arg: Arg, find: (ref: TensorRef) => KTensor): KArg {
  switch (arg.kind) {
    case 'tensor':
      return { kind: 'tensor', tensor: find(arg.tensor) }
    case 'list':
      return { kind: 'list', items: arg.items.map(item => lookUp(item, find)) }
    case 'dict':
      return { kind: 'dict', entries: new Map([...arg.entries].map(([name, entry]) => [name, lookUp(entry, find)])) }
    case 'slice':
      return {
        kind: 'slice',
        start: lookUp(arg.start, find),
        stop: lookUp(arg.stop, find),
        step: lookUp(arg.step, find),
      }
    case 'constant':
    case 'array':
    case 'ellipsis':
      return arg
  }
}

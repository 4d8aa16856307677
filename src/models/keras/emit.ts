/** Writes a Keras model's layers as one graph: what the model computes at inference. */
import { FreezeError, isFreezeError } from '../../errors.ts'
import { Facts } from '../../facts/facts.ts'
import type { PartialShape } from '../../graph/attr.ts'
import { Graph } from '../../graph/graph.ts'
import { legalName } from '../../graph/names.ts'
import { Value } from '../../graph/node.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { type DType, isDType } from '../../tensorflow/dtype.ts'
import type { Signature, SignatureTensor, TableContents } from '../model.ts'
import { resourceKey } from '../state/resource.ts'
import { arrayOf } from './array.ts'
import {
  type Emission,
  type EmitOptions,
  type Emitted,
  type Emitter,
  isHalf,
  type KArg,
  type KTensor,
  LayerCall,
  type LayerWeights,
  type Mask,
  tensorsOf,
  type WeightChange,
} from './call.ts'
import { bareClass } from './classes.ts'
import type { Arg, Call, Dialect, Layer, LayerGraph, ModelPort, TensorRef } from './layer-graph.ts'
import { classOf } from './layers/index.ts'
import type { Cell } from './layers/recurrent/cell.ts'
import { customCell } from './layers/recurrent/compound-cells.ts'
import { OPERATIONS } from './operations/index.ts'
import { Scope } from './scope.ts'
import { slotsOf } from './weights/layer-weights.ts'
import type { WeightSlot } from './weights/slots.ts'

/** The sources of the layers' numbers. */
export interface KerasState {
  readonly dialect: Dialect
  /** By role. */
  weights(layer: Layer): LayerWeights
  /** The lines of the vocabulary file that belongs to a layer (`.keras` only). */
  vocabulary(layer: Layer): readonly string[] | undefined
}

/** The graph of a model, and its inputs and outputs in the model's own order. */
export interface EmittedModel {
  readonly graph: Graph
  readonly signature: Signature
  /** The contents of the graph's lookup tables, by the key of the resource that a node makes. */
  readonly tables: ReadonlyMap<string, TableContents>
  readonly notes: readonly string[]
  /** The outputs of each layer, by the layer's path; that of a further call has its number: `dense_1`. */
  readonly layers: ReadonlyMap<string, readonly Value[]>
  /** The class of the layer that each name scope was written for, as the file has it. */
  readonly layerScopes: ReadonlyMap<string, string>
  /** Nodes that stand for layers that cannot be written, by name, with the errors that say why. */
  readonly unwritten: ReadonlyMap<string, FreezeError>
  /** The shape of the first output of each layer's last call, by the layer's path. */
  readonly shapes: ReadonlyMap<string, PartialShape>
}

/**
 * Writes the whole model. `shapes` fixes those of inputs, by name. A layer that cannot be written becomes a node of
 * no op, which stands for all that is computed from it: training models end in a loss that is code, and no output of
 * interest needs it.
 */
export function emitModel(
  model: LayerGraph,
  state: KerasState,
  options: EmitOptions,
  shapes: ReadonlyMap<string, PartialShape> = new Map(),
): EmittedModel {
  const graph = new Graph()
  const writer = new Writer(graph, state, options)
  const scope = new Scope(graph, new Facts(graph), '')
  const inputs = model.inputs.map(port => placeholder(scope, model, port, shapes))
  const found = writer.model(model, inputs, scope).map(tensor => writer.standIn(tensor))
  const outputs = publicOutputs(model.outputs, found, scope)
  const signature: Signature = {
    name: 'serving_default',
    method: 'tensorflow/serving/predict',
    inputs: model.inputs.map((port, i) => signatureTensor(port.name, inputs[i]!.value, scope)),
    outputs: model.outputs.map((port, i) => signatureTensor(port.name, outputs[i]!, scope)),
  }
  const { tables, layers, layerScopes, unwritten } = writer
  const notes = [...new Set(writer.notes), ...writer.widened()]
  return { graph, signature, tables, notes, layers, layerScopes, unwritten, shapes: writer.shapes }
}

const signatureTensor = (key: string, value: Value, scope: Scope): SignatureTensor => ({
  key,
  value,
  dtype: value.dtype ?? 'float32', // of a layer that is not written nothing is known
  shape: scope.shape(value),
})

/** An input layer becomes a placeholder of its name. */
function placeholder(
  scope: Scope,
  model: LayerGraph,
  port: ModelPort,
  shapes: ReadonlyMap<string, PartialShape>,
): KTensor {
  const layer = layerOf(model, port.tensor)
  const shape = shapes.get(port.name) ?? shapes.get(layer.name) ?? inputShape(layer)
  const { compute } = layer.dtype
  const dtype: DType = isDType(compute) ? compute : 'float32'
  return { value: scope.op('Placeholder', [], { dtype, shape }, legalName(layer.name)) }
}

function inputShape(layer: Layer): PartialShape {
  const { batch_shape: shape } = layer.config
  if (!Array.isArray(shape)) return null
  return shape.map(d => (typeof d === 'number' && d >= 0 ? d : null))
}

/**
 * The op that computes an output is the output and keeps its name; an Identity with the output's
 * name is put beside it. An input, or what already is an output, gets an Identity that is the output.
 */
function publicOutputs(ports: readonly ModelPort[], tensors: readonly KTensor[], scope: Scope): Value[] {
  const taken = new Set<Value>()
  return ports.map(({ name }, i) => {
    const { value } = tensors[i]!
    if (value.node.op === UNWRITTEN) return value
    const isOwn = !taken.has(value) && value.node.op !== 'Placeholder' && value.node.op !== 'Const'
    taken.add(value)
    const isFree = scope.graph.node(legalName(name)) === undefined
    if (isOwn && !isFree) return value
    const identity = scope.op('Identity', [value], {}, legalName(name))
    if (!isOwn) return identity
    scope.graph.kept.add(identity.node)
    return value
  })
}

const layerOf = (model: LayerGraph, ref: TensorRef): Layer => model.layers.find(l => l.name === ref.layer)!

/** How one layer is written. */
interface Writing {
  readonly emit: Emitter
  readonly mask?: Mask
  readonly isWide?: boolean
  readonly takesRagged?: boolean
}

/** The outputs of a layer: tensors, or the reason why it cannot be written. */
type Made = KTensor | FreezeError

/** Goes through the layers; the emission that every emitter sees. */
class Writer implements Emission {
  readonly dialect: Dialect
  readonly options: EmitOptions
  readonly notes: string[] = []
  readonly shapes = new Map<string, PartialShape>()
  readonly tables = new Map<string, TableContents>()
  readonly layers = new Map<string, readonly Value[]>()
  readonly layerScopes = new Map<string, string>()
  readonly unwritten = new Map<string, FreezeError>()
  readonly #graph: Graph
  readonly #state: KerasState
  /** By the layer's path and the constant's name; tables' handles likewise. */
  readonly #constants = new Map<string, Value>()
  readonly #handles = new Map<string, Value>()
  /** The changes that wrappers make to weights, by the path of the layer inside. */
  readonly #changes = new Map<string, WeightChange>()
  readonly #unmasked = new Set<Value>()
  /** Where each layer stands in its model, for messages. */
  readonly #positions = new Map<string, string>()
  /** The layers that made values, for messages. */
  readonly #makers = new Map<Value, string>()
  /** How many calls of layers are written in float32 in the place of a type of half its size. */
  readonly #widened = new Map<DType, number>()
  /** The nodes of `unwritten`. */
  readonly #standIns = new Map<FreezeError, Value>()

  constructor(graph: Graph, state: KerasState, options: EmitOptions) {
    this.#graph = graph
    this.#state = state
    this.dialect = state.dialect
    this.options = options
  }

  /** Writes a model's layers under `scope`, given its inputs. Returns its outputs. */
  model(model: LayerGraph, inputs: readonly KTensor[], scope: Scope): Made[] {
    for (const [i, { path }] of model.layers.entries())
      this.#positions.set(path, `layer ${i + 1} of ${model.layers.length}`)
    const done = new Map<string, readonly Made[] | FreezeError>()
    const key = (layer: string, call: number): string => `${call} ${layer}`
    for (const [i, port] of model.inputs.entries()) done.set(key(port.tensor.layer, 0), [inputs[i]!])
    const find = (ref: TensorRef): KTensor => {
      const made = done.get(key(ref.layer, ref.call))
      const tensor = made instanceof FreezeError ? made : made?.[ref.output]
      if (!tensor) throw absentOutput(model, ref)
      if (tensor instanceof FreezeError) throw tensor
      return this.#unmasked.has(tensor.value) ? withoutMask(tensor) : tensor
    }
    for (const { layer: index, call: number } of model.order) {
      const layer = model.layers[index]!
      const own = scope.inner(legalName(number === 0 ? layer.name : `${layer.name}_${number}`))
      const made = orRefusal(() => this.#call(layer, layer.calls[number]!, find, own))
      done.set(key(layer.name, number), made)
      this.#record(layer, number, made, own)
    }
    return model.outputs.map(port => orRefusal(() => dense(find(port.tensor), port, model)))
  }

  /** One call of a layer, given where its arguments are found. */
  #call(layer: Layer, call: Call, find: (ref: TensorRef) => KTensor, scope: Scope): readonly Made[] {
    // Functions make what they need of an array; layers are given it as a tensor.
    const given = (arg: Arg): KArg => lookUp(arg, find, layer.kind === 'layer' ? scope : undefined)
    const kwargs = new Map([...call.kwargs].map(([name, arg]) => [name, given(arg)]))
    return this.#made(new LayerCall(layer, call.args.map(given), kwargs, scope, this))
  }

  /** Remembers what a layer gave, for names and messages. */
  #record(layer: Layer, number: number, made: readonly Made[] | FreezeError, scope: Scope): void {
    const values = (made instanceof FreezeError ? [made] : made).map(tensor => this.standIn(tensor, scope).value)
    const own = number === 0 ? layer.path : `${layer.path}_${number}`
    const name = this.layers.has(own) ? scope.path : own // inside a model that is called again
    if (!this.layers.has(name)) this.layers.set(name, values)
    if (!this.layers.has(scope.path)) this.layers.set(scope.path, values)
    // A tensor that a layer passes on belongs to the layer before it, and a tensor that a model gives belongs to the model.
    for (const value of values) if (layer.model || !this.#makers.has(value)) this.#makers.set(value, name)
  }

  /** A tensor as it is; in the place of one that cannot be computed a node of no op, one for each reason. */
  standIn(made: Made, scope?: Scope): KTensor {
    if (!(made instanceof FreezeError)) return made
    const known = this.#standIns.get(made)
    if (known) return { value: known }
    const node = this.#graph.add(UNWRITTEN, [], {}, scope?.nameOf('unwritten') ?? 'unwritten')
    this.unwritten.set(node.name, made)
    this.#standIns.set(made, node.out())
    return { value: node.out() }
  }

  emit(layer: Layer, args: readonly KArg[], kwargs: ReadonlyMap<string, KArg>, scope: Scope): readonly KTensor[] {
    return this.#made(new LayerCall(layer, args, kwargs, scope, this)).map(tensor => {
      if (tensor instanceof FreezeError) throw tensor
      return tensor
    })
  }

  #made(call: LayerCall): readonly Made[] {
    const { layer, scope } = call
    if (layer.kind !== 'operation') this.layerScopes.set(scope.path, layer.savedClassName)
    const writing = this.#writing(call)
    const isRagged = [...call.args, ...call.kwargs.values()].some(arg => tensorsOf(arg).some(tensor => tensor.ragged))
    if (isRagged && !writing?.takesRagged)
      call.refuse('it is called on a ragged tensor', 'Call to_tensor() before it, and save the model again.')
    const outputs = layer.model
      ? this.model(layer.model, modelInputs(call, layer.model), scope)
      : this.#write(call, writing)
    const [first] = outputs
    if (first && !(first instanceof FreezeError)) this.shapes.set(layer.path, scope.shape(first.value))
    return outputs
  }

  makersOf(values: readonly Value[]): readonly string[] {
    return [...new Set(values.flatMap(value => this.#makers.get(value) ?? []))]
  }

  /** Notes on layers that are written in float32 and compute in a shorter type in Keras. */
  widened(): string[] {
    return [...this.#widened].map(
      ([dtype, count]) =>
        `${count === 1 ? '1 layer computes' : `${count} layers compute`} in ${dtype} in Keras and in float32 here; --keep-precision keeps ${dtype}`,
    )
  }

  #write(call: LayerCall, writing: Writing | undefined): readonly KTensor[] {
    if (!writing) return this.#refuse(call)
    const { emit, mask, isWide } = writing
    const passes = mask === 'pass' || (mask === 'pass in Keras 3' && this.dialect.profile === 'k3')
    const { compute } = call.layer.dtype
    if (call.layer.kind !== 'layer' || !isHalf(compute)) return tensors(emit(call), passes ? call.mask : undefined)
    if (!this.options.keepPrecision) this.#widened.set(compute, (this.#widened.get(compute) ?? 0) + 1)
    const written = tensors(emit(isWide ? widened(call) : call), passes ? call.mask : undefined)
    return this.options.keepPrecision && isWide ? written.map(tensor => ofType(tensor, compute, call.scope)) : written
  }

  /** How the layer is written: by the user's emitter, else by ours; undefined where there is none. */
  #writing({ layer }: LayerCall): Writing | undefined {
    const { custom } = this.options
    const given = custom?.get(layer.name) ?? custom?.get(layer.className) ?? custom?.get(layer.savedClassName)
    if (given) return { emit: call => ofUser(given, call), mask: 'pass' }
    if (layer.kind === 'operation') return OPERATIONS.get(layer.className)
    const known = classOf(layer)
    const { quantization } = layer.dtype
    if (quantization && !known?.quantized?.includes(quantization.mode)) return undefined
    return known?.emit && { emit: known.emit, ...(known.mask && { mask: known.mask }), isWide: known.isWide === true }
  }

  #refuse(call: LayerCall): never {
    const { layer } = call
    const known = classOf(layer)
    const mode = known?.emit && layer.dtype.quantization?.mode
    if (mode) return call.refuse(`it is quantised in the mode ${mode}, which is not supported for it`, UNQUANTISED)
    const reason = known?.refused ?? `no ${layer.kind} of this class is known`
    const position = this.#positions.get(layer.path) ?? 'inside another'
    const alias =
      known || layer.kind === 'operation' ? '' : `${ALIAS.replace('NAME', bareClass(layer.savedClassName))} `
    return call.refuse(`${reason} (${position})`, alias + TWO_WAYS_OUT)
  }

  cell(call: LayerCall): Cell {
    return classOf(call.layer)?.cell?.(call) ?? customCell(call)
  }

  tensor(layer: Layer, role: string): Tensor | undefined {
    const tensor = this.#state.weights(layer).get(role)
    return tensor && (this.#changes.get(layer.path)?.tensor?.(role, tensor) ?? tensor)
  }

  slots(layer: Layer): readonly WeightSlot[] {
    return slotsOf(layer)
  }

  weightNames(layer: Layer): readonly string[] {
    return [...this.#state.weights(layer)].map(([role, { shape }]) => `${role} [${shape}]`)
  }

  constant(layer: Layer, name: string, make: () => Tensor): Value {
    const key = `${layer.path}/${name}`
    const known = this.#constants.get(key)
    if (known) return known
    const made = this.#graph.const(make(), legalName(key))
    const value = this.#changes.get(layer.path)?.constant?.(name, made) ?? made
    this.#constants.set(key, value)
    return value
  }

  table(layer: Layer, name: string, contents: TableContents): Value {
    const key = `${layer.path}/${name}`
    const known = this.#handles.get(key)
    if (known) return known
    const own = this.#graph.freshName(legalName(key)) // two layers' names may become one legal name
    const attrs = { key_dtype: contents.keys.dtype, value_dtype: contents.values.dtype, shared_name: own }
    const value = this.#graph.add('HashTableV2', [], attrs, own).out()
    this.tables.set(resourceKey(value.node), contents)
    this.#handles.set(key, value)
    return value
  }

  changeWeights(layer: Layer, change: WeightChange): void {
    this.#changes.set(layer.path, change)
  }

  unmask(tensor: KTensor): void {
    this.#unmasked.add(tensor.value)
  }

  vocabulary(layer: Layer): readonly string[] | undefined {
    return this.#state.vocabulary(layer)
  }
}

/** The call as one of a layer that computes in float32. */
function widened({ layer, args, kwargs, scope, emission }: LayerCall): LayerCall {
  return new LayerCall({ ...layer, dtype: { ...layer.dtype, compute: 'float32' } }, args, kwargs, scope, emission)
}

const ofType = (tensor: KTensor, dtype: DType, scope: Scope): KTensor => ({
  ...tensor,
  value: scope.castFloat(tensor.value, dtype),
})

/** The outputs of a user's emitter. A failure in it is a fault of the module, not of this program. */
function ofUser(emit: Emitter, call: LayerCall): Emitted {
  let emitted: Emitted | undefined
  try {
    emitted = emit(call)
  } catch (cause) {
    if (isFreezeError(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    return call.refuse(`the emitter that --custom gives for it fails: ${reason}`, MODULE)
  }
  const all: readonly unknown[] = Array.isArray(emitted) ? emitted : [emitted]
  const isTensor = (x: unknown): boolean => x instanceof Value || (x as Partial<KTensor> | null)?.value instanceof Value // anything may come from a user's module
  if (all.length > 0 && all.every(isTensor)) return emitted
  return call.refuse('the emitter that --custom gives for it returns no tensor', MODULE)
}

const MODULE = "Return what scope.op gives, or a list of that. The call's methods are listed in docs/keras.md."

/** The op of a node that stands for a layer that is not written. TensorFlow has none of this name. */
const UNWRITTEN = 'Keras>Unwritten'

/** The outputs, or the reason why there are none: a fault of this layer, which others may not need. */
function orRefusal<T>(make: () => T): T | FreezeError {
  try {
    return make()
  } catch (error) {
    if (isFreezeError(error, 'unsupported', 'corrupt', 'missing')) return error
    throw error
  }
}

/** An output of a model, which can be no ragged tensor. */
function dense(tensor: KTensor, { name }: ModelPort, model: LayerGraph): KTensor {
  if (!tensor.ragged) return tensor
  throw new FreezeError('unsupported', `the output '${name}' is a ragged tensor`, {
    path: ['model', model.name],
    hint: 'Call to_tensor() on it, and save the model again.',
  })
}

const withoutMask = ({ mask, ...tensor }: KTensor): KTensor => tensor

const UNQUANTISED = 'Save the model before quantising it, or export it as a SavedModel (model.export) and freeze that.'

const ALIAS = 'If it computes what a class of Keras does, name that: --alias NAME=CLASS.'

const TWO_WAYS_OUT =
  'Give a module that emits its ops with --custom, or export the model as a SavedModel (model.export) and freeze that.'

const absentOutput = (model: LayerGraph, { layer, call, output }: TensorRef): FreezeError =>
  new FreezeError('corrupt', `output ${output} of call ${call} of layer '${layer}' is used, and does not exist`, {
    path: ['model', model.name],
    hint: 'Save the model again with Keras.',
  })

/** The inputs that a nested model is called on, in its order: by key where it is given a dictionary. */
function modelInputs(call: LayerCall, model: LayerGraph): readonly KTensor[] {
  const [first] = call.args
  const byKey = first?.kind === 'dict' ? model.inputs.map(port => first.entries.get(port.name)) : []
  const { inputs } = call
  const given = byKey.length > 0 && byKey.every(arg => arg?.kind === 'tensor') ? byKey.map(arg => arg.tensor) : inputs
  if (given.length < model.inputs.length)
    return call.refuse(`it takes ${model.inputs.length} inputs, and is called on ${given.length}`)
  const { masks } = call
  return given.map((input, i) => (given === inputs ? { ...input, mask: masks[i] } : input))
}

function tensors(emitted: Emitted, mask: KTensor['mask']): readonly KTensor[] {
  const list = Array.isArray(emitted) ? (emitted as readonly (Value | KTensor)[]) : [emitted as Value | KTensor] // `isArray` does not narrow readonly arrays
  return list.map(item => ('value' in item ? item : mask ? { value: item, mask } : { value: item }))
}

/** An argument with its tensors found, and its arrays as constants of `scope` where one is given. */
function lookUp(arg: Arg, find: (ref: TensorRef) => KTensor, scope: Scope | undefined): KArg {
  const inner = (item: Arg): KArg => lookUp(item, find, scope)
  switch (arg.kind) {
    case 'tensor':
      return { kind: 'tensor', tensor: find(arg.tensor) }
    case 'list':
      return { kind: 'list', items: arg.items.map(inner) }
    case 'dict':
      return { kind: 'dict', entries: new Map([...arg.entries].map(([name, entry]) => [name, inner(entry)])) }
    case 'slice':
      return { kind: 'slice', start: inner(arg.start), stop: inner(arg.stop), step: inner(arg.step) }
    case 'array': {
      const tensor = scope && isDType(arg.dtype) ? arrayOf(arg.values, arg.dtype) : undefined
      return scope && tensor ? { kind: 'tensor', tensor: { value: scope.const(tensor) } } : arg
    }
    case 'constant':
    case 'ellipsis':
      return arg
  }
}

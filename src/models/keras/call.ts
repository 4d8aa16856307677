/**
 * The parameters and results of a layer's emitter.
 *
 * To add a layer: write a function from a LayerCall to what it computes, in the file of its family
 * under `layers/`, and list an object with that function and the layer's weights at the end of that file.
 *
 *     function scaled(call: LayerCall): Value {
 *       const { scope, x } = call                     // x: the input in the layer's type
 *       return scope.mul(x, call.weight('gamma'))     // nodes are named after the layer
 *     }
 *
 *     { name: 'Scaled', emit: scaled, mask: 'pass', weights: () => [trained('gamma', [null])] }
 *
 * A module for `--custom` holds the same functions, by class or by the layer's name.
 */
import { FreezeError } from '../../errors.ts'
import type { Value } from '../../graph/node.ts'
import type { SettingsOf } from '../../options/index.ts'
import { cast, reshape } from '../../tensor/make.ts'
import { elementCount, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { type DType, isFloat, isInteger } from '../../tensorflow/dtype.ts'
import type { TableContents } from '../model.ts'
import { Config } from './config.ts'
import type { Dialect, Json, Layer } from './layer-graph.ts'
import type { Cell } from './layers/recurrent/cell.ts'
import type { Dim, Scope } from './scope.ts'
import type { WeightSlot } from './weights/slots.ts'

/** A tensor between layers. */
export interface KTensor {
  readonly value: Value
  /** Keras' mask: bool, the tensor's leading dimensions. A function, because most masks are never asked for. */
  readonly mask?: (() => Value) | undefined
  /** For the sequence of an unrolled recurrent layer: the tensor of each step, for a recurrent layer that reads it. */
  readonly steps?: readonly Value[]
  /** For a ragged tensor of two dimensions, whose value is all its elements: the row of each, and how many rows there are. */
  readonly ragged?: { readonly rows: Value; readonly count: Value }
}

/** A mask, or what else may not be needed, made at the first time that it is asked for. */
export function lazy<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

/** An argument of a call with its tensors looked up. */
export type KArg =
  | { readonly kind: 'tensor'; readonly tensor: KTensor }
  | { readonly kind: 'constant'; readonly value: null | boolean | number | string }
  | { readonly kind: 'array'; readonly dtype: string; readonly values: Json }
  | { readonly kind: 'list'; readonly items: readonly KArg[] }
  | { readonly kind: 'dict'; readonly entries: ReadonlyMap<string, KArg> }
  | { readonly kind: 'slice'; readonly start: KArg; readonly stop: KArg; readonly step: KArg }
  | { readonly kind: 'ellipsis' }

/** The options of `freeze` that matter to emitters. */
export interface EmitOptions {
  /** How recurrent layers are written. */
  readonly rnn: SettingsOf<'open'>['rnn']
  /** Layers of float16 and bfloat16 compute in that, not in float32. */
  readonly keepPrecision?: boolean | undefined
  /** Emitters that a user gives, by class name or by a layer's name. They go before ours. */
  readonly custom?: ReadonlyMap<string, Emitter> | undefined
}

/** The weights of one layer, by role (`kernel`, `bias`, `gamma`, …). */
export type LayerWeights = ReadonlyMap<string, Tensor>

/** The state that the whole emission shares. */
export interface Emission {
  readonly dialect: Dialect
  readonly options: EmitOptions
  readonly notes: string[]
  /** A vocabulary beside the weights (`.keras` only): the lines of the file that belongs to the layer. */
  vocabulary(layer: Layer): readonly string[] | undefined
  /** A weight as the file has it. */
  tensor(layer: Layer, role: string): Tensor | undefined
  /** The weights that a layer should have by its class. */
  slots(layer: Layer): readonly WeightSlot[]
  /** The weights that the file has for a layer, with their shapes, for messages. */
  weightNames(layer: Layer): readonly string[]
  /** The constant `<layer>/<name>`: made once, however often the layer is called. */
  constant(layer: Layer, name: string, make: () => Tensor): Value
  /** The handle of a lookup table that belongs to the layer, made once. Freezing fills it. */
  table(layer: Layer, name: string, contents: TableContents): Value
  /** Changes the weights of a layer inside another one, from now on: wrappers do so before they emit it. */
  changeWeights(layer: Layer, change: WeightChange): void
  /** Takes the mask off a tensor, for all layers that read it later: attention of Keras 3 does so to what it reads. */
  unmask(tensor: KTensor): void
  /** The layers that made these values, for messages. */
  makersOf(values: readonly Value[]): readonly string[]
  /** The cell of a recurrent layer, or of a cell that is configured by itself. */
  cell(call: LayerCall): Cell
  /** Emits a layer that another one wraps. */
  emit(layer: Layer, args: readonly KArg[], kwargs: ReadonlyMap<string, KArg>, scope: Scope): readonly KTensor[]
}

/** Types that quantised weights are stored in. */
const CODES: ReadonlySet<DType> = new Set<DType>(['int8', 'uint8', 'int4', 'uint4'])

/** How a wrapper changes the weights of the layer inside. */
export interface WeightChange {
  /** To a weight as the file has it. */
  readonly tensor?: (role: string, tensor: Tensor) => Tensor
  /** To a constant that was made of a weight. */
  readonly constant?: (name: string, value: Value) => Value
}

/** One call of one layer: all that its emitter sees. */
export class LayerCall {
  readonly layer: Layer
  readonly config: Config
  readonly scope: Scope
  readonly args: readonly KArg[]
  readonly kwargs: ReadonlyMap<string, KArg>
  readonly emission: Emission

  readonly #keepsPrecision: boolean

  constructor(
    layer: Layer,
    args: readonly KArg[],
    kwargs: ReadonlyMap<string, KArg>,
    scope: Scope,
    emission: Emission,
  ) {
    this.#keepsPrecision = emission.options.keepPrecision === true
    this.layer = layer
    this.config = new Config(layer)
    this.args = args
    this.kwargs = kwargs
    this.scope = scope
    this.emission = emission
  }

  // ---- Inputs

  /** The tensors of the first argument, in order. */
  get inputs(): readonly KTensor[] {
    return this.args[0] ? tensorsOf(this.args[0]) : []
  }
  /** The first tensor of the first argument. */
  get input(): KTensor {
    return this.inputs[0] ?? this.refuse('it is called without a tensor')
  }
  /** The input converted to the type that the layer computes in. */
  get x(): Value {
    return this.scope.cast(this.input.value, this.dtype)
  }
  /** The input, converted so only where it is floating-point: for layers that move elements. */
  get value(): Value {
    return this.scope.castFloat(this.input.value, this.dtype)
  }
  /** All inputs, converted as `value` is. */
  get values(): readonly Value[] {
    return this.inputs.map(input => this.scope.castFloat(input.value, this.dtype))
  }
  /** The type that the layer computes in; variables and constants are of it. float16 and bfloat16 are widened unless they are to be kept. */
  get dtype(): DType {
    const { compute } = this.layer.dtype
    return compute === 'float64' || (this.#keepsPrecision && isHalf(compute)) ? compute : 'float32'
  }

  /** The shape of the input; refused where not even the rank is known. */
  get shape(): readonly (number | null)[] {
    return this.shapeOf(this.input.value)
  }
  shapeOf(value: Value): readonly (number | null)[] {
    return this.scope.shape(value) ?? this.refuse("its input's rank is not known", 'Give the shape with --shape.')
  }
  /** The sizes of the input. */
  get dims(): readonly Dim[] {
    this.shapeOf(this.input.value)
    return this.scope.dims(this.input.value)
  }
  /** A size that must be known. */
  known(size: number | null | undefined, what: string): number {
    return size ?? this.refuse(`${what} is not known`, 'Give the shape with --shape.')
  }
  /** An axis that may count from the end, from the start. */
  axis(axis: number, rank = this.shape.length): number {
    const at = axis < 0 ? axis + rank : axis
    return at >= 0 && at < rank ? at : this.refuse(`axis ${axis} does not exist in ${rank} dimensions`)
  }

  /**
   * The mask of the input: that of the call's argument `mask`, else what comes with the tensor,
   * also where the file says None: Keras then looks at the tensor when the model runs.
   */
  get mask(): (() => Value) | undefined {
    const given = this.kwargs.get('mask')
    if (given?.kind === 'tensor') return () => given.tensor.value
    return this.inputs[0]?.mask
  }
  /** The masks of all inputs. */
  get masks(): readonly ((() => Value) | undefined)[] {
    const given = this.kwargs.get('mask')
    if (given?.kind === 'list')
      return given.items.map(item => (item.kind === 'tensor' ? () => item.tensor.value : undefined))
    return this.inputs.length === 1 ? [this.mask] : this.inputs.map(input => input.mask)
  }

  // ---- Arguments

  /** A keyword argument, or the positional one at `index`; undefined where absent or None. */
  arg(name: string, index?: number): KArg | undefined {
    const arg = this.kwargs.get(name) ?? (index === undefined ? undefined : this.args[index])
    return arg?.kind === 'constant' && arg.value === null ? undefined : arg
  }
  /** The same, where it must be a tensor. */
  tensorArg(name: string, index?: number): KTensor | undefined {
    const arg = this.arg(name, index)
    if (arg === undefined) return undefined
    return arg.kind === 'tensor' ? arg.tensor : this.refuse(`its argument '${name}' is not a tensor`)
  }
  /** Whether an argument that is true or false is true. */
  flag(name: string, index?: number): boolean {
    const arg = this.arg(name, index)
    return arg?.kind === 'constant' && arg.value === true
  }

  // ---- Weights

  /** The constant of a weight that the layer must have, in the layer's type. */
  weight(role: string): Value {
    return this.maybeWeight(role) ?? this.#lacks(role)
  }
  maybeWeight(role: string): Value | undefined {
    const tensor = this.maybeTensor(role)
    return tensor && this.constant(role, () => tensor)
  }
  /** A weight that is not in the graph yet, in the layer's type: to be changed before it becomes a constant. */
  tensor(role: string): Tensor {
    return this.maybeTensor(role) ?? this.#lacks(role)
  }
  maybeTensor(role: string): Tensor | undefined {
    const tensor = this.emission.tensor(this.layer, role)
    if (tensor) this.#checkType(role, tensor)
    return tensor && inType(tensor, this.dtype)
  }
  /** Whole numbers are weights of layers that say so, and codes of quantised ones; elsewhere the file is damaged. */
  #checkType(role: string, { dtype }: Tensor): void {
    if (!isInteger(dtype) || CODES.has(dtype)) return
    const slot = this.emission.slots(this.layer).find(each => each.role === role)
    if (slot && !slot.isWhole) this.refuse(`its weight '${role}' is ${dtype} in the file, where floats are expected`)
  }
  /** Weights in another shape of as many numbers; refused where the configuration asks for more or fewer than there are. */
  reshaped(tensor: Tensor, shape: Shape): Tensor {
    if (elementCount(tensor.shape) === elementCount(shape)) return reshape(tensor, shape)
    return this.refuse(`it has weights of shape [${tensor.shape}] where [${shape}] is expected`)
  }
  /** A constant that belongs to the layer, as a changed weight does: one in the graph, however often the layer is called. */
  constant(name: string, make: () => Tensor): Value {
    return this.emission.constant(this.layer, name, make)
  }
  /** A lookup table that belongs to the layer, as a handle: one in the graph, however often the layer is called. */
  table(name: string, contents: TableContents): Value {
    return this.emission.table(this.layer, name, contents)
  }
  #lacks(role: string): never {
    const names = this.emission.weightNames(this.layer)
    return this.refuse(
      `its weight '${role}' is not in the file, which has ${names.join(', ') || 'none'} for this layer`,
    )
  }

  get profile(): Dialect['profile'] {
    return this.emission.dialect.profile
  }

  // ---- Wrappers

  /** The layer in a role of this wrapper. */
  child(role: string): Layer {
    return this.layer.children.get(role) ?? this.refuse(`it wraps no '${role}'`)
  }
  /** Emits the layer in a role of this wrapper on one tensor. */
  emitChild(role: string, input: KTensor, kwargs: ReadonlyMap<string, KArg> = new Map()): readonly KTensor[] {
    return this.emitLayer(this.child(role), input, kwargs)
  }
  /** Emits a layer that this wrapper holds, perhaps with another configuration, on one tensor. */
  emitLayer(layer: Layer, input: KTensor, kwargs: ReadonlyMap<string, KArg>): readonly KTensor[] {
    return this.emission.emit(layer, [{ kind: 'tensor', tensor: input }], kwargs, this.scope.inner(layer.name))
  }

  /** Emits a layer that this wrapper holds on all that this one is called on. */
  emitInside(layer: Layer): readonly KTensor[] {
    return this.emission.emit(layer, this.args, this.kwargs, this.scope.inner(layer.name))
  }

  /** The same call with its nodes elsewhere: in the body of a loop. */
  within(scope: Scope): LayerCall {
    return new LayerCall(this.layer, this.args, this.kwargs, scope, this.emission)
  }

  note(sentence: string): void {
    this.emission.notes.push(`layer '${this.layer.path}': ${sentence}`)
  }

  /** Refuses the layer with its name, class, module and input shapes, and says which outputs do not need it. */
  refuse(why: string, hint?: string): never {
    const { path, savedClassName, module } = this.layer
    const tensors = this.args.flatMap(tensorsOf)
    const shapes = tensors.map(t => `[${this.scope.shape(t.value)?.map(d => d ?? '?') ?? '...'}]`)
    const what = `${savedClassName}${module ? ` of ${module}` : ''} on ${shapes.join(', ') || 'nothing'} cannot be written: ${why}`
    const before = this.emission.makersOf(tensors.map(tensor => tensor.value))
    const outputs =
      before.length > 0 ? `Or freeze only what comes before it: --outputs ${before.join(',')}.` : undefined
    const hints = [hint, outputs].filter(Boolean).join(' ')
    throw new FreezeError('unsupported', what, { path: ['layer', path], ...(hints && { hint: hints }) })
  }
}

/** The types of half a float32. */
export const isHalf = (dtype: string): dtype is 'float16' | 'bfloat16' => dtype === 'float16' || dtype === 'bfloat16'

/** Weights of whole numbers (quantised tables, counts) stay what they are. */
const inType = (tensor: Tensor, dtype: DType): Tensor => (isFloat(tensor.dtype) ? cast(tensor, dtype) : tensor)

/** The tensors of an argument, in order. */
export function tensorsOf(arg: KArg): KTensor[] {
  if (arg.kind === 'tensor') return [arg.tensor]
  if (arg.kind === 'list') return arg.items.flatMap(tensorsOf)
  if (arg.kind === 'dict') return [...arg.entries.values()].flatMap(tensorsOf)
  return []
}

/** The results of an emitter: values (the class decides about the mask), or tensors with masks of their own. */
export type Emitted = Value | KTensor | readonly (Value | KTensor)[]

/** Writes one class of layer. */
export type Emitter = (call: LayerCall) => Emitted

/** How a class treats the mask. `pass`: that of the first input goes on; `drop`: it ends here, unless the emitter returns one. */
export type Mask = 'pass' | 'pass in Keras 3' | 'drop'

/** What an emitter of a layer gets and gives. */
import { FreezeError } from '../../errors.ts'
import type { Value } from '../../graph/node.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import { Config } from './config.ts'
import type { Dialect, Json, Layer } from './layer-graph.ts'
import type { Scope } from './scope.ts'

/** A tensor between layers. */
export interface KTensor {
  readonly value: Value
  /** Keras' mask: bool, the tensor's leading dimensions. A function, because most masks are never asked for. */
  readonly mask?: (() => Value) | undefined
  /** Of an unrolled recurrent layer's sequence: the tensor of each step, for a recurrent layer that reads it. */
  readonly steps?: readonly Value[]
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

/** How recurrent layers are written, and the form of loops: the options of `freeze` that matter here. */
export interface EmitOptions {
  readonly rnn: 'auto' | 'unroll' | 'loop'
}

/** The weights of one layer, by role (`kernel`, `bias`, `gamma`, …). */
export type LayerWeights = ReadonlyMap<string, Tensor>

/** What the whole emission shares. */
export interface Emission {
  readonly dialect: Dialect
  readonly options: EmitOptions
  readonly notes: string[]
  /** A vocabulary beside the weights (`.keras` only): the lines of the file that belongs to the layer. */
  vocabulary(layer: Layer): readonly string[] | undefined
  /** The constant of a weight: one in the graph, however often the layer is called. */
  weight(layer: Layer, role: string): Value | undefined
  /** Emits a layer that another one wraps. */
  emit(layer: Layer, args: readonly KArg[], kwargs: ReadonlyMap<string, KArg>, scope: Scope): readonly KTensor[]
}

/** One call of one layer: all that its emitter sees. */
export class LayerCall {
  readonly layer: Layer
  readonly config: Config
  readonly scope: Scope
  readonly args: readonly KArg[]
  readonly kwargs: ReadonlyMap<string, KArg>
  readonly emission: Emission

  constructor(
    layer: Layer,
    args: readonly KArg[],
    kwargs: ReadonlyMap<string, KArg>,
    scope: Scope,
    emission: Emission,
  ) {
    this.layer = layer
    this.config = new Config(layer)
    this.args = args
    this.kwargs = kwargs
    this.scope = scope
    this.emission = emission
  }

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
  /** The type that the layer computes in; variables and constants are of it. Mixed precision is widened to float32. */
  get dtype(): DType {
    const { compute } = this.layer.dtype
    return compute === 'float64' ? 'float64' : 'float32'
  }

  /** The shape of the input; refused where not even the rank is known. */
  get shape(): readonly (number | null)[] {
    return this.shapeOf(this.input.value)
  }
  shapeOf(value: Value): readonly (number | null)[] {
    return this.scope.shape(value) ?? this.refuse("its input's rank is not known", 'Give the shape with --shape.')
  }
  /** A size that must be known. */
  known(size: number | null | undefined, what: string): number {
    return size ?? this.refuse(`${what} is not known`, 'Give the shape with --shape.')
  }

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

  /** A weight that the layer must have. */
  weight(role: string): Value {
    return this.maybeWeight(role) ?? this.refuse(`its weight '${role}' is not in the file`)
  }
  maybeWeight(role: string): Value | undefined {
    const value = this.emission.weight(this.layer, role)
    return value && this.scope.cast(value, this.dtype)
  }
  /** The sizes of a weight, which are always known. */
  weightShape(role: string): readonly number[] {
    return this.shapeOf(this.weight(role)).map(size => size!) // a constant's shape has no unknown sizes
  }

  get profile(): Dialect['profile'] {
    return this.emission.dialect.profile
  }

  /** The layer in a role of this wrapper. */
  child(role: string): Layer {
    return this.layer.children.get(role) ?? this.refuse(`it wraps no '${role}'`)
  }
  /** Emits the layer in a role of this wrapper on one tensor. */
  emitChild(role: string, input: KTensor, kwargs: ReadonlyMap<string, KArg> = new Map()): readonly KTensor[] {
    const layer = this.child(role)
    return this.emission.emit(layer, [{ kind: 'tensor', tensor: input }], kwargs, this.scope.inner(layer.name))
  }

  note(sentence: string): void {
    this.emission.notes.push(`layer '${this.layer.path}': ${sentence}`)
  }

  /** Refuses the layer with its name, class, module and input shapes. */
  refuse(why: string, hint?: string): never {
    const { path, savedClassName, module } = this.layer
    const shapes = this.args.flatMap(tensorsOf).map(t => `[${this.scope.shape(t.value)?.map(d => d ?? '?') ?? '...'}]`)
    const what = `${savedClassName}${module ? ` of ${module}` : ''} on ${shapes.join(', ') || 'nothing'} cannot be written: ${why}`
    throw new FreezeError('unsupported', what, { path: ['layer', path], ...(hint && { hint }) })
  }
}

/** The tensors of an argument, in order. */
export function tensorsOf(arg: KArg): KTensor[] {
  if (arg.kind === 'tensor') return [arg.tensor]
  if (arg.kind === 'list') return arg.items.flatMap(tensorsOf)
  if (arg.kind === 'dict') return [...arg.entries.values()].flatMap(tensorsOf)
  return []
}

/** What an emitter returns: values (the mask follows the registry's row), or tensors with masks of their own. */
export type Emitted = Value | KTensor | readonly (Value | KTensor)[]

/** How one class of layer becomes ops. */
export interface LayerKind {
  readonly emit: (call: LayerCall) => Emitted
  /** `pass`: the mask of the first input goes on; `drop`: it ends here (unless the emitter returns one). */
  readonly mask: 'pass' | 'drop'
}

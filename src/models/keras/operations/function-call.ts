/**
 * A call of a function that was recorded as a layer: `tf.concat([a, b], axis=1)`, `keras.ops.stack([a, b])`.
 *
 * Arguments go by one name in both worlds. They may be given by place, by name or, in
 * Keras 3, in the configuration; a Python number takes the type of the tensors beside it.
 */
import type { Value } from '../../../graph/node.ts'
import { scalar } from '../../../tensor/make.ts'
import { type DType, isDType } from '../../../tensorflow/dtype.ts'
import { arrayOf, numbersIn } from '../array.ts'
import type { KArg, KTensor, LayerCall } from '../call.ts'
import { isList } from '../json.ts'
import type { Json } from '../layer-graph.ts'
import type { Dim, Scope } from '../scope.ts'
import { type OperandType, resultType } from './promotion.ts'

/** The outputs of an operation: one tensor or several. */
export type Results = Value | KTensor | readonly Value[]

/** One function: its parameters in order, and what it becomes. */
export interface Operation {
  /** Each as we call it, with the function's own name where that differs: `input=x`. A last `*xs` takes all that follow. */
  readonly parameters: readonly string[]
  readonly emit: (f: FunctionCall) => Results
}

/** A row of a table: the parameters in one string. */
export const operation = (parameters: string, emit: Operation['emit']): Operation => ({
  parameters: parameters.split(' '),
  emit,
})

export class FunctionCall {
  readonly call: LayerCall
  readonly scope: Scope
  readonly #arguments: ReadonlyMap<string, KArg>

  /** `usesConfig`: whether the layer's configuration holds arguments too. */
  constructor(call: LayerCall, parameters: readonly string[], usesConfig: boolean) {
    this.call = call
    this.scope = call.scope
    this.#arguments = bound(call, parameters, usesConfig)
  }

  refuse(why: string): never {
    return this.call.refuse(why)
  }

  // ---- Plain arguments

  /** As given; undefined where absent or None. */
  arg(name: string): KArg | undefined {
    const arg = this.#arguments.get(name)
    return arg?.kind === 'constant' && arg.value === null ? undefined : arg
  }
  has(name: string): boolean {
    return this.arg(name) !== undefined
  }
  /** The argument `key` of brackets, where None stands for a new axis. */
  key(): KArg {
    return this.#arguments.get('key') ?? this.refuse('it is called without a key')
  }
  /** A number, string or bool; undefined where absent. */
  plain(name: string): boolean | number | string | undefined {
    const arg = this.arg(name)
    if (arg === undefined) return undefined
    if (arg.kind === 'constant') return arg.value ?? undefined
    const single = arg.kind === 'array' ? numbersIn(arg.values) : undefined
    if (single?.length === 1) return single[0]
    const known = arg.kind === 'tensor' ? this.#elements(arg.tensor.value)?.[0] : undefined
    return known ?? this.refuse(`its argument '${name}' is known only when it runs`)
  }
  number(name: string, otherwise?: number): number {
    const value = this.plain(name) ?? otherwise
    return typeof value === 'number' ? value : this.refuse(`its argument '${name}' is not a number`)
  }
  int(name: string, otherwise?: number): number {
    return Math.trunc(this.number(name, otherwise))
  }
  bool(name: string, otherwise = false): boolean {
    return Boolean(this.plain(name) ?? otherwise)
  }
  text(name: string, otherwise?: string): string {
    const value = this.plain(name) ?? otherwise
    return typeof value === 'string' ? value : this.refuse(`its argument '${name}' is not a string`)
  }
  /** A type by its name; `float32` and `<dtype: 'float32'>` are the same. */
  dtype(name: string): DType | undefined {
    const value = this.plain(name)
    const bare = typeof value === 'string' ? value.replace(/^<dtype: '(\w+)'>$/, '$1') : undefined
    if (value === undefined) return undefined
    return bare !== undefined && isDType(bare) ? bare : this.refuse(`its type ${String(value)} is not known`)
  }
  /** Whole numbers: a list, or one. undefined where absent. */
  ints(name: string): readonly number[] | undefined {
    const arg = this.arg(name)
    if (arg === undefined) return undefined
    const list = this.#sizes(arg)
    if (list?.every((size): size is number => typeof size === 'number')) return list
    return this.refuse(`its argument '${name}' is not of whole numbers`)
  }
  /** The same for sizes that may be known only when the graph runs; null for a size that follows from the others. */
  sizes(name: string): readonly (Dim | null)[] {
    const arg = this.arg(name)
    const list = arg && this.#sizes(arg)
    return list ?? this.refuse(`its argument '${name}' gives no sizes`)
  }

  #sizes(arg: KArg): readonly (Dim | null)[] | undefined {
    switch (arg.kind) {
      case 'constant':
        return arg.value === null ? [null] : numbersIn(arg.value)
      case 'array':
        return numbersIn(arg.values)
      case 'list': {
        const items = arg.items.map(item => this.#sizes(item))
        return items.every(item => item !== undefined) ? items.flat() : undefined
      }
      case 'tensor':
        return this.#sizesIn(arg.tensor.value)
      default:
        return undefined
    }
  }

  /** The elements of a shape, as far as they are known. */
  #sizesIn(value: Value): readonly Dim[] | undefined {
    const shape = this.scope.shape(value)
    if (!shape || shape.length > 1 || shape[0] === null) return undefined
    const elements = this.#elements(value)
    const whole = this.scope.cast(value, 'int32')
    return Array.from(
      { length: shape[0] ?? 1 },
      (_, i) => elements?.[i] ?? (shape.length === 0 ? whole : this.scope.slice(whole, [i])),
    )
  }

  #elements(value: Value): readonly (number | null)[] | undefined {
    return this.scope.facts.of(value).elements?.map(e => (typeof e === 'bigint' ? Number(e) : e))
  }

  // ---- Tensors

  /** A tensor; numbers and lists become constants, of type `like` where they have none. */
  tensor(name: string, like?: DType): Value {
    return this.maybeTensor(name, like) ?? this.refuse(`it is called without '${name}'`)
  }
  maybeTensor(name: string, like?: DType): Value | undefined {
    const arg = this.arg(name)
    return arg && this.#value(arg, like)
  }
  /** A list of tensors; one tensor is a list of one. */
  tensors(name: string): readonly Value[] {
    const arg = this.arg(name)
    const items = arg?.kind === 'list' ? arg.items : arg ? [arg] : []
    const dtype = resultType(...items.map(typeOf))
    return items.map(item => this.#value(item, dtype))
  }
  /** Tensors in one type: the one that holds all of them, after `raise` (what division does to whole numbers). */
  together(names: readonly string[], raise: (dtype: DType) => DType = dtype => dtype): readonly Value[] {
    return this.#together(names, typeOf, raise)
  }
  /** The same where Keras 3 makes tensors of all first: a Python number is an int32 or float32 then, also beside a smaller type. */
  tensorsTogether(names: readonly string[], raise: (dtype: DType) => DType = dtype => dtype): readonly Value[] {
    if (this.call.profile !== 'k3') return this.together(names, raise)
    return this.#together(names, arg => resultType(typeOf(arg)), raise)
  }
  #together(
    names: readonly string[],
    type: (arg: KArg) => OperandType,
    raise: (dtype: DType) => DType,
  ): readonly Value[] {
    const args = names.map(name => this.arg(name) ?? this.refuse(`it is called without '${name}'`))
    const dtype = raise(resultType(...args.map(type)))
    return args.map(arg => this.scope.cast(this.#value(arg, dtype), dtype))
  }

  #value(arg: KArg, like?: DType): Value {
    if (arg.kind === 'tensor') return arg.tensor.value
    if (arg.kind === 'array') return this.#constant(arg.values, isDType(arg.dtype) ? arg.dtype : 'float32')
    if (arg.kind === 'constant') {
      const { value } = arg
      if (typeof value === 'string') return this.scope.text(value)
      return this.scope.const(scalar(like ?? resultType(typeOf(arg)), value ?? this.refuse('a tensor of it is None')))
    }
    const values = plainList(arg)
    // Files of Keras 2 do not tell 1.0 from 1; arrays of data are mostly real numbers.
    if (values)
      return this.#constant(values, like ?? (this.call.profile === 'k3' ? resultType(typeOf(arg)) : 'float32'))
    if (arg.kind !== 'list') return this.refuse('an argument that should be a tensor is none')
    const items = arg.items.map(item => this.#value(item, like ?? resultType(...arg.items.map(typeOf))))
    if (new Set(items.map(item => item.dtype)).size > 1) this.refuse('a list in its arguments holds several types')
    return this.scope.op('Pack', items, { axis: 0 }, 'stack')
  }

  #constant(values: Json, dtype: DType): Value {
    return this.scope.const(arrayOf(values, dtype) ?? this.refuse('an array in its arguments is not regular'))
  }

  // ---- Dimensions

  /** The sizes of a tensor; refused where not even the rank is known. */
  shape(value: Value): readonly (number | null)[] {
    return this.call.shapeOf(value)
  }
  rank(value: Value): number {
    return this.shape(value).length
  }
  /** An argument that names axes, counted from the start; all of them where it is absent. */
  axes(name: string, value: Value): readonly number[] {
    const rank = this.rank(value)
    const axes = this.ints(name)
    return axes?.map(axis => this.call.axis(axis, rank)) ?? Array.from({ length: rank }, (_, i) => i)
  }
  /** The same for one axis. */
  axis(name: string, value: Value, otherwise: number, extra = 0): number {
    return this.call.axis(this.int(name, otherwise), this.rank(value) + extra)
  }
}

/** Arguments by our names. */
function bound(call: LayerCall, parameters: readonly string[], usesConfig: boolean): ReadonlyMap<string, KArg> {
  const found = new Map<string, KArg>()
  const end = parameters.findIndex(parameter => parameter.startsWith('*')) // nothing is given by place behind it
  for (const [i, parameter] of parameters.entries()) {
    const [, rest, theirs, ours = theirs] = /^(\*?)(\w+)(?:=(\w+))?$/.exec(parameter)! as unknown as string[] // the tables are written so
    const placed = rest ? list(call.args.slice(i)) : end >= 0 && i > end ? undefined : call.args[i]
    const given = call.kwargs.get(theirs!) ?? placed
    const config = usesConfig ? call.layer.config[theirs!] : undefined
    const arg = given ?? (config === undefined ? undefined : fromJson(config))
    if (arg) found.set(ours!, arg)
  }
  return found
}

/** Operands that follow one another; one list of them is the same. */
const list = (args: readonly KArg[]): KArg | undefined =>
  args.length === 1 && args[0]!.kind === 'list' ? args[0] : args.length > 0 ? { kind: 'list', items: args } : undefined

function fromJson(value: Json): KArg | undefined {
  if (isList(value)) {
    const items = value.map(fromJson)
    return items.every(item => item !== undefined) ? { kind: 'list', items } : undefined
  }
  return value === null || typeof value !== 'object' ? { kind: 'constant', value } : undefined
}

/** The type that an argument brings to a promotion. */
function typeOf(arg: KArg): OperandType {
  switch (arg.kind) {
    case 'tensor':
      return arg.tensor.value.dtype ?? 'float32'
    case 'array':
      return isDType(arg.dtype) ? arg.dtype : 'float32'
    case 'list':
      return arg.items.map(typeOf).reduce<OperandType>(higher, 'python int')
    case 'constant':
      if (typeof arg.value === 'string') return 'string'
      return typeof arg.value === 'boolean' ? 'bool' : Number.isInteger(arg.value) ? 'python int' : 'python float'
    default:
      return 'python int'
  }
}

const higher = (a: OperandType, b: OperandType): OperandType => {
  const isPython = (type: OperandType): boolean => type === 'python int' || type === 'python float'
  if (isPython(a) && isPython(b)) return a === 'python float' ? a : b
  return resultType(a, b)
}

/** A list of numbers, however nested; undefined where a tensor is among them. */
function plainList(arg: KArg): Json | undefined {
  if (arg.kind === 'constant') return typeof arg.value === 'string' ? undefined : arg.value
  if (arg.kind !== 'list') return undefined
  const items = arg.items.map(plainList)
  return items.every(item => item !== undefined) ? items : undefined
}

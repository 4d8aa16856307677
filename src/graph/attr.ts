/** Attributes of a node: AttrValue of attr_value.proto, as plain values. */
import type { Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'
import type { AttrDef } from '../tensorflow/ops.ts'

/** Sizes of dimensions, null where not known; null altogether where not even the rank is. */
export type PartialShape = readonly (number | null)[] | null
/** A shape of known rank as text: `[?,8]`. */
export const shapeText = (shape: readonly (number | null)[]): string => `[${shape.map(d => d ?? '?')}]`

/** A function by its name in the library, with values for its own attributes. */
export interface FuncRef {
  readonly name: string
  readonly attrs: ReadonlyMap<string, Attr>
}

/** The content of an attribute, by its kind. */
export interface Kinds {
  /** Text where the bytes are UTF-8. */
  string: string | Uint8Array
  /** A bigint beyond ±2^53. */
  int: number | bigint
  float: number
  bool: boolean
  type: DType
  shape: PartialShape
  tensor: Tensor
  func: FuncRef
}
/** The kinds of AttrValue that are no list. */
export type AttrKind = keyof Kinds

/** One value of one kind. */
export type ScalarAttr = { [K in AttrKind]: { readonly kind: K; readonly value: Kinds[K] } }[AttrKind]
/** A list of one kind; an empty list in a file does not say which. */
export type ListAttr =
  | { [K in AttrKind]: { readonly kind: 'list'; readonly of: K; readonly value: readonly Kinds[K][] } }[AttrKind]
  | { readonly kind: 'list'; readonly of: 'nothing'; readonly value: readonly [] }
/** The value of an attribute. */
export type Attr =
  | ScalarAttr
  | ListAttr
  /** `$T` in a function's body: the value of the call's attribute T. */
  | { readonly kind: 'placeholder'; readonly value: string }
  /** An AttrValue with nothing set. */
  | { readonly kind: 'nothing' }

export const string = (value: string | Uint8Array): Attr => ({ kind: 'string', value })
export const int = (value: number | bigint): Attr => ({ kind: 'int', value })
export const float = (value: number): Attr => ({ kind: 'float', value })
export const type = (value: DType): Attr => ({ kind: 'type', value })
export const shape = (value: PartialShape): Attr => ({ kind: 'shape', value })
export const list = <K extends AttrKind>(of: K, value: readonly Kinds[K][]): Attr =>
  ({ kind: 'list', of, value }) as unknown as Attr // K is one member of the union, which TypeScript cannot see

/** An attribute as `Graph.add` takes it for an op in the registry: the bare value, or an `Attr`. */
export type PlainAttr =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | Tensor
  | FuncRef
  | PartialShape
  | readonly (string | number | bigint | boolean | PartialShape | FuncRef)[]
  | Attr

const isAttr = (value: PlainAttr): value is Attr =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'kind' in value

/** A bare value as the attribute that the op's definition asks for. */
export function plainAttr(def: AttrDef, value: PlainAttr): Attr {
  if (isAttr(value)) return value
  const listOf = /^list\((\w+)\)$/.exec(def.type)?.[1]
  const attr = listOf ? { kind: 'list', of: listOf, value } : { kind: def.type, value }
  return attr as Attr // the caller wrote the value for this attribute; the verifier checks graphs from files
}

/** The default of an attribute; undefined where it has none. */
export function defaultAttr(def: AttrDef): Attr | undefined {
  if (def.default === undefined) return undefined
  const convert = (kind: string, value: unknown): unknown => {
    if (kind === 'float') return Number(value === 'inf' ? Infinity : value === '-inf' ? -Infinity : value)
    if (kind === 'shape') return value === null ? null : (value as number[]).map(d => (d < 0 ? null : d))
    if (kind === 'func') return { name: value, attrs: new Map() }
    if (kind === 'tensor') return defaultTensor(value as DefaultTensor)
    return value
  }
  const listOf = /^list\((\w+)\)$/.exec(def.type)?.[1]
  const value = listOf ? (def.default as unknown[]).map(v => convert(listOf, v)) : convert(def.type, def.default)
  return (listOf ? { kind: 'list', of: listOf, value } : { kind: def.type, value }) as Attr
}

interface DefaultTensor {
  readonly tensor: DType
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** The registry has a few small integer tensors as defaults (ImageSummary's colour). */
function defaultTensor({ tensor: dtype, shape, values }: DefaultTensor): Tensor {
  const bytes = dtype === 'uint8' ? Uint8Array.from(values) : new Uint8Array(Int32Array.from(values).buffer)
  return { dtype, shape, recipe: { kind: 'memory', bytes } }
}

/** Whether two attributes say the same; tensors are compared by identity. */
export function sameAttr(a: Attr, b: Attr): boolean {
  if (a.kind === 'list' && b.kind === 'list') {
    return a.of === b.of && a.value.length === b.value.length && a.value.every((v, i) => sameValue(v, b.value[i]))
  }
  return (
    a.kind === b.kind && 'value' in a === 'value' in b && sameValue('value' in a && a.value, 'value' in b && b.value)
  )
}

function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => v === b[i])
  if (a instanceof Uint8Array && b instanceof Uint8Array) return a.length === b.length && a.every((v, i) => v === b[i])
  return isFuncRef(a) && isFuncRef(b) && a.name === b.name && sameAttrs(a.attrs, b.attrs)
}

const isFuncRef = (value: unknown): value is FuncRef => typeof value === 'object' && value !== null && 'attrs' in value

/** The same attributes, each with the same value. */
export const sameAttrs = (a: ReadonlyMap<string, Attr>, b: ReadonlyMap<string, Attr>): boolean =>
  a.size === b.size && [...a].every(([name, attr]) => b.has(name) && sameAttr(attr, b.get(name)!))

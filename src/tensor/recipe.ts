/** Recipes compared and shown without reading: equality, keys, text. */
import { decode, decodeBigints, isNumeric, roundTo } from './codec.ts'
import { byteLength, type Computation, elementCount, type Recipe, type Tensor } from './tensor.ts'

/** Elements that `describe` lists. */
const MAX_SHOWN_ELEMENTS = 8
/** Bytes that go into a key; of longer ones the identity does. */
const MAX_KEY_BYTES = 1024

/**
 * The recipe as text: what the graph's text form, reports and the page show.
 *
 *     mul(ckpt@0+432, rsqrt(add(ckpt@480+16, [0.001])))
 */
export function describe(t: Tensor): string {
  const { recipe } = t
  switch (recipe.kind) {
    case 'memory':
      return elementCount(t.shape) <= MAX_SHOWN_ELEMENTS && isNumeric(t.dtype)
        ? `[${shown(t, recipe.bytes).join(' ')}]`
        : `memory(${recipe.bytes.length} bytes)`
    case 'strings':
      return recipe.values.length <= MAX_SHOWN_ELEMENTS
        ? `[${recipe.values.map(quoted).join(' ')}]`
        : `strings(${recipe.values.length})`
    case 'splat':
      return `splat(${isNumeric(t.dtype) ? shown(t, recipe.bytes).join(' ') : hex(recipe.bytes)})`
    case 'range':
      return `${recipe.source.name}@${recipe.offset}+${byteLength(t)}`
    case 'blocks':
      return `blocks(${recipe.blocks.map(b => `[${b.start.join(' ')}] ${describe(b.tensor)}`).join(', ')})`
    case 'computed':
      return `${recipe.by.op}(${[...recipe.by.of.map(describe), ...settings(t, recipe.by)].join(', ')})`
    case 'opaque':
      return `opaque(${recipe.proto.length} bytes)`
  }
}

/** The parameters of a computation beside its operands. */
function settings(t: Tensor, by: Computation): string[] {
  const list = (values: readonly number[]): string => `[${values.join(' ')}]`
  switch (by.op) {
    case 'reshape':
      return [list(t.shape)]
    case 'cast':
    case 'quantize':
    case 'quantize-within':
      return [t.dtype]
    case 'transpose':
      return [list(by.perm)]
    case 'slice':
      return [list(by.begin), list(t.shape), ...(by.strides ? [list(by.strides)] : [])]
    case 'reverse':
    case 'sum':
      return [list(by.axes)]
    case 'nearest':
      return [String(by.axis)]
    case 'spread':
      return [list(by.factors)]
    case 'round-to-levels':
      return [String(by.steps)]
    default:
      return []
  }
}

const shown = (t: Tensor, bytes: Uint8Array): string[] => {
  if (t.dtype === 'bool') return [...bytes].map(b => String(b !== 0))
  if (/int/.test(t.dtype)) return decodeBigints(t.dtype, bytes).map(String)
  return [...decode(t.dtype, bytes)].map(value => shortest(t, value))
}

/** The shortest decimal that is this element again: 0.001, not 0.0010000000474974513. */
function shortest(t: Tensor, value: number): string {
  for (let digits = 1; digits < 17; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Object.is(roundTo(t.dtype, Float64Array.of(candidate))[0], value)) return number(candidate)
  }
  return number(value)
}

const number = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

const quoted = (bytes: Uint8Array): string => JSON.stringify(new TextDecoder().decode(bytes))
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX[byte]
  return text
}

let identities = 0
const identityOf = new WeakMap<object, number>()
/** A number that stands for an object while it lives. It goes into keys only, never into output. */
function identity(object: object): number {
  const known = identityOf.get(object)
  if (known !== undefined) return known
  identityOf.set(object, identities)
  return identities++
}

/**
 * A string that two tensors share only if they hold the same elements, known
 * without reading. Long in-memory bytes count as the same only when they are one buffer.
 */
export const recipeKey = (t: Tensor): string => `${t.dtype}[${t.shape}]${keyOf(t, t.recipe)}`

function keyOf(t: Tensor, recipe: Recipe): string {
  switch (recipe.kind) {
    case 'memory':
      return `m${bytesKey(recipe.bytes)}`
    case 'strings':
      return `t${recipe.values.map(bytesKey).join(',')}`
    case 'splat':
      return `s${hex(recipe.bytes)}`
    case 'range':
      return `r${identity(recipe.source)}@${recipe.offset}${recipe.bigEndian ? 'b' : ''}`
    case 'blocks':
      return `b(${recipe.blocks.map(b => `${b.start}:${recipeKey(b.tensor)}`).join(';')})`
    case 'computed':
      return `${recipe.by.op}(${[...recipe.by.of.map(recipeKey), ...settings(t, recipe.by)].join(';')})`
    case 'opaque':
      return `o${bytesKey(recipe.proto)}`
  }
}

const bytesKey = (bytes: Uint8Array): string =>
  bytes.length <= MAX_KEY_BYTES ? hex(bytes) : `#${identity(bytes.buffer)}@${bytes.byteOffset}+${bytes.length}`

/** Whether two tensors are known, without reading, to hold the same elements in the same type and shape. */
export function sameTensor(a: Tensor, b: Tensor): boolean {
  if (a === b || recipeKey(a) === recipeKey(b)) return true
  if (a.recipe.kind !== 'memory' || b.recipe.kind !== 'memory' || a.dtype !== b.dtype) return false
  const { bytes } = b.recipe
  return (
    String(a.shape) === String(b.shape) &&
    a.recipe.bytes.length === bytes.length &&
    a.recipe.bytes.every((byte, i) => byte === bytes[i])
  )
}

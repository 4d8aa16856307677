/**
 * Computes element by element over tensors, by ranges of the result: in float64
 * through the whole expression, rounded to the result's type once, at the end.
 * An explicit cast, and every step in integers, rounds where it stands.
 */
import { FreezeError } from '../errors.ts'
import { type DType, isFloat } from '../tensorflow/dtype.ts'
import { coordinatesOf } from './blocks.ts'
import { decode, roundTo } from './codec.ts'
import type { Access, Opening } from './reader.ts'
import { checkMaterialised, rowMajorStrides } from './strided.ts'
import { type BinaryName, elementCount, type Shape, type Tensor, type UnaryName } from './tensor.ts'

/** Elements of a tensor as float64, by ranges. The caller may overwrite what it gets. */
export interface NumberReader {
  read(start: number, count: number): Promise<Float64Array>
}

/** Elements that are looked at in one go when a whole tensor is. */
const STEP = 1 << 17

/** Two operands, element by element. The result may be one of them. */
const BINARY: Record<BinaryName, (a: Float64Array, b: Float64Array) => void> = {
  add: (a, b) => {
    for (let i = 0; i < a.length; i++) a[i] = a[i]! + b[i]!
  },
  sub: (a, b) => {
    for (let i = 0; i < a.length; i++) a[i] = a[i]! - b[i]!
  },
  mul: (a, b) => {
    for (let i = 0; i < a.length; i++) a[i] = a[i]! * b[i]!
  },
  div: (a, b) => {
    for (let i = 0; i < a.length; i++) a[i] = a[i]! / b[i]!
  },
  maximum: (a, b) => {
    for (let i = 0; i < a.length; i++) a[i] = Math.max(a[i]!, b[i]!)
  },
  minimum: (a, b) => {
    for (let i = 0; i < a.length; i++) a[i] = Math.min(a[i]!, b[i]!)
  },
}

const UNARY: Record<UnaryName, (x: number) => number> = {
  neg: x => -x,
  abs: Math.abs,
  square: x => x * x,
  sqrt: Math.sqrt,
  rsqrt: x => 1 / Math.sqrt(x),
  reciprocal: x => 1 / x,
  exp: Math.exp,
}

/** A reader of a tensor's elements as numbers. Throws `unsupported` for types that are not numbers. */
export function openNumbers(t: Tensor, opening: Opening): NumberReader {
  const by = t.recipe.kind === 'computed' ? t.recipe.by : undefined
  switch (by?.op) {
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
    case 'maximum':
    case 'minimum':
      return openBinary(t, by.op, by.of, opening)
    case 'neg':
    case 'abs':
    case 'square':
    case 'sqrt':
    case 'rsqrt':
    case 'reciprocal':
    case 'exp':
      return openUnary(t, by.op, by.of[0], opening)
    case 'cast':
      return mapped(openNumbers(by.of[0], opening), x => exact(t.dtype, roundTo(t.dtype, x)))
    case 'reshape':
      return openNumbers(by.of[0], opening)
    case 'round-to-levels':
    case 'quantize':
      return openLevels(by.of[0], by.op === 'quantize' ? 'code' : by.steps, opening)
    case 'sum':
      return openSum(by.of[0], by.axes, opening)
    case 'quantize-within':
      return openCodes(by.of, opening)
    case 'nearest':
      return openNearest(t.shape, by.axis, by.of, opening)
    case 'lowest':
    case 'highest':
      return openExtreme(by.of[0], by.op, opening)
    default:
      return mapped(openBytes(t, opening), x => exact(t.dtype, x))
  }
}

function openBytes(t: Tensor, opening: Opening): NumberReader {
  const reader = opening.open(t, opening.access)
  return { read: async (start, count) => decode(t.dtype, await reader.read(start, count)) }
}

const mapped = (reader: NumberReader, map: (x: Float64Array) => Float64Array): NumberReader => ({
  read: async (start, count) => map(await reader.read(start, count)),
})

/** The same with another promise. */
const accessed = (access: Access, opening: Opening): Opening => ({ ...opening, access })

/** Throws where 64-bit integers left what float64 holds exactly. */
function exact(dtype: DType, values: Float64Array): Float64Array {
  if ((dtype === 'int64' || dtype === 'uint64') && !values.every(v => Number.isSafeInteger(v)))
    throw new FreezeError('unsupported', `a computation over ${dtype} goes beyond 2^53, where it would not be exact`)
  return values
}

/** The numbers after a step: integers as their type holds them, floats as they are. */
const settled = (dtype: DType, values: Float64Array): Float64Array =>
  isFloat(dtype) ? values : roundTo(dtype, exact(dtype, values))

function openBinary(t: Tensor, op: BinaryName, of: readonly [Tensor, Tensor], opening: Opening): NumberReader {
  const [a, b] = of.map(operand => openBroadcast(operand, t.shape, opening)) as [NumberReader, NumberReader]
  return {
    async read(start, count) {
      const [x, y] = await Promise.all([a.read(start, count), b.read(start, count)])
      BINARY[op](x, y)
      return settled(t.dtype, x)
    },
  }
}

function openUnary(t: Tensor, op: UnaryName, of: Tensor, opening: Opening): NumberReader {
  const f = UNARY[op]
  return mapped(openNumbers(of, opening), x => {
    for (let i = 0; i < x.length; i++) x[i] = f(x[i]!)
    return settled(t.dtype, x)
  })
}

/** An operand stretched to `shape`; one that really is smaller is kept in memory. */
function openBroadcast(t: Tensor, shape: Shape, opening: Opening): NumberReader {
  if (elementCount(t.shape) === elementCount(shape)) return openNumbers(t, opening)
  checkMaterialised(t)
  let whole: Promise<Float64Array> | undefined
  return {
    async read(start, count) {
      whole ??= openNumbers(t, accessed('random', opening)).read(0, elementCount(t.shape))
      return broadcast(await whole, t.shape, shape, start, count)
    },
  }
}

/** Elements `start` to `start + count` of `values`, of shape `from`, stretched to shape `to` as NumPy does. */
function broadcast(values: Float64Array, from: Shape, to: Shape, start: number, count: number): Float64Array {
  const out = new Float64Array(count)
  if (values.length === 1) return out.fill(values[0]!)
  const padded = [...Array<number>(to.length - from.length).fill(1), ...from]
  const { sizes, stretched } = collapse(padded, to)
  const inner = sizes.length - 1
  const at = coordinatesOf(start, sizes)
  for (let done = 0; done < count; ) {
    const run = Math.min(sizes[inner]! - at[inner]!, count - done)
    const source = at.reduce((flat, c, axis) => (stretched[axis] ? flat : flat * sizes[axis]! + c), 0)
    if (stretched[inner]) out.fill(values[source]!, done, done + run)
    else out.set(values.subarray(source, source + run), done)
    done += run
    at[inner] = 0
    for (let axis = inner - 1; axis >= 0 && ++at[axis]! === sizes[axis]; axis--) at[axis] = 0
  }
  return out
}

/** Joins neighbouring axes that are both stretched or both not. */
function collapse(from: Shape, to: Shape): { sizes: number[]; stretched: boolean[] } {
  const sizes: number[] = []
  const stretched: boolean[] = []
  for (const [axis, size] of to.entries()) {
    if (size === 1) continue
    const isStretched = from[axis] === 1
    if (stretched.at(-1) === isStretched) sizes[sizes.length - 1]! *= size
    else {
      sizes.push(size)
      stretched.push(isStretched)
    }
  }
  return { sizes, stretched }
}

interface Extremes {
  readonly min: number
  readonly max: number
}

/** The smallest and largest element; `NaN` both where one is. An empty tensor has none. */
async function extremes(t: Tensor, opening: Opening): Promise<Extremes> {
  const reader = openNumbers(t, accessed('sequential', opening))
  const total = elementCount(t.shape)
  let min = Infinity
  let max = -Infinity
  for (let start = 0; start < total; start += STEP) {
    for (const x of await reader.read(start, Math.min(STEP, total - start))) {
      min = Math.min(min, x)
      max = Math.max(max, x)
    }
  }
  return { min, max }
}

function openExtreme(t: Tensor, op: 'lowest' | 'highest', opening: Opening): NumberReader {
  let found: Promise<Extremes> | undefined
  return {
    async read(_, count) {
      const { min, max } = await (found ??= extremes(t, opening))
      return new Float64Array(count).fill(op === 'lowest' ? min : max)
    },
  }
}

/** Sums over axes: all of them are made at the first reading, in one run through the tensor. */
function openSum(t: Tensor, axes: readonly number[], opening: Opening): NumberReader {
  let found: Promise<Float64Array> | undefined
  return { read: async (start, count) => (await (found ??= sums(t, axes, opening))).slice(start, start + count) }
}

async function sums(t: Tensor, axes: readonly number[], opening: Opening): Promise<Float64Array> {
  const kept = t.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const strides = rowMajorStrides(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride))
  const out = new Float64Array(elementCount(kept))
  const reader = openNumbers(t, accessed('sequential', opening))
  const total = elementCount(t.shape)
  const at = t.shape.map(() => 0)
  let target = 0
  for (let start = 0; start < total; start += SUM_ELEMENTS) {
    for (const value of await reader.read(start, Math.min(SUM_ELEMENTS, total - start))) {
      out[target]! += value
      for (let axis = at.length - 1; axis >= 0; axis--) {
        target += strides[axis]!
        if (++at[axis]! < t.shape[axis]!) break
        target -= strides[axis]! * t.shape[axis]!
        at[axis] = 0
      }
    }
  }
  return out
}

/** Elements that a sum has in memory at once. */
const SUM_ELEMENTS = 1 << 16

/** The code of each element over a range that is given. */
function openCodes([x, min, max]: readonly [Tensor, Tensor, Tensor], opening: Opening): NumberReader {
  const reader = openNumbers(x, opening)
  const scalar = async (t: Tensor): Promise<number> => (await openNumbers(t, opening).read(0, 1))[0]!
  let found: Promise<readonly [number, number]> | undefined
  return {
    async read(start, count) {
      const [from, to] = await (found ??= Promise.all([scalar(min), scalar(max)]))
      const scale = to > from ? 255 / (to - from) : 0
      const zero = Math.round(from * scale)
      const values = await reader.read(start, count)
      return values.map(v => Math.min(255, Math.max(0, Math.round(v * scale) - zero)))
    },
  }
}

/** The entry of a table that is nearest to each element, as float32 has the distances. */
function openNearest(
  shape: Shape,
  axis: number,
  [x, table]: readonly [Tensor, Tensor],
  opening: Opening,
): NumberReader {
  const reader = openNumbers(x, opening)
  const entries = table.shape.at(-1)!
  const rows = elementCount(table.shape) / entries
  const run = elementCount(shape.slice(axis + 1))
  let found: Promise<Float64Array> | undefined
  return {
    async read(start, count) {
      const all = await (found ??= openNumbers(table, { ...opening, access: 'random' }).read(0, rows * entries))
      const values = await reader.read(start, count)
      return values.map((value, i) => {
        const row = Math.floor((start + i) / run) % rows
        return closest(all.subarray(row * entries, (row + 1) * entries), value)
      })
    },
  }
}

function closest(entries: Float64Array, value: number): number {
  let best = entries[0]!
  for (const entry of entries)
    if (Math.fround(Math.abs(entry - value)) < Math.fround(Math.abs(best - value))) best = entry
  return best
}

/** Elements moved to the nearest of `steps` levels between the extremes, or each one's 8-bit code. */
function openLevels(t: Tensor, steps: number | 'code', opening: Opening): NumberReader {
  const reader = openNumbers(t, opening)
  const last = steps === 'code' ? 255 : steps - 1
  let found: Promise<Extremes> | undefined
  return {
    async read(start, count) {
      const { min, max } = await (found ??= extremes(t, opening))
      const x = await reader.read(start, count)
      const step = (max - min) / last
      if (steps === 'code') return x.map(v => (step > 0 ? Math.round((v - min) / step) : 0))
      return step > 0 ? x.map(v => min + Math.round((v - min) / step) * step) : x
    },
  }
}

/** The shape of `x[begin:end:strides]` with its five masks. */
import type { Node } from '../../graph/node.ts'
import { pick } from '../elements.ts'
import type { Fact } from '../fact.ts'
import { numbersOf, type Rule } from '../rule.ts'
import { Contradiction, type Dim, offsets, ofRank, staticShape, strides } from '../shape.ts'

/** How the slice cuts one axis of its input. */
interface Axis {
  /** From where, in steps of what; null where not known. */
  readonly begin: Dim
  readonly stride: Dim
  /** How many. */
  readonly size: Dim
  /** The axis goes: only one element is taken. */
  readonly shrinks: boolean
}

/**
 * Each entry of begin, end and strides stands for an axis of the input, for a new
 * one (`new_axis_mask`), or (`ellipsis_mask`) for as many as it takes.
 * Source: ValidateStridedSliceOp in tensorflow/core/util/strided_slice_op.cc.
 */
export const stridedSlice: Rule = (node, [x, begin, end, stride]) => {
  const count = [begin, end, stride].map(f => f.shape?.[0] ?? null).find(n => n !== null)
  if (count === undefined || x.shape === null) return []
  const [begins, ends, steps] = [begin, end, stride].map(f => numbersOf(f) ?? ofRank(count))
  const axes: Axis[] = []
  const shape: Dim[] = []
  const keep = (axis: Axis): void => {
    axes.push(axis)
    if (!axis.shrinks) shape.push(axis.size)
  }
  const entries = sliceEntries(node, count)
  const taken = entries.filter(e => e.kind === 'axis').length
  const left = x.shape.length - taken
  if (left < 0) throw new Contradiction('more indices than axes')
  for (const entry of entries) {
    if (entry.kind === 'new') shape.push(1)
    else if (entry.kind === 'rest') for (let i = 0; i < left; i++) keep(whole(x.shape[axes.length]!))
    else keep(sliceAxis(x.shape[axes.length]!, begins![entry.at]!, ends![entry.at]!, steps![entry.at]!, entry))
  }
  return [{ shape, ...sliceElements(x, axes) }]
}

/** The meaning of one entry of begin, end and strides. */
interface Entry {
  readonly kind: 'new' | 'rest' | 'axis'
  /** Which entry. */
  readonly at: number
  readonly shrinks: boolean
  readonly fromStart: boolean
  readonly toEnd: boolean
}

const REST: Entry = { kind: 'rest', at: -1, shrinks: false, fromStart: true, toEnd: true }

function sliceEntries(node: Node, count: number): Entry[] {
  const bit = (mask: string, at: number): boolean => at < 31 && (node.int(mask) & (1 << at)) !== 0
  const entries = Array.from({ length: count }, (_, at): Entry => {
    if (bit('ellipsis_mask', at)) return REST
    const kind = bit('new_axis_mask', at) ? 'new' : 'axis'
    const [fromStart, toEnd] = [bit('begin_mask', at), bit('end_mask', at)]
    return { kind, at, shrinks: bit('shrink_axis_mask', at), fromStart, toEnd }
  })
  const ellipses = entries.filter(e => e.kind === 'rest').length
  if (ellipses > 1) throw new Contradiction('two ellipses')
  return ellipses === 1 ? entries : [...entries, REST]
}

const whole = (size: Dim): Axis => ({ begin: 0, stride: 1, size, shrinks: false })

function sliceAxis(size: Dim, begin: Dim, end: Dim, stride: Dim, { shrinks, fromStart, toEnd }: Entry): Axis {
  if (stride === 0) throw new Contradiction('a stride of 0')
  if (shrinks) return { begin: fromEnd(begin, size), stride: 1, size: 1, shrinks }
  if (size === null || stride === null) {
    return { begin: null, stride, size: stride === 1 && fromStart && toEnd ? size : null, shrinks }
  }
  const [first, last] = stride > 0 ? [0, size] : [-1, size - 1]
  const clamp = (at: Dim): Dim => {
    const index = fromEnd(at, size)
    return index === null ? null : Math.min(Math.max(index, first), last)
  }
  const from = fromStart ? (stride > 0 ? first : last) : clamp(begin)
  const to = toEnd ? (stride > 0 ? last : first) : clamp(end)
  const length = from === null || to === null ? null : Math.max(0, Math.ceil((to - from) / stride))
  return { begin: from, stride, size: length, shrinks }
}

const fromEnd = (at: Dim, size: Dim): Dim => (at === null || at >= 0 ? at : size === null ? null : at + size)

function sliceElements(x: Fact, axes: readonly Axis[]): Pick<Fact, 'elements'> {
  const source = staticShape(x.shape)
  const sizes = staticShape(axes.map(a => a.size))
  if (!x.elements || !source || !sizes) return {}
  const along = strides(source)
  const steps: number[] = []
  let start = 0
  for (const [i, { begin, stride }] of axes.entries()) {
    if (begin === null || stride === null) return {}
    start += begin * along[i]!
    steps.push(stride * along[i]!)
  }
  const elements = pick(x, offsets(sizes, steps, start))
  return elements ? { elements } : {}
}

/** Non-maximum suppression. */
import { first, fromNumbers, type NdArray, numbers, scalarOf } from '../array.ts'
import type { Kernel, Kernels } from '../kernel.ts'

interface Settings {
  readonly most: number
  readonly overlap: number
  /** Scores at or below it are left out. */
  readonly least: number
  /** Above 0, boxes that overlap lose score instead of being dropped. */
  readonly sigma: number
}

interface Candidate {
  readonly box: number
  score: number
  /** Boxes selected before this many have been compared already. */
  compared: number
}

/** Shared area over joint area of two boxes [y1, x1, y2, x2], corners in either order. */
function overlapOf(boxes: ArrayLike<number>, a: number, b: number): number {
  const side = (box: number, axis: 0 | 1): [number, number] => {
    const [p, q] = [boxes[4 * box + axis]!, boxes[4 * box + axis + 2]!]
    return [Math.min(p, q), Math.max(p, q)]
  }
  const area = (box: number): number => product(axis => side(box, axis)[1] - side(box, axis)[0])
  if (area(a) <= 0 || area(b) <= 0) return 0
  const shared = product(axis => {
    const [p, q] = [side(a, axis), side(b, axis)]
    return Math.max(0, Math.min(p[1], q[1]) - Math.max(p[0], q[0]))
  })
  return shared / (area(a) + area(b) - shared)
}

const product = (along: (axis: 0 | 1) => number): number => along(0) * along(1)

/** The selected boxes with their scores, best first. Source: non_max_suppression_op.cc, DoNonMaxSuppressionOp. */
function selected(boxes: ArrayLike<number>, scores: ArrayLike<number>, s: Settings): Candidate[] {
  const open: Candidate[] = Array.from({ length: scores.length }, (_, box) => ({
    box,
    score: scores[box]!,
    compared: 0,
  }))
    .filter(c => c.score > s.least)
    .sort((a, b) => b.score - a.score || a.box - b.box)
  const chosen: Candidate[] = []
  for (let next = open.shift(); next && chosen.length < s.most; next = open.shift()) {
    const before = next.score
    let isDropped = false
    for (let j = chosen.length - 1; j >= next.compared && !isDropped && next.score > s.least; j--) {
      const overlap = overlapOf(boxes, next.box, chosen[j]!.box)
      if (s.sigma === 0 && overlap > s.overlap) isDropped = true
      else if (s.sigma > 0) next.score *= Math.exp((-0.5 / s.sigma) * overlap * overlap)
    }
    next.compared = chosen.length
    if (isDropped) continue
    if (next.score === before) chosen.push(next)
    else if (next.score > s.least) insert(open, next)
  }
  return chosen
}

function insert(open: Candidate[], c: Candidate): void {
  const at = open.findIndex(o => o.score < c.score || (o.score === c.score && o.box > c.box))
  open.splice(at < 0 ? open.length : at, 0, c)
}

const suppress =
  (isPadded: boolean): Kernel =>
  (inputs, node) => {
    const [boxes, scores, most] = inputs as [NdArray, NdArray, NdArray]
    const optional = (i: number, otherwise: number): number => (inputs[i] ? first(inputs[i]) : otherwise)
    const settings: Settings = {
      most: first(most),
      overlap: optional(3, 0.5),
      least: optional(4, -Infinity),
      sigma: optional(5, 0),
    }
    if (node.op === 'NonMaxSuppression') Object.assign(settings, { overlap: node.float('iou_threshold') })
    const chosen = selected(numbers(boxes), numbers(scores), settings)
    const length = isPadded && node.bool('pad_to_max_output_size') ? settings.most : chosen.length
    const padded = (values: number[]): number[] => Array.from({ length }, (_, i) => values[i] ?? 0)
    const places = fromNumbers('int32', [length], padded(chosen.map(c => c.box)))
    if (!isPadded) return [places]
    const count = scalarOf('int32', chosen.length)
    if (node.op === 'NonMaxSuppressionV4') return [places, count]
    return [places, fromNumbers(scores.dtype, [length], padded(chosen.map(c => c.score))), count]
  }

/** Kernels by op. */
export const boxKernels: Kernels = {
  NonMaxSuppression: suppress(false),
  NonMaxSuppressionV2: suppress(false),
  NonMaxSuppressionV3: suppress(false),
  NonMaxSuppressionV4: suppress(true),
  NonMaxSuppressionV5: suppress(true),
}

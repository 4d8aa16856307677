/** Shapes of ops that ask for shapes, rearrange axes, or make tensors of a given shape. */
import { broadcastElements, element, pick } from '../elements.ts'
import { type Element, type Fact, type Inferred, known, MAX_ELEMENTS } from '../fact.ts'
import {
  allNumbersOf,
  axisIn,
  forEach,
  lengthOf,
  numberOf,
  passes,
  type Rule,
  type Rules,
  scalarOf,
  shapeFrom,
  withRank,
} from '../rule.ts'
import {
  broadcastShapes,
  Contradiction,
  type Dim,
  equalShapes,
  mergeShapes,
  numElements,
  offsets,
  ofRank,
  overDim,
  rankOf,
  staticShape,
  strides,
  timesDim,
} from '../shape.ts'

/** A fact of another shape over the same elements. */
const reshaped = (x: Fact, shape: readonly Dim[] | null): Inferred => ({ shape, ...known(x.elements) })

const shapeOf = ({ shape }: Pick<Fact, 'shape'>): Inferred =>
  shape === null ? { shape: [null] } : { shape: [shape.length], elements: shape }

const size: Rule = (_, [x]) => [{ shape: [], elements: [numElements(x.shape)] }]
const rank: Rule = (_, [x]) => [{ shape: [], elements: [rankOf(x.shape)] }]

/** The new shape has at most one size to find out: what the others leave over. */
const reshape: Rule = (_, [x, target]) => {
  const shape = shapeFrom(target)
  if (shape === null) return [null]
  const count = numElements(x.shape)
  const unknown = shape.indexOf(null)
  if (unknown < 0 || shape.indexOf(null, unknown + 1) >= 0 || count === null) return [reshaped(x, shape)]
  const others = shape.reduce((n: number, d) => n * (d ?? 1), 1)
  return [reshaped(x, others === 0 ? shape : shape.with(unknown, overDim(count, others)))]
}

const expandDims: Rule = (_, [x, axis]) => {
  if (x.shape === null) return []
  const at = numberOf(axis)
  if (at === null) return [ofRank(x.shape.length + 1)]
  return [reshaped(x, x.shape.toSpliced(axisIn(at, x.shape.length + 1), 0, 1))]
}

const squeeze: Rule = (node, [x]) => {
  if (x.shape === null) return []
  const { length } = x.shape
  const axes = node.ints('squeeze_dims').map(axis => axisIn(axis, length))
  if (axes.length > 0)
    return [
      reshaped(
        x,
        x.shape.filter((_d, i) => !axes.includes(i)),
      ),
    ]
  return x.shape.includes(null)
    ? []
    : [
        reshaped(
          x,
          x.shape.filter(d => d !== 1),
        ),
      ]
}

const fill: Rule = (node, [dims, value]) => {
  const shape = shapeFrom(dims)
  const count = numElements(shape)
  const one = scalarOf(value)
  if (count === null || count > MAX_ELEMENTS || one === null) return [shape]
  return [{ shape, elements: Array<Element>(count).fill(element(node.outputTypes?.[0], one)) }]
}

const alike =
  (value: number): Rule =>
  (node, [x]) => {
    const count = numElements(x.shape)
    if (count === null || count > MAX_ELEMENTS) return [x.shape]
    return [{ shape: x.shape, elements: Array<Element>(count).fill(element(node.outputTypes?.[0], value)) }]
  }

const broadcastTo: Rule = (_, [x, target]) => {
  const shape = shapeFrom(target)
  const rows = broadcastElements([x], staticShape(shape))
  return [{ shape, ...(rows && { elements: rows.map(row => row[0]!) }) }]
}

/** The shape that two shapes broadcast to, as a tensor. */
const broadcastArgs: Rule = (_, [a, b]) => {
  const [p, q] = [lengthOf(a), lengthOf(b)]
  if (p === null || q === null) return [[null]]
  const shape = broadcastShapes(argument(a, p), argument(b, q))
  return [{ shape: [Math.max(p, q)], ...(shape && { elements: shape }) }]
}

const argument = (fact: Fact, length: number): readonly Dim[] | null => shapeFrom(fact) ?? ofRank(length)

const transpose: Rule = (_, [x, permutation]) => {
  const order = allNumbersOf(permutation)
  if (!order) return [ofUnknownOrder(x, lengthOf(permutation))]
  const dims = withRank(x, order.length)
  const axes = order.map(axis => axisIn(axis, order.length))
  const shape = axes.map(axis => dims[axis]!)
  const [from, to] = [staticShape(x.shape), staticShape(shape)]
  if (!x.elements || !from || !to) return [shape]
  const steps = strides(from)
  const elements = pick(
    x,
    offsets(
      to,
      axes.map(axis => steps[axis]!),
    ),
  )
  return [{ shape, ...known(elements) }]
}

/** A vector has one order. */
function ofUnknownOrder(x: Fact, length: Dim): readonly Dim[] | null {
  const rank = x.shape?.length ?? length
  if (rank === null) return null
  return rank < 2 ? withRank(x, rank) : ofRank(rank)
}

const reverse: Rule = (node, [x, axes]) => {
  const isVector = x.shape?.length === 1 && x.elements
  const reversed = node.op === 'ReverseV2' && axes.elements?.length === 1 && axes.elements[0] !== null
  return [{ shape: x.shape, ...(isVector && reversed && { elements: x.elements.toReversed() }) }]
}

const tile: Rule = (_, [x, multiples]) => {
  const length = x.shape?.length ?? lengthOf(multiples)
  if (length === null) return []
  const dims = withRank(x, length)
  const times = multiples.elements ? withRank({ shape: shapeFrom(multiples) }, length) : ofRank(length)
  const shape = dims.map((d, i) => timesDim(d, times[i]!))
  const count = shape.length === 1 ? shape[0]! : null
  if (!x.elements || count === null || count > MAX_ELEMENTS) return [shape]
  const { elements } = x
  return [{ shape, elements: Array.from({ length: count }, (_e, i) => elements[i % elements.length]!) }]
}

/** Paddings are pairs, one an axis: how much before and after. */
const pad: Rule = (_, [x, paddings]) => {
  const pairs = withRank(paddings, 2)
  const length = x.shape?.length ?? pairs[0]!
  if (length === null) return []
  const known = paddings.elements
  return [
    withRank(x, length).map((d, i) => {
      const [before, after] = [known?.[2 * i], known?.[2 * i + 1]]
      return d !== null && typeof before === 'number' && typeof after === 'number' ? d + before + after : null
    }),
  ]
}

const diag: Rule = (_, [x]) => [x.shape && [...x.shape, ...x.shape]]

const diagPart: Rule = (_, [x]) => {
  if (x.shape === null) return []
  if (x.shape.length % 2 !== 0) throw new Contradiction('a diagonal of an odd rank')
  const half = x.shape.length / 2
  return [mergeShapes(x.shape.slice(0, half), x.shape.slice(half))]
}

const matrixDiag: Rule = (_, [x]) => [x.shape && [...x.shape, x.shape.at(-1) ?? null]]

const matrixDiagPart: Rule = (_, [x]) => {
  if (x.shape === null || x.shape.length < 2) return []
  const [rows, columns] = x.shape.slice(-2) as [Dim, Dim]
  return [[...x.shape.slice(0, -2), rows === null || columns === null ? null : Math.min(rows, columns)]]
}

/** The lowest and highest diagonal of a band, counted from the main one upwards. */
function bandOf(k: Fact): readonly [lowest: number, highest: number] | undefined {
  const [lowest, highest = lowest] = allNumbersOf(k) ?? []
  return lowest === undefined ? undefined : [lowest, highest!]
}

/** Diagonals in the last axis (a band: in the last two) become matrices, as small as they can be unless sizes are given. */
const matrixDiagV2: Rule = (_, [x, k, rows, columns]) => {
  const band = bandOf(k)
  if (x.shape === null || !band) return []
  const [lowest, highest] = band
  const batch = x.shape.slice(0, lowest === highest ? -1 : -2)
  const [wantRows, wantColumns, longest] = [numberOf(rows), numberOf(columns), x.shape.at(-1) ?? null]
  if (wantRows === null || wantColumns === null || longest === null) return [[...batch, null, null]]
  const least = [longest - Math.min(highest, 0), longest + Math.max(lowest, 0)] as const
  if (wantRows === -1 && wantColumns === -1) return [[...batch, Math.max(...least), Math.max(...least)]]
  return [[...batch, wantRows === -1 ? least[0] : wantRows, wantColumns === -1 ? least[1] : wantColumns]]
}

const matrixDiagPartV2: Rule = (_, [x, k]) => {
  const band = bandOf(k)
  if (x.shape === null || x.shape.length < 2 || !band) return []
  const [lowest, highest] = band
  const [rows, columns] = x.shape.slice(-2) as [Dim, Dim] // two are there
  const known = rows !== null && columns !== null
  const longest = known ? Math.min(rows + Math.min(highest, 0), columns - Math.max(lowest, 0)) : null
  return [[...x.shape.slice(0, -2), ...(lowest < highest ? [highest - lowest + 1] : []), longest]]
}

const empty: Rule = (_, [dims]) => [shapeFrom(dims)]

/**
 * The axes to sum each operand's gradient over: where it is 1 or absent, the other's 1 too.
 * None of two shapes that are one. Source: tensorflow/core/util/bcast.h.
 */
const broadcastGradientArgs: Rule = (_, [a, b]) => {
  const [p, q] = [allNumbersOf(a), allNumbersOf(b)]
  if (!p || !q) return [[null], [null]]
  const rank = equalShapes(p, q) ? 0 : Math.max(p.length, q.length)
  return [p, q].map(dims => {
    const axes = ofRank(rank).flatMap((_d, i) => ((dims[i - rank + dims.length] ?? 1) === 1 ? [i] : []))
    return { shape: [axes.length], elements: axes }
  })
}

/** The shape functions of shapes and axes. */
export const shapeRules: Rules = {
  Shape: (_, [x]) => [shapeOf(x)],
  ShapeN: (_, inputs) => inputs.map(shapeOf),
  VariableShape: (_, [handle]) => [shapeOf(handle.contents ?? { shape: null })],
  Size: size,
  Rank: rank,
  Reshape: reshape,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Fill: fill,
  Empty: empty,
  OnesLike: alike(1),
  ZerosLike: alike(0),
  BroadcastTo: broadcastTo,
  BroadcastArgs: broadcastArgs,
  BroadcastGradientArgs: broadcastGradientArgs,
  ...forEach('Transpose ConjugateTranspose', transpose),
  ...forEach('Reverse ReverseV2', reverse),
  ...forEach('ReverseSequence Roll MatrixBandPart BatchMatrixBandPart MatrixSetDiag', (_, [x]) => [x.shape]),
  ...forEach('MatrixSetDiagV2 MatrixSetDiagV3', (_, [x]) => [x.shape]),
  ...forEach('StopGradient PreventGradient DeepCopy Copy CopyHost', passes()),
  Tile: tile,
  ...forEach('Pad PadV2 MirrorPad', pad),
  Diag: diag,
  DiagPart: diagPart,
  MatrixDiag: matrixDiag,
  MatrixDiagPart: matrixDiagPart,
  ...forEach('MatrixDiagV2 MatrixDiagV3', matrixDiagV2),
  ...forEach('MatrixDiagPartV2 MatrixDiagPartV3', matrixDiagPartV2),
}

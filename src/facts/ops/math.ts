/** Shapes of element-wise mathematics, comparison and selection. */
import {
  BINARY,
  BINARY_TO_BOOL,
  type Binary,
  binary,
  broadcastElements,
  element,
  UNARY,
  type Unary,
  unary,
} from '../elements.ts'
import { type Element, type Fact, type Inferred, MAX_ELEMENTS } from '../fact.ts'
import { dimOf, forEach, like, numberOf, type Rule, type Rules, withRank } from '../rule.ts'
import { broadcastShapes, mergeShapes, staticShape } from '../shape.ts'

/** One operand, and a result of its shape. */
const ALIKE = `
  Acos Acosh Angle Asin Asinh Atan Atanh BesselI0 BesselI0e BesselI1 BesselI1e BesselJ0 BesselJ1 BesselK0 BesselK0e
  BesselK1 BesselK1e BesselY0 BesselY1 Bucketize CheckNumerics CheckNumericsV2 ClipByValue ComplexAbs Conj Cos Cosh Cumprod
  Cumsum CumulativeLogsumexp Dawsn Digamma Erf Erfc Erfinv Exp Expint Expm1 FresnelCos FresnelSin Imag Inv Invert IsFinite
  IsInf IsNan Lgamma Log Log1p Ndtri PopulationCount Real Reciprocal Rsqrt Sigmoid Sin Sinh Spence Tan Tanh`

/** Two operands, broadcast. */
const BROADCAST = `
  ApproximateEqual Atan2 Complex Igamma IgammaGradA Igammac Mod MulNoNan NextAfter Polygamma RandomGammaGrad
  Xdivy Xlog1py Xlogy Zeta`

/** Gradients and the like: both operands have the shape of the result. */
const MERGED = `
  Cross EluGrad InvGrad LeakyReluGrad ReciprocalGrad Relu6Grad ReluGrad RsqrtGrad SeluGrad SigmoidGrad SoftplusGrad
  SoftsignGrad SqrtGrad TanhGrad`

const broadcast: Rule = (_, [a, b]) => [broadcastShapes(a.shape, b.shape)]
const merged: Rule = (_, [a, b]) => [mergeShapes(a.shape, b.shape)]

const twoOperands =
  (op: Binary): Rule =>
  (node, [a, b]) => [binary(op, node.outputTypes?.[0], a, b)]
const oneOperand =
  (op: Unary): Rule =>
  (node, [x]) => [unary(op, node.outputTypes?.[0], x)]

/** `Equal` and `NotEqual` may be told to answer with one bool where the shapes do not fit. */
const equality =
  (op: Binary): Rule =>
  (node, [a, b]) => {
    const mayDiffer = !node.bool('incompatible_shape_error') && !(staticShape(a.shape) && staticShape(b.shape))
    return mayDiffer ? [] : [binary(op, 'bool', a, b)]
  }

/** The operands have one shape; the condition has it too, is a scalar, or is a vector that chooses rows. */
const select: Rule = (_, [condition, yes, no]) => {
  const operands = mergeShapes(yes.shape, no.shape)
  const byElement = condition.shape !== null && condition.shape.length > 1
  const shape = byElement ? mergeShapes(operands, condition.shape) : operands
  const byRow = condition.shape?.length === 1 && shape?.length !== 1
  return [byRow ? shape : { ...choose(condition, yes, no), shape }]
}

const selectV2: Rule = (_, [condition, yes, no]) => [choose(condition, yes, no)]

function choose(condition: Fact, yes: Fact, no: Fact): Inferred {
  const shape = [yes, no].reduce((s, f) => broadcastShapes(s, f.shape), condition.shape)
  const rows = broadcastElements([condition, yes, no], staticShape(shape))
  return { shape, ...(rows && { elements: rows.map(([c, y, n]) => chosen(c!, y!, n!)) }) }
}

/** Where the condition is not known, what both sides agree on. */
function chosen(condition: Element, yes: Element, no: Element): Element {
  if (condition === null) return yes === no ? yes : null
  return condition ? yes : no
}

const cast: Rule = (node, [x]) => {
  const to = node.type('DstT')
  return [{ shape: x.shape, ...(x.elements && { elements: x.elements.map(e => element(to, e)) }) }]
}

const addN: Rule = (_, inputs) => [inputs.map(f => f.shape).reduce(mergeShapes)]

const BYTES: Readonly<Record<string, number>> = {
  ...{ bool: 1, int8: 1, uint8: 1, qint8: 1, quint8: 1 },
  ...{ int16: 2, uint16: 2, float16: 2, bfloat16: 2, qint16: 2, quint16: 2 },
  ...{ int32: 4, uint32: 4, float32: 4, qint32: 4 },
  ...{ int64: 8, uint64: 8, float64: 8, complex64: 8, complex128: 16 },
}

/** A wider type splits into a new last axis; a narrower one joins the last axis. */
const bitcast: Rule = (node, [x]) => {
  const [from, to] = [BYTES[node.type('T')], BYTES[node.type('type')]]
  if (!from || !to || x.shape === null) return []
  if (from === to) return [x.shape]
  return [from > to ? [...x.shape, from / to] : x.shape.slice(0, -1)]
}

const range: Rule = (node, [start, limit, delta]) => {
  const [from, to, step] = [numberOf(start), numberOf(limit), numberOf(delta)]
  if (from === null || to === null || !step) return [[null]]
  const size = Math.max(0, Math.ceil((to - from) / step))
  if (!Number.isSafeInteger(size)) return [[null]]
  if (size > MAX_ELEMENTS || ![from, to, step].every(Number.isInteger)) return [[size]]
  const dtype = node.outputTypes?.[0]
  return [{ shape: [size], elements: Array.from({ length: size }, (_, i) => element(dtype, from + i * step)) }]
}

/** Operands that are not scalars have one shape. */
const betainc: Rule = (_, [a, b, x]) => {
  const shapes = [a.shape, b.shape, x.shape]
  if (shapes.includes(null)) return []
  return [shapes.filter(s => s?.length !== 0).reduce(mergeShapes, shapes.every(s => s?.length === 0) ? [] : null)]
}

/** Counts: a vector of `size`; of a matrix, one such row for each row. */
const denseBincount: Rule = (_, [values, size]) => {
  if (values.shape === null) return []
  return [values.shape.length === 2 ? [values.shape[0]!, dimOf(size)] : [dimOf(size)]]
}

const invertPermutation: Rule = (_, [x]) => {
  const [size] = withRank(x, 1)
  if (!x.elements || x.elements.includes(null)) return [[size!]]
  return [{ shape: [size!], elements: x.elements.map((_e, i) => x.elements!.indexOf(i)) }]
}

/** The shape functions of element-wise ops. */
export const mathRules: Rules = {
  ...forEach(ALIKE, like()),
  ...forEach(BROADCAST, broadcast),
  ...forEach(MERGED, merged),
  ...eachOf(BINARY, twoOperands),
  ...eachOf(BINARY_TO_BOOL, twoOperands),
  ...eachOf(UNARY, oneOperand),
  AddV2: twoOperands(BINARY.Add),
  Equal: equality(BINARY_TO_BOOL.Equal),
  NotEqual: equality(BINARY_TO_BOOL.NotEqual),
  Select: select,
  SelectV2: selectV2,
  Cast: cast,
  AddN: addN,
  AccumulateNV2: addN,
  Bitcast: bitcast,
  Range: range,
  LinSpace: (_, [, , count]) => [[dimOf(count)]],
  Betainc: betainc,
  HistogramFixedWidth: (_, [, , bins]) => [[dimOf(bins)]],
  Bincount: (_, [, size]) => [[dimOf(size)]],
  DenseBincount: denseBincount,
  InvertPermutation: invertPermutation,
}

function eachOf<T>(table: Readonly<Record<string, T>>, rule: (op: T) => Rule): Rules {
  return Object.fromEntries(Object.entries(table).map(([name, op]) => [name, rule(op)]))
}

/** Ops that compute element by element; inputs broadcast as in NumPy. They work in either layout. */
import type { Node, Value } from '../../graph/node.ts'
import { channelsFirstOrder } from '../../tensor/channels.ts'
import { reshape, transpose, valuesOf } from '../../tensor/make.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { isFloat, isInteger } from '../../tensorflow/dtype.ts'
import type { Emitter } from '../emitter.ts'
import { forEach, inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import { float, type Ref } from '../model.ts'
import type { PlainAttributes } from '../operator-emitter.ts'
import { refuse } from '../refusal.ts'

/** Emits what `build` makes of the inputs, in the layout that the node is best computed in. */
export function inEither(
  node: Node,
  emit: Emitter,
  build: (...refs: Ref[]) => Ref,
  inputs: readonly Value[] = node.inputs,
): void {
  const rank = emit.shape(node.out())?.length ?? 0
  const moved = rank >= 3 && emit.prefersFirst(node) ? inputs.map(input => stretchedFirst(input, rank, emit)) : []
  if (moved.length > 0 && moved.every(ref => ref !== undefined)) emit.setFirst(node.out(), build(...moved))
  else emit.set(node.out(), build(...inputs.map(input => emit.value(input))))
}

/** An operand that broadcasts over a value of this rank whose channels are first; undefined where it cannot be had. */
export function stretchedFirst(value: Value, rank: number, emit: Emitter): Ref | undefined {
  const tensor = emit.constant(value)
  if (tensor && tensor.dtype !== 'string' && tensor.shape.length <= rank) {
    if (elementCount(tensor.shape) === 1) return emit.tensor(reshape(tensor, []), value.node.name)
    const full = [...Array<number>(rank - tensor.shape.length).fill(1), ...tensor.shape]
    return emit.tensor(transpose(reshape(tensor, full), channelsFirstOrder(rank)), `${value.node.name}/nchw`)
  }
  const own = emit.shape(value)?.length
  if (own === rank) return emit.channelsFirst(value)
  if (own === 0) return emit.value(value)
  if (own !== 1) return undefined
  const axes = Array.from({ length: rank - 2 }, (_, i) => i + 1)
  return emit.op('Unsqueeze', [emit.value(value), emit.vector(axes)], {}, { name: `${value}/nchw` })
}

/** One operator. */
const plain =
  (op: string, attributes: PlainAttributes = {}): Lowering =>
  (node, emit) =>
    inEither(node, emit, (...refs) => emit.op(op, refs, attributes, { name: node.name }))

/** A factor of one changes nothing, as the β of Keras' swish. */
const product: Lowering = (node, emit) => {
  const [a, b] = inputsOf(node, 2)
  if (isOne(a, b, emit)) emit.alias(node.out(), b)
  else if (isOne(b, a, emit)) emit.alias(node.out(), a)
  else plain('Mul')(node, emit)
}

/** Whether a value is the constant 1, and the result has the shape of the other. */
function isOne(value: Value, other: Value, emit: Emitter): boolean {
  const tensor = emit.constant(value)
  if (!tensor || tensor.dtype === 'string' || elementCount(tensor.shape) !== 1 || emit.isComplex(other)) return false
  const rank = emit.shape(other)?.length
  if (tensor.shape.length > (rank ?? 0)) return false
  const [only] = valuesOf(tensor) ?? []
  return only === 1
}

/** Steps, the last of which makes the result. */
const steps =
  (build: (emit: Emitter, node: Node, refs: readonly Ref[]) => Ref): Lowering =>
  (node, emit) =>
    inEither(node, emit, (...refs) => build(emit, node, refs))

const one = (emit: Emitter, node: Node): Ref => emit.scalar(emit.dtype(node.input(0)), 1)
const zero = (emit: Emitter, node: Node): Ref => emit.scalar(emit.dtype(node.input(0)), 0)

const UNARY: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Inv: 'Reciprocal',
  Invert: 'BitwiseNot',
  IsInf: 'IsInf',
  IsNan: 'IsNaN',
  Log: 'Log',
  LogicalNot: 'Not',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Rint: 'Round',
  Selu: 'Selu',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Softsign: 'Softsign',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
}

const BINARY: Readonly<Record<string, string>> = {
  Add: 'Add',
  AddV2: 'Add',
  BitwiseAnd: 'BitwiseAnd',
  BitwiseOr: 'BitwiseOr',
  BitwiseXor: 'BitwiseXor',
  Div: 'Div',
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
  RealDiv: 'Div',
  Sub: 'Sub',
  TruncateDiv: 'Div',
}

/** `Round` of whole numbers gives 0 in some versions of TensorFlow, and the numbers in others. */
const round: Lowering = (node, emit) => {
  if (isInteger(emit.dtype(node.input(0)))) refuse('what TensorFlow makes of whole numbers depends on its version')
  plain('Round')(node, emit)
}

/** Whole numbers would be computed as floats, which are not exact. */
const relu: Lowering = (node, emit) => {
  if (!isInteger(emit.dtype(node.input(0)))) return plain('Relu')(node, emit)
  inEither(node, emit, x => emit.op('Max', [x, emit.scalar(x.dtype, 0)], {}, { name: node.name }))
}

/** The quotient rounded down. ONNX rounds toward zero, and its remainder has the divisor's sign: (a − a mod b) / b. */
const floorDiv = steps((emit, node, [a, b]) => {
  if (isFloat(a!.dtype)) return emit.op('Floor', [emit.op('Div', [a, b])], {}, { name: node.name })
  const rest = emit.op('Sub', [a, emit.op('Mod', [a, b])])
  return emit.op('Div', [rest, b], {}, { name: node.name })
})

/** The remainder with the divisor's sign; of floats m = fmod(a, b), and m + b where the signs differ. */
const floorMod = steps((emit, node, [a, b]) => {
  if (!isFloat(a!.dtype)) return emit.op('Mod', [a, b], {}, { name: node.name })
  const rest = emit.op('Mod', [a, b], { fmod: 1 })
  const nothing = emit.scalar(a!.dtype, 0)
  const differs = emit.op('Xor', [emit.op('Less', [rest, nothing]), emit.op('Less', [b, nothing])])
  const isRest = emit.op('Not', [emit.op('Equal', [rest, nothing])])
  const wraps = emit.op('And', [differs, isRest])
  return emit.op('Where', [wraps, emit.op('Add', [rest, b]), rest], {}, { name: node.name })
})

/** Where one operand is zero the result is zero, whatever the other gives. */
const zeroWhere = (tested: 0 | 1, build: (emit: Emitter, refs: readonly Ref[]) => Ref): Lowering =>
  steps((emit, node, refs) => {
    const nothing = zero(emit, node)
    const isZero = emit.op('Equal', [refs[tested], nothing])
    return emit.op('Where', [isZero, nothing, build(emit, refs)], {}, { name: node.name })
  })

/** The angle of (x, y): atan(y / x), turned by π where x is negative. */
export function angleOf(emit: Emitter, y: Ref, x: Ref, name: string): Ref {
  const { dtype } = y
  const nothing = emit.scalar(dtype, 0)
  const isUp = emit.op('GreaterOrEqual', [y, nothing])
  const turn = emit.op('Where', [isUp, emit.scalar(dtype, Math.PI), emit.scalar(dtype, -Math.PI)])
  const angle = emit.op('Atan', [emit.op('Div', [y, x])])
  const isLeft = emit.op('Less', [x, nothing])
  const turned = emit.op('Where', [isLeft, emit.op('Add', [angle, turn]), angle])
  const isNowhere = emit.op('And', [emit.op('Equal', [x, nothing]), emit.op('Equal', [y, nothing])])
  return emit.op('Where', [isNowhere, nothing, turned], {}, { name })
}

const atan2 = steps((emit, node, [y, x]) => angleOf(emit, y!, x!, node.name))

/** Bits moved; ONNX moves those of unsigned numbers. To the right a negative number keeps its sign: ⌊a / 2ᵇ⌋ = −1 − ⌊(−1 − a) / 2ᵇ⌋. */
const shift = (direction: 'LEFT' | 'RIGHT'): Lowering =>
  steps((emit, node, [a, b]) => {
    const { dtype } = a!
    const isSigned = !dtype.startsWith('u')
    const wide = isSigned ? 'uint64' : dtype
    const places = emit.cast(withinBits(b!, emit), wide)
    const moved = (ref: Ref): Ref => emit.op('BitShift', [emit.cast(ref, wide), places], { direction })
    if (direction === 'LEFT' || !isSigned) return emit.cast(moved(a!), dtype, node.name)
    const number = emit.cast(a!, 'int64')
    const isNegative = emit.op('Less', [number, emit.scalar('int64', 0)])
    const turned = (ref: Ref): Ref =>
      emit.op('Where', [isNegative, emit.op('Sub', [emit.scalar('int64', -1), ref]), ref])
    return emit.cast(turned(emit.cast(moved(turned(number)), 'int64')), dtype, node.name)
  })

/** By how many places bits move: none for less than none, and all but one for more than there are. */
function withinBits(count: Ref, emit: Emitter): Ref {
  const { dtype } = count
  const most = Number(/\d+/.exec(dtype)?.[0] ?? refuse(`${dtype} has no bits that move`)) - 1
  const tensor = emit.shared.tensorOf(count)
  const known = tensor && valuesOf(tensor)
  if (known?.every(places => places >= 0 && places <= most)) return count
  const positive = dtype.startsWith('u') ? count : emit.op('Max', [count, emit.scalar(dtype, 0)])
  return emit.op('Min', [positive, emit.scalar(dtype, most)])
}

const clip = (lowest: number, highest: number): Lowering =>
  steps((emit, node, [x]) =>
    emit.op('Clip', [x, emit.scalar(x!.dtype, lowest), emit.scalar(x!.dtype, highest)], {}, { name: node.name }),
  )

/** Like `Clip` where the bounds are scalars; they may be tensors. */
const clipByValue: Lowering = (node, emit) => {
  const isScalar = node.inputs.slice(1).every(bound => emit.shape(bound)?.length === 0)
  if (isScalar) return plain('Clip')(node, emit)
  inEither(node, emit, (x, low, high) => emit.op('Min', [emit.op('Max', [x, low]), high], {}, { name: node.name }))
}

const addN: Lowering = (node, emit) => {
  if (node.inputs.length === 1) return emit.alias(node.out(), node.input(0))
  if (isInteger(emit.dtype(node.input(0)))) {
    return inEither(node, emit, (...refs) =>
      refs.reduce((sum, ref, i) => emit.op('Add', [sum, ref], {}, { name: i === refs.length - 1 ? node.name : 'Add' })),
    )
  }
  plain('Sum')(node, emit)
}

/** `Select` chooses rows where the condition is a vector. */
const select: Lowering = (node, emit) => {
  const [condition, x] = inputsOf(node, 3)
  const rank = emit.rank(x)
  if (emit.rank(condition) !== 1 || rank < 2) return plain('Where')(node, emit)
  const axes = Array.from({ length: rank - 1 }, (_, i) => i + 1)
  const rows = emit.op('Unsqueeze', [emit.value(condition), emit.vector(axes)])
  emit.set(node.out(), emit.op('Where', [rows, emit.value(x), emit.value(node.input(2))], {}, { name: node.name }))
}

const notEqual = steps((emit, node, refs) => emit.op('Not', [emit.op('Equal', refs)], {}, { name: node.name }))

const leakyRelu: Lowering = (node, emit) => plain('LeakyRelu', { alpha: float(node.float('alpha')) })(node, emit)

export const elementwise: Lowerings = {
  ...forEach(Object.keys(UNARY).join(' '), op => plain(UNARY[op]!)),
  ...forEach(Object.keys(BINARY).join(' '), op => plain(BINARY[op]!)),
  AccumulateNV2: addN,
  AddN: addN,
  ApproximateEqual: steps((emit, node, [x, y]) => {
    const distance = emit.op('Abs', [emit.op('Sub', [x, y])])
    return emit.op('Less', [distance, emit.scalar(distance.dtype, node.float('tolerance'))], {}, { name: node.name })
  }),
  Atan2: atan2,
  ClipByValue: clipByValue,
  DivNoNan: zeroWhere(1, (emit, refs) => emit.op('Div', refs)),
  Erfc: steps((emit, node, refs) => emit.op('Sub', [one(emit, node), emit.op('Erf', refs)], {}, { name: node.name })),
  Expm1: steps((emit, node, refs) => emit.op('Sub', [emit.op('Exp', refs), one(emit, node)], {}, { name: node.name })),
  FloorDiv: floorDiv,
  FloorMod: floorMod,
  IsFinite: steps((emit, node, refs) =>
    emit.op('Not', [emit.op('Or', [emit.op('IsInf', refs), emit.op('IsNaN', refs)])], {}, { name: node.name }),
  ),
  LeakyRelu: leakyRelu,
  LeftShift: shift('LEFT'),
  Log1p: steps((emit, node, [x]) => emit.op('Log', [emit.op('Add', [x, one(emit, node)])], {}, { name: node.name })),
  LogicalXor: plain('Xor'),
  Mod: plain('Mod', { fmod: 1 }),
  Mul: product,
  MulNoNan: zeroWhere(1, (emit, refs) => emit.op('Mul', refs)),
  NotEqual: notEqual,
  Relu: relu,
  Relu6: clip(0, 6),
  RightShift: shift('RIGHT'),
  Round: round,
  Rsqrt: steps((emit, node, refs) => emit.op('Reciprocal', [emit.op('Sqrt', refs)], {}, { name: node.name })),
  Select: select,
  SelectV2: plain('Where'),
  Square: steps((emit, node, [x]) => emit.op('Mul', [x, x], {}, { name: node.name })),
  SquaredDifference: steps((emit, node, refs) => {
    const difference = emit.op('Sub', refs)
    return emit.op('Mul', [difference, difference], {}, { name: node.name })
  }),
  TruncateMod: plain('Mod', { fmod: 1 }),
  Xdivy: zeroWhere(0, (emit, refs) => emit.op('Div', refs)),
  Xlogy: zeroWhere(0, (emit, [x, y]) => emit.op('Mul', [x, emit.op('Log', [y])])),
  Xlog1py: zeroWhere(0, (emit, [x, y]) =>
    emit.op('Mul', [x, emit.op('Log', [emit.op('Add', [y, emit.scalar(y!.dtype, 1)])])]),
  ),
}

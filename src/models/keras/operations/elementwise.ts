/** Functions of each element by itself, of one tensor or of two: which types they take, and which they give. */
import type { Value } from '../../../graph/node.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
import type { Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

export type Formula = (scope: Scope, x: Value, f: FunctionCall) => Value

export type Pair = (scope: Scope, a: Value, b: Value, f: FunctionCall) => Value

export const counted = (dtype: DType): DType => (dtype === 'bool' ? 'int32' : dtype)

/** A function of x as it is; a truth value is 0 or 1. */
export const unary =
  (formula: Formula): Emit =>
  f => {
    const x = f.tensor('x')
    return formula(f.scope, f.scope.cast(x, counted(x.dtype ?? 'float32')), f)
  }

/** The same of real numbers: whole ones become such. */
export const real =
  (formula: Formula): Emit =>
  f => {
    const x = f.tensor('x', 'float32')
    return formula(f.scope, f.scope.cast(x, asFloat(x.dtype ?? 'float32')), f)
  }

/** An op of TensorFlow of one operand. */
export const opOf =
  (op: string): Formula =>
  (scope, x) =>
    scope.op(op, [x])

/** A function of small unsigned numbers by way of int32, where TensorFlow's op takes none. */
export const signedFor = (
  scope: Scope,
  values: readonly Value[],
  formula: (values: readonly Value[]) => Value,
): Value => {
  const dtype = values[0]!.dtype!
  if (!dtype.startsWith('uint')) return formula(values)
  return scope.cast(formula(values.map(value => scope.cast(value, 'int32'))), dtype)
}

/** A function of x1 and x2 in one type. */
export const binary =
  (formula: Pair): Emit =>
  f => {
    const [a, b] = f.together(['x1', 'x2'], counted)
    return formula(f.scope, a!, b!, f)
  }

/** The same where Keras 3 makes tensors of both first. */
export const tensorBinary =
  (formula: Pair): Emit =>
  f => {
    const [a, b] = f.tensorsTogether(['x1', 'x2'], counted)
    return formula(f.scope, a!, b!, f)
  }

/** The same of real numbers. */
export const realBinary =
  (formula: Pair): Emit =>
  f => {
    const [a, b] = f.together(['x1', 'x2'], asFloat)
    return formula(f.scope, a!, b!, f)
  }

/** The same of whatever type, truth values too: comparisons. */
export const comparison =
  (op: string): Emit =>
  f => {
    const [a, b] = f.tensorsTogether(['x1', 'x2'])
    return f.scope.op(op, [a!, b!])
  }

/** The same where a Python number takes the other's type: operations on bits. */
export const bitwise =
  (op: string): Emit =>
  f => {
    const [a, b] = f.together(['x1', 'x2'])
    return f.scope.op(op, [a!, b!])
  }

/** A function of truth values: a number is true unless it is 0. */
export const logical =
  (op: string): Emit =>
  f =>
    f.scope.op(
      op,
      (op === 'LogicalNot' ? ['x'] : ['x1', 'x2']).map(name => truth(f.scope, f.tensor(name))),
    )

/** Whether a number is not 0. */
export const truth = (scope: Scope, x: Value): Value => (x.dtype === 'bool' ? x : scope.compare('NotEqual', x, 0))

/** An op of TensorFlow of two operands. */
export const pairOf =
  (op: string, name = op): Pair =>
  (scope, a, b) =>
    scope.op(op, [a, b], {}, name)

/** Diagonals of matrices, and matrices with a diagonal. */
import type { Value } from '../../../graph/node.ts'
import { isFloat } from '../../../tensorflow/dtype.ts'
import type { Scope } from '../scope.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { resultType } from './promotion.ts'

type Emit = Operation['emit']

export const diagonal: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  return diagonalOf(scope, lastTwo(f, x, f.axis('axis1', x, 0), f.axis('axis2', x, 1)), f.int('k', 0))
}

const diagonalOf = (scope: Scope, x: Value, k: number): Value =>
  scope.op('MatrixDiagPartV3', [x, scope.int(k, 'k'), scope.cast(scope.int(0, 'padding_value'), x.dtype!)])

/** The two axes last, in this order. */
function lastTwo(f: FunctionCall, x: Value, a: number, b: number): Value {
  const others = f
    .shape(x)
    .map((_, i) => i)
    .filter(i => i !== a && i !== b)
  return f.scope.transpose(x, [...others, a, b])
}

/** The sum of a diagonal. */
export const trace: Emit = f => {
  const x = f.tensor('x')
  const dtype = x.dtype && isFloat(x.dtype) ? x.dtype : resultType(x.dtype ?? 'int32', 'int32')
  const part = diagonal(f) as Value // a diagonal is one tensor
  return f.scope.reduce('Sum', f.scope.cast(part, dtype), [-1])
}

/** A matrix with the vector on a diagonal, or of a matrix its diagonal. */
export const diag: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  return f.rank(x) === 1 ? diagonalMatrix(scope, x, f.int('k', 0)) : diagonalOf(scope, x, f.int('k', 0))
}

export const diagflat: Emit = f => diagonalMatrix(f.scope, f.scope.reshape(f.tensor('x'), [null]), f.int('k', 0))

const diagonalMatrix = (scope: Scope, x: Value, k: number): Value => {
  const open = scope.int(-1, 'num_rows')
  return scope.op('MatrixDiagV3', [
    x,
    scope.int(k, 'k'),
    open,
    open,
    scope.cast(scope.int(0, 'padding_value'), x.dtype!),
  ])
}

/** Matrices with the vectors of the last axis on their diagonals, and back. */
export const linalgDiag: Emit = f => diagonalMatrix(f.scope, f.tensor('x'), f.int('k', 0))

export const linalgDiagPart: Emit = f => diagonalOf(f.scope, f.tensor('x'), f.int('k', 0))

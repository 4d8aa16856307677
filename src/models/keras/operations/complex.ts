/** Complex numbers and their parts. */
import type { Value } from '../../../graph/node.ts'
import type { Scope } from '../scope.ts'
import type { Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** A part of a complex number. Real ones have no other part than themselves. */
export const complexPart =
  (op: 'Real' | 'Imag' | 'Angle'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    if (x.dtype?.startsWith('complex'))
      return scope.op(op, [x], { Tout: x.dtype === 'complex128' ? 'float64' : 'float32' })
    if (op === 'Real') return x
    return op === 'Angle' ? angle(scope, scope.cast(x, asFloat(x.dtype ?? 'float32'))) : scope.op('ZerosLike', [x])
  }

/** Complex numbers with the other sign of their imaginary part. */
export const conjugate: Emit = f => {
  const x = f.tensor('x')
  return x.dtype?.startsWith('complex') ? f.scope.op('Conj', [x]) : x
}

/** 0 for what is not negative, else π. */
const angle = (scope: Scope, x: Value): Value =>
  scope.select(scope.compare('Less', x, 0), scope.number(Math.PI, x), scope.number(0, x))

/** Complex numbers of this size and angle. */
export const polar: Emit = f => {
  const { scope } = f
  const [size, angle] = f.together(['size', 'angle'], asFloat) as readonly [Value, Value] // as many as names
  const part = (op: string): Value => scope.mul(size, scope.op(op, [angle]))
  return scope.op('Complex', [part('Cos'), part('Sin')])
}

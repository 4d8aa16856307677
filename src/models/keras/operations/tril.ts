/** The lower or upper triangle of matrices. */
import type { Value } from '../../../graph/node.ts'
import type { Dim } from '../scope.ts'
import { numberOf } from './full.ts'
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

/** The lower or upper triangle of matrices, from the diagonal `k` on. */
export const trilOrTriu =
  (part: 'lower' | 'upper'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const [height, width] = scope.dims(x).slice(-2)
    const index = (size: Dim): Value =>
      scope.op('Range', [scope.int(0, 'start'), scope.dim(size), scope.int(1, 'delta')])
    const distance = scope.sub(scope.reshape(index(width!), [1, null]), scope.reshape(index(height!), [null, 1]))
    const kept = scope.compare(part === 'lower' ? 'LessEqual' : 'GreaterEqual', distance, f.int('k', 0))
    return scope.select(kept, x, scope.cast(numberOf(scope, 0, 'float32'), x.dtype!))
  }

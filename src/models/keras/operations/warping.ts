/** Images seen from elsewhere. */
import type { Value } from '../../../graph/node.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { onImages } from './image.ts'

/** The four corners at `start` go to those at `end`. */
export const turned: Operation['emit'] = f => {
  const { scope } = f
  const corners = (name: string): Value => {
    const points = scope.cast(f.tensor(name, 'float32'), 'float32')
    return f.rank(points) === 2 ? scope.expandDims(points, 0) : points
  }
  const transforms = homography(f, corners('start'), corners('end'))
  return onImages(f, f.tensor('x'), images => {
    const attrs = { interpolation: f.text('method', 'bilinear').toUpperCase() }
    const size = scope.pack(scope.dims(images).slice(1, 3), 'size')
    const fill = scope.cast(f.maybeTensor('fill_value', 'float32') ?? scope.int(0, 'fill'), 'float32')
    return scope.op('ImageProjectiveTransformV3', [images, transforms, size, fill], attrs)
  })
}

/** The eight numbers by which `end` comes from `start`: two equations for each corner. */
function homography(f: FunctionCall, start: Value, end: Value): Value {
  const { scope } = f
  const one = scope.op('OnesLike', [
    scope.slice(end, [
      [null, null],
      [null, null],
      [0, 1],
    ]),
  ])
  const place = scope.concat([end, one], 2)
  const zero = scope.op('ZerosLike', [place])
  const shifted = (axis: number): Value =>
    scope.mul(
      scope.mul(
        scope.slice(start, [
          [null, null],
          [null, null],
          [axis, axis + 1],
        ]),
        end,
      ),
      -1,
    )
  const rows = [scope.concat([place, zero, shifted(0)], 2), scope.concat([zero, place, shifted(1)], 2)]
  const matrix = scope.reshape(scope.op('Pack', rows, { axis: 2 }), [null, 8, 8])
  return scope.reshape(scope.op('MatrixSolve', [matrix, scope.reshape(start, [null, 8, 1])]), [null, 8])
}

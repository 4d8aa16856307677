/** Images moved in the plane and in space: affine_transform, perspective_transform. */
import type { Value } from '../../../graph/node.ts'
import { vector } from '../../../tensor/make.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { onImages } from './images.ts'

type Emit = Operation['emit']

/** Where each pixel comes from: a₀x + a₁y + a₂, b₀x + b₁y + b₂, over c₀x + c₁y + 1. */
export const affineTransform: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const transforms = scope.cast(f.tensor('transform', 'float32'), 'float32')
  const rows = f.rank(transforms) === 1 ? scope.expandDims(transforms, 0) : transforms
  return onImages(f, given, images => {
    const attrs = {
      interpolation: f.text('method', 'bilinear').toUpperCase(),
      fill_mode: f.text('fill_mode', 'constant').toUpperCase(),
    }
    const size = scope.pack(scope.dims(images).slice(1, 3), 'size')
    const fill = scope.const(vector('float32', [f.number('fill_value', 0)]), 'fill')
    const value = scope.reshape(fill, [])
    return scope.op('ImageProjectiveTransformV3', [images, rows, size, value], attrs)
  })
}

/** The four corners at `start` go to those at `end`. */
export const perspectiveTransform: Operation['emit'] = f => {
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

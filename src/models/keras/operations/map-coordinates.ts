/** Arrays read at coordinates between their elements. */
import type { Value } from '../../../graph/node.ts'
import { isFloat } from '../../../tensorflow/dtype.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'

type Emit = Operation['emit']

/** One of the elements that a coordinate lies between: its index, whether it is inside, and its share. */
interface Neighbour {
  readonly index: Value
  readonly inside?: Value
  readonly share?: Value
}

/** The array at coordinates [rank, …]: the nearest element (order 0), or of the two along each axis what they share (1). */
export const mapCoordinates: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const given = f.tensor('coordinates', 'float32')
  const coordinates = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const rank = f.rank(x)
  const node = scope.node('Unpack', [coordinates], { num: rank, axis: 0 })
  const work = coordinates.dtype!
  const fill = scope.cast(scope.cast(f.maybeTensor('fill_value', x.dtype) ?? scope.int(0, 'fill'), x.dtype!), work)
  const neighbours = Array.from({ length: rank }, (_, axis) => neighboursOf(f, node.out(axis), scope.size(x, axis)))
  const corners = neighbours.reduce<readonly (readonly Neighbour[])[]>(
    (found, own) => found.flatMap(corner => own.map(neighbour => [...corner, neighbour])),
    [[]],
  )
  const parts = corners.map(corner => {
    const indices = scope.op(
      'Pack',
      corner.map(({ index }) => index),
      { axis: f.rank(node.out(0)) },
    )
    const value = scope.cast(scope.op('GatherNd', [x, indices]), work)
    const inside = corner.flatMap(neighbour => neighbour.inside ?? [])
    const kept =
      inside.length > 0
        ? scope.select(
            inside.reduce((a, b) => scope.op('LogicalAnd', [a, b])),
            value,
            fill,
          )
        : value
    return corner.reduce((product, { share }) => (share ? scope.mul(product, share) : product), kept)
  })
  const sum = parts.reduce((a, b) => scope.add(a, b))
  return scope.cast(x.dtype && isFloat(x.dtype) ? sum : scope.op('Round', [sum]), x.dtype!)
}

function neighboursOf(f: FunctionCall, coordinate: Value, size: Value): readonly Neighbour[] {
  const { scope } = f
  const order = f.int('order')
  if (order === 0) return [placed(f, scope.cast(scope.op('Round', [coordinate]), 'int32'), size)]
  if (order !== 1) return f.refuse(`its order ${order} is more than 1, which Keras does not compute`)
  const low = scope.op('Floor', [coordinate])
  const share = scope.sub(coordinate, low)
  const index = scope.cast(low, 'int32')
  return [
    { ...placed(f, index, size), share: scope.add(scope.mul(share, -1), 1) },
    { ...placed(f, scope.add(index, 1), size), share },
  ]
}

/** An index as one inside, as `fill_mode` continues the array. */
function placed(f: FunctionCall, index: Value, size: Value): Neighbour {
  const { scope } = f
  const mode = f.text('fill_mode', 'constant')
  const clipped = (): Value => scope.min(scope.max(index, 0), scope.add(size, -1))
  if (mode === 'nearest') return { index: clipped() }
  if (mode === 'wrap') return { index: scope.op('FloorMod', [index, size]) }
  if (mode === 'constant') {
    const inside = scope.op('LogicalAnd', [scope.compare('GreaterEqual', index, 0), scope.op('Less', [index, size])])
    return { index: clipped(), inside }
  }
  if (mode !== 'mirror' && mode !== 'reflect') return f.refuse(`its fill_mode '${mode}' is not known`)
  const twice = scope.mul(size, 2)
  const at = scope.op('FloorMod', [scope.op('Abs', [index]), twice])
  const back = scope.sub(twice, at)
  return { index: scope.select(scope.op('Less', [at, size]), at, mode === 'reflect' ? scope.add(back, -1) : back) }
}

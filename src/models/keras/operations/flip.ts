/** Elements turned round, shifted and rotated along axes. */
import type { Value } from '../../../graph/node.ts'
import type { Operation } from './function-call.ts'
import { onImages } from './images.ts'

type Emit = Operation['emit']

export const flip =
  (fixed?: number): Emit =>
  f => {
    const x = f.tensor('x')
    const axes = fixed === undefined ? f.axes('axis', x) : [fixed]
    return f.scope.op('ReverseV2', [x, f.scope.ints(axes, 'ReverseV2/axis')])
  }

/** Shifted along axes, what leaves at one end coming in at the other; as one row where there is no axis. */
export const roll: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const shifts = f.ints('shift') ?? [0]
  const roll = (value: Value, axes: readonly number[]): Value => {
    const each = axes.length === shifts.length ? shifts : axes.map(() => shifts[0]!)
    return scope.op('Roll', [value, scope.ints(each, 'shift'), scope.ints(axes, 'axis')])
  }
  if (f.has('axis')) return roll(x, f.axes('axis', x))
  return scope.reshape(roll(scope.reshape(x, [null]), [0]), scope.dims(x))
}

/**
 * Turned by quarters in the plane of two axes, from the first toward the second. Keras 3 takes the rows of a
 * quarter for those of the whole on the way to a half: unless the plane is square that is no turn, and is kept.
 */
export const rot90: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const [a, b] = (f.has('axes') ? f.axes('axes', x) : [0, 1]) as readonly [number, number] // a plane has two
  const quarters = ((f.int('k', 1) % 4) + 4) % 4
  const perm = [
    ...f
      .shape(x)
      .map((_, i) => i)
      .filter(i => i !== a && i !== b),
    a,
    b,
  ]
  const last = scope.transpose(x, perm)
  const dims = scope.dims(last)
  const quarter = (value: Value): Value => {
    const end = dims.length - 1
    const flipped = scope.op('ReverseV2', [value, scope.ints([end], 'ReverseV2/axis')])
    return scope.transpose(flipped, [...dims.slice(0, -2).map((_, i) => i), end, end - 1])
  }
  let turned = last
  for (let i = 0; i < quarters; i++) {
    turned = quarter(turned)
    if (f.call.profile === 'k3' && quarters === 2 && dims.at(-1) !== dims.at(-2)) turned = scope.reshape(turned, dims)
  }
  return scope.transpose(
    turned,
    perm.map((_, i) => perm.indexOf(i)),
  )
}

/** Mirrored along one axis, counted from the end. */
export const flipImage =
  (axis: number): Emit =>
  f => {
    const x = f.tensor('x')
    return f.scope.op('ReverseV2', [x, f.scope.ints([f.rank(x) + axis], 'ReverseV2/axis')])
  }

/** Turned by quarters against the clock. */
export const rot90Image: Emit = f => {
  const { scope } = f
  return onImages(f, f.tensor('x'), images => {
    let turned = images
    for (let i = ((f.int('k', 1) % 4) + 4) % 4; i > 0; i--)
      turned = scope.transpose(scope.op('ReverseV2', [turned, scope.ints([2], 'ReverseV2/axis')]), [0, 2, 1, 3])
    return turned
  })
}

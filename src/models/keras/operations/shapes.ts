/** Functions that move, join, part, repeat and make elements. */
import type { Value } from '../../../graph/node.ts'
import { fromValues, vector } from '../../../tensor/make.ts'
import { bytesPerElement, type DType, isFloat } from '../../../tensorflow/dtype.ts'
import type { KArg } from '../call.ts'
import type { Dim, Scope } from '../scope.ts'
import type { FunctionCall, Operation, Results } from './function-call.ts'
import { asFloat, resultType } from './promotion.ts'

type Emit = Operation['emit']

/** `shape` may hold −1 or None for the size that the others leave over, and sizes known only when the graph runs. */
export const reshaping: Emit = f => {
  const sizes = f.sizes('shape').map(size => (size === -1 ? null : size))
  return f.scope.reshape(f.tensor('x'), sizes)
}
export const flattened: Emit = f => f.scope.reshape(f.tensor('x'), [null])

/** By `axes`, backwards where they are absent. */
export const transposition: Emit = f => {
  const x = f.tensor('x')
  const axes = f.has('axes') ? f.axes('axes', x) : f.shape(x).map((_, i, all) => all.length - 1 - i)
  return f.scope.transpose(x, axes)
}

/** The axes at `source` go to `destination`; the others keep their order. */
export const moving: Emit = f => {
  const x = f.tensor('x')
  const rank = f.rank(x)
  const [from, to] = [f.axes('source', x), f.axes('destination', x)]
  const rest = Array.from({ length: rank }, (_, i) => i).filter(axis => !from.includes(axis))
  const perm = Array.from({ length: rank }, (_, i) => (to.includes(i) ? from[to.indexOf(i)]! : rest.shift()!))
  return f.scope.transpose(x, perm)
}

export const swapping: Emit = f => {
  const x = f.tensor('x')
  const [a, b] = [f.axis('axis1', x, 0), f.axis('axis2', x, 1)]
  return f.scope.transpose(
    x,
    f.shape(x).map((_, i) => (i === a ? b : i === b ? a : i)),
  )
}

export const expanding: Emit = f => {
  const x = f.tensor('x')
  const axes = f.ints('axis') ?? [0]
  const rank = f.rank(x) + axes.length
  const places = axes.map(axis => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
  return places.reduce((value, axis) => f.scope.expandDims(value, axis), x)
}

export const squeezing: Emit = f => {
  const x = f.tensor('x')
  const axes = f.has('axis') ? f.axes('axis', x) : f.shape(x).flatMap((size, i) => (size === 1 ? [i] : []))
  return axes.length === 0 ? x : f.scope.squeeze(x, axes)
}

// ---- Joining and parting

/** In one type. */
function alike(f: FunctionCall, name: string): readonly Value[] {
  const values = f.tensors(name)
  if (new Set(values.map(value => value.dtype)).size < 2) return values
  const dtype = resultType(...values.map(value => value.dtype!)) // every tensor of ours has a type
  return values.map(value => f.scope.cast(value, dtype))
}

export const concatenation: Emit = f => {
  const values = alike(f, 'xs')
  return f.scope.concat(values, f.axis('axis', values[0] ?? f.refuse('it joins nothing'), 0))
}
export const stacking: Emit = f => {
  const values = alike(f, 'xs')
  return f.scope.op('Pack', values, { axis: f.axis('axis', values[0] ?? f.refuse('it joins nothing'), 0, 1) }, 'stack')
}
/** Joined along an axis, after vectors got the dimensions that are missing: `hstack`, `vstack`, `dstack`. */
export const stackedAlong =
  (least: number, axis: (rank: number) => number, shaped: (dims: readonly Dim[]) => readonly (Dim | null)[]): Emit =>
  f => {
    const { scope } = f
    const values = alike(f, 'xs').map(value => {
      const dims = scope.dims(value)
      return dims.length < least ? scope.reshape(value, shaped(dims)) : value
    })
    return scope.concat(values, axis(f.rank(values[0] ?? f.refuse('it joins nothing'))))
  }

/** Into equal parts, or (Keras) before each of the given places, or (TensorFlow) into parts of the given sizes. */
export const splitting =
  (kind: 'places' | 'sizes', fixedAxis?: (rank: number) => number): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const axis = fixedAxis ? fixedAxis(f.rank(x)) : f.axis('axis', x, 0)
    const given = f.arg('sections')
    if (given?.kind === 'constant') {
      const count = f.int('sections')
      return count === 1 ? [x] : scope.split(x, count, axis)
    }
    const numbers = f.ints('sections') ?? f.refuse('it says not how to part')
    const size = f.shape(x)[axis] ?? null
    const sizes = kind === 'sizes' ? numbers : between(numbers, f.call.known(size, 'the size that is parted'))
    return parted(scope, x, axis, sizes)
  }

/** The sizes between places. */
function between(places: readonly number[], size: number): number[] {
  const ends = [...places.map(place => Math.min(size, place < 0 ? place + size : place)), size]
  return ends.map((end, i) => Math.max(0, end - (ends[i - 1] ?? 0)))
}

function parted(scope: Scope, x: Value, axis: number, sizes: readonly number[]): Results {
  const split = [x, scope.ints(sizes, 'split/size_splits'), scope.int(axis, 'split/split_dim')]
  const node = scope.node('SplitV', split, { num_split: sizes.length }, 'split')
  return sizes.map((_, i) => node.out(i))
}

/** Into `sections` parts as equal as they can be, the first ones larger. */
export const nearlyEqual: Emit = f => {
  if (f.arg('sections')?.kind !== 'constant') return splitting('places')(f)
  const x = f.tensor('x')
  const axis = f.axis('axis', x, 0)
  const size = f.call.known(f.shape(x)[axis], 'the size that is parted')
  const count = f.int('sections')
  const sizes = Array.from({ length: count }, (_, i) => Math.floor(size / count) + (i < size % count ? 1 : 0))
  return parted(f.scope, x, axis, sizes)
}

export const unstacking: Emit = f => {
  const x = f.tensor('x')
  const axis = f.axis('axis', x, 0)
  const count = f.has('num') ? f.int('num') : f.call.known(f.shape(x)[axis], 'the size that is parted')
  const node = f.scope.node('Unpack', [x], { num: count, axis }, 'unstack')
  return Array.from({ length: count }, (_, i) => node.out(i))
}

// ---- Repeating

export const tiling: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const times = f.sizes('repeats').map(size => size ?? 1)
  const rank = Math.max(f.rank(x), times.length)
  const ones = (count: number): number[] => Array<number>(Math.max(0, count)).fill(1)
  const dims = scope.dims(x)
  const wide = rank > dims.length ? scope.reshape(x, [...ones(rank - dims.length), ...dims]) : x
  return scope.tile(wide, [...ones(rank - times.length), ...times])
}

/** Each element `repeats` times in a row, or as often as it says for each. */
export const repeating: Emit = f => {
  const { scope } = f
  const given = f.tensor('x')
  const x = f.has('axis') ? given : scope.reshape(given, [null])
  const axis = f.has('axis') ? f.axis('axis', x, 0) : 0
  const counts = f.ints('repeats') ?? [1]
  if (counts.length === 1) return repeated(scope, x, axis, counts[0]!)
  const places = counts.flatMap((count, i) => Array<number>(count).fill(i))
  return scope.op('GatherV2', [x, scope.ints(places, 'indices'), scope.int(axis, 'axis')])
}

/** Each element of an axis `count` times in a row. */
export function repeated(scope: Scope, x: Value, axis: number, count: number): Value {
  const dims = scope.dims(x)
  const wide = scope.expandDims(x, axis + 1)
  const tiled = scope.tile(
    wide,
    [...dims, 0].map((_, i) => (i === axis + 1 ? count : 1)),
  )
  const size = dims[axis]!
  const grown = typeof size === 'number' ? size * count : null
  return scope.reshape(tiled, [...dims.slice(0, axis), grown, ...dims.slice(axis + 1)])
}

export const broadcasting: Emit = f => {
  const { scope } = f
  return scope.op('BroadcastTo', [f.tensor('x'), scope.pack(f.sizes('shape').map(size => size ?? -1))])
}

// ---- Order

export const flipping =
  (fixed?: number): Emit =>
  f => {
    const x = f.tensor('x')
    const axes = fixed === undefined ? f.axes('axis', x) : [fixed]
    return f.scope.op('ReverseV2', [x, f.scope.ints(axes, 'ReverseV2/axis')])
  }

/** Shifted along axes, what leaves at one end coming in at the other; as one row where there is no axis. */
export const rolling: Emit = f => {
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
export const turning: Emit = f => {
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

// ---- Borders

const MODES: Readonly<Record<string, string>> = { reflect: 'REFLECT', symmetric: 'SYMMETRIC' }

/** `paddings` is one number for all sides, one pair for all axes, or a pair for each. */
export const padding: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const flat = f.sizes('paddings').map(size => size ?? 0)
  const rank = f.rank(x)
  const sides =
    flat.length === 1
      ? Array<Dim>(2 * rank).fill(flat[0]!)
      : flat.length === 2 && rank > 1
        ? Array.from({ length: rank }, () => flat).flat()
        : flat
  const mode = f.text('mode', 'constant').toLowerCase()
  const paddings = scope.reshape(scope.pack(sides), [rank, 2], 'paddings')
  const known = sides.every(side => typeof side === 'number')
  const matrix = known
    ? scope.matrix(
        Array.from({ length: rank }, (_, i) => [sides[2 * i] as number, sides[2 * i + 1] as number] as const),
        'Pad/paddings',
      )
    : paddings // known are numbers
  if (mode !== 'constant') {
    const attr = MODES[mode] ?? f.refuse(`padding by '${mode}' is not known`)
    return scope.op('MirrorPad', [x, matrix], { mode: attr })
  }
  const fill = f.has('value') ? f.number('value') : 0
  return fill === 0 ? scope.op('Pad', [x, matrix]) : scope.op('PadV2', [x, matrix, scope.number(fill, x)])
}

// ---- Picking

/** Rows of x by index along an axis; from all elements in a row where Keras 3 names none. */
export const taking: Emit = f => {
  const { scope } = f
  const isRow = f.call.profile === 'k3' && !f.has('axis')
  const x = isRow ? scope.reshape(f.tensor('x'), [null]) : f.tensor('x')
  const raw = f.tensor('indices', 'int32')
  const indices = raw.dtype === 'int64' ? raw : scope.cast(raw, 'int32')
  const batch = f.int('batch_dims', 0)
  const axis = isRow ? 0 : f.axis('axis', x, batch)
  const at = f.call.profile === 'k3' ? counted(f, indices, x, axis) : indices
  return scope.op('GatherV2', [x, at, scope.int(axis, 'GatherV2/axis')], { batch_dims: batch })
}

/** Indices that count from the end, from the start. */
function counted(f: FunctionCall, indices: Value, x: Value, axis: number): Value {
  const { scope } = f
  const known = scope.facts.of(indices).elements
  if (known?.every(index => index !== null && Number(index) >= 0)) return indices
  const size = scope.cast(scope.size(x, axis), indices.dtype!)
  return scope.select(scope.compare('Less', indices, 0), scope.add(indices, size), indices)
}

/** Along one axis each position has an index of its own: [.., i, ..] → x[.., indices[.., i, ..], ..]. */
export const takingAlong: Emit = f => {
  const { scope } = f
  const isRow = !f.has('axis')
  const flat = (value: Value): Value => (isRow ? scope.reshape(value, [null]) : value)
  const x = flat(f.tensor('x'))
  const axis = isRow ? 0 : f.axis('axis', x, 0)
  const indices = counted(f, flat(scope.cast(f.tensor('indices', 'int32'), 'int32')), x, axis)
  const perm = f.shape(x).map((_, i) => i)
  perm.splice(axis, 1)
  perm.push(axis)
  const back = perm.map((_, i) => perm.indexOf(i))
  const rank = perm.length
  const picked = scope.op(
    'GatherV2',
    [scope.transpose(x, perm), scope.transpose(indices, perm), scope.int(rank - 1, 'GatherV2/axis')],
    { batch_dims: rank - 1 },
  )
  return scope.transpose(picked, back)
}

/** `shape` elements of each dimension from `start`. */
export const windowing: Emit = f => {
  const { scope } = f
  const begin = f.sizes('start').map(size => size ?? 0)
  const size = f.sizes('shape').map(n => n ?? -1)
  return scope.op('Slice', [f.tensor('x'), scope.pack(begin), scope.pack(size)])
}

// ---- Making

/** One value in the shape of x; `dtype` may say another type. */
export const like =
  (fill: 'zero' | 'one' | 'given'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x', 'float32')
    const dtype = f.dtype('dtype') ?? x.dtype!
    if (fill === 'zero' && dtype === x.dtype) return scope.op('ZerosLike', [x])
    if (fill === 'one' && dtype === x.dtype) return scope.op('OnesLike', [x])
    const value =
      fill === 'given' ? scope.cast(f.tensor('value', dtype), dtype) : numberOf(scope, fill === 'one' ? 1 : 0, dtype)
    return filled(scope, scope.dims(x), value)
  }
export const numberOf = (scope: Scope, value: number, dtype: DType): Value =>
  scope.cast(
    scope.const({
      dtype: 'float32',
      shape: [],
      recipe: { kind: 'memory', bytes: new Uint8Array(Float32Array.of(value).buffer) },
    }),
    dtype,
  )

const filled = (scope: Scope, dims: readonly Dim[], value: Value): Value =>
  scope.op('BroadcastTo', [value, scope.pack(dims)])

/** One value in the given shape. */
export const full =
  (fixed?: number): Emit =>
  f => {
    const { scope } = f
    const dtype = f.dtype('dtype') ?? (fixed === undefined ? undefined : 'float32')
    const value = fixed === undefined ? f.tensor('value', dtype) : numberOf(scope, fixed, dtype!)
    return filled(
      scope,
      f.sizes('shape').map(size => size ?? -1),
      dtype ? scope.cast(value, dtype) : value,
    )
  }

/** start, start + step, … before stop; from 0 to start where there is no stop. */
export const range: Emit = f => {
  const { scope } = f
  const names = ['start', 'stop', 'step'].filter(name => f.has(name))
  const dtype = f.dtype('dtype') ?? (f.together(names)[0]!.dtype as DType) // every tensor of ours has a type
  const work: DType = /^(int32|int64|float32|float64)$/.test(dtype) ? dtype : 'float32'
  const at = (name: string, otherwise: number): Value =>
    scope.cast(f.maybeTensor(name, work) ?? numberOf(scope, otherwise, work), work)
  const [start, stop] = f.has('stop') ? [at('start', 0), at('stop', 0)] : [numberOf(scope, 0, work), at('start', 0)]
  return scope.cast(scope.op('Range', [start, stop, at('step', 1)]), dtype)
}

/** `num` equal steps from start to stop along a new axis: start + (stop − start)·i / (num − 1), or / num without the end. */
export const steps: Emit = f => {
  const { scope } = f
  if (f.bool('retstep')) return f.refuse('it gives the width of its steps too')
  const [start, stop] = f.together(['start', 'stop'], asFloat)
  const dtype = f.dtype('dtype') ?? (start!.dtype as DType) // every tensor of ours has a type
  const count = f.int('num', 50)
  const rank = Math.max(f.rank(start!), f.rank(stop!))
  const axis = f.int('axis', 0) < 0 ? f.int('axis', 0) + rank + 1 : f.int('axis', 0)
  const parts = f.bool('endpoint', true) ? Math.max(1, count - 1) : count
  const shares = Array.from({ length: count }, (_, i) => i / parts)
  const shape = Array.from({ length: rank + 1 }, (_, i) => (i === axis ? count : 1))
  const wide = (x: Value): Value => (f.rank(x) === rank ? scope.expandDims(x, axis) : x)
  const distance = wide(scope.sub(stop!, start!))
  const line = scope.add(wide(start!), scope.mul(distance, scope.const(fromValues(start!.dtype!, shape, shares))))
  return scope.cast(isFloat(dtype) ? line : scope.op('Floor', [line]), dtype)
}

/** base to the power of such steps. */
export const powerSteps: Emit = f => {
  const line = steps(f) as Value // it is one tensor
  return f.scope.op('Pow', [f.scope.number(f.number('base', 10), line), line])
}

/** Vectors as the coordinates of a grid; `xy` has the first along the second axis. */
export const grid: Emit = f => {
  const { scope } = f
  const vectors = f.tensors('xs').map(x => scope.reshape(x, [null]))
  const isSwapped = f.text('indexing', 'xy') === 'xy' && vectors.length > 1
  const place = (i: number): number => (isSwapped && i < 2 ? 1 - i : i)
  const sizes = vectors.map((_, i) => scope.dims(vectors[place(i)]!)[0]!)
  return vectors.map((x, i) => {
    const alone = scope.reshape(
      x,
      vectors.map((_, axis) => (axis === place(i) ? null : 1)),
    )
    return scope.op('BroadcastTo', [alone, scope.pack(sizes)])
  })
}

/** The lower or upper triangle of matrices, from the diagonal `k` on. */
export const triangle =
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

/** The number of dimensions, or of elements. */
export const rankOf: Emit = f => f.scope.int(f.rank(f.tensor('x')))
export const countOf: Emit = f => f.scope.op('Size', [f.tensor('x')])
export const shapeOf: Emit = f => {
  const out = f.dtype('out_type') ?? 'int32'
  return f.scope.op('Shape', [f.tensor('x')], { out_type: out })
}

/** Each element less the one before it, `n` times. */
export const differences: Emit = f => {
  const { scope } = f
  let x = f.tensor('x')
  const axis = f.axis('axis', x, -1)
  const whole = Array.from({ length: axis }, () => [null, null] as const)
  for (let i = f.int('n', 1); i > 0; i--) {
    const [after, before] = [scope.slice(x, [...whole, [1, null]]), scope.slice(x, [...whole, [null, -1]])]
    x = x.dtype === 'bool' ? scope.op('NotEqual', [after, before]) : scope.sub(after, before)
  }
  return x
}

/** x2 behind x1 along an axis; both in a row where there is none. */
export const appending: Emit = f => {
  const { scope } = f
  const [a, b] = f.together(['x1', 'x2'])
  if (f.has('axis')) return scope.concat([a!, b!], f.axis('axis', a!, 0))
  return scope.concat([scope.reshape(a!, [null]), scope.reshape(b!, [null])], 0)
}

/** Which of the intervals between `bins` each element is in. */
export const digitized: Emit = f => {
  const x = f.tensor('x')
  const bins = f.call.kwargs.get('bins') ?? f.call.args[1]
  const boundaries = bins && numbersOf(bins)
  if (!boundaries) return f.refuse('its bins are not numbers')
  const wide = x.dtype && /^(int32|int64|float32|float64)$/.test(x.dtype) ? x : f.scope.cast(x, 'float32')
  return f.scope.op('Bucketize', [wide], { boundaries })
}
function numbersOf(arg: KArg): readonly number[] | undefined {
  if (arg.kind === 'array') return Array.isArray(arg.values) ? arg.values.map(Number) : undefined
  if (arg.kind !== 'list') return undefined
  const items = arg.items.map(item => (item.kind === 'constant' ? Number(item.value) : Number.NaN))
  return items.some(Number.isNaN) ? undefined : items
}

/** Windows of the last axis: [.., samples] → [.., windows, length], each `stride` behind the one before. */
export const windowsOf: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const [length, stride] = [f.int('length'), f.int('stride')]
  const axis = f.axis('axis', x, -1)
  const samples = f.call.known(f.shape(x)[axis], 'the number of its samples')
  const isFilled = f.bool('pad_end') // with zeros, so that every `stride` there starts a window
  const count = isFilled ? Math.ceil(samples / stride) : Math.max(0, Math.floor((samples - length) / stride) + 1)
  const missing = Math.max(0, (count - 1) * stride + length - samples)
  if (isFilled && f.number('pad_value', 0) !== 0) f.refuse('its pad_value is not 0')
  const sides = f.shape(x).map((_, i) => [0, i === axis && isFilled ? missing : 0] as const)
  const indices = Array.from({ length: count * length }, (_, i) => Math.floor(i / length) * stride + (i % length))
  const at = scope.reshape(scope.ints(indices, 'indices'), [count, length])
  return scope.op('GatherV2', [scope.pad(x, sides), at, scope.int(axis, 'axis')])
}

/** The powers of each element, from the highest down unless `increasing`. */
export const powers: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const count = f.has('count') ? f.int('count') : f.call.known(f.shape(x)[0], 'the number of its elements')
  const rising = Array.from({ length: count }, (_, i) => i)
  const exponents = f.bool('increasing') ? rising : rising.reverse()
  const real = scope.cast(x, 'float32')
  const made = scope.op('Pow', [scope.expandDims(real, -1), scope.const(vector('float32', exponents), 'exponents')])
  return scope.cast(made, x.dtype!)
}

/** The place in each dimension of a shape, of places in a row. */
export const unraveled: Emit = f => {
  const { scope } = f
  let rest = f.tensor('x')
  const sizes = [...(f.ints('shape') ?? [])]
  // Of anything but a vector, Keras 3 on TensorFlow takes the sizes from the first on.
  const places = (f.rank(rest) === 1 ? sizes.reverse() : sizes).map(size => {
    const place = scope.op('FloorMod', [rest, scope.cast(scope.int(size), rest.dtype!)])
    rest = scope.op('FloorDiv', [rest, scope.cast(scope.int(size), rest.dtype!)])
    return place
  })
  return places.reverse()
}

/** The bytes taken for another type of the same size. */
export const viewed: Emit = f => {
  const x = f.tensor('x')
  const dtype = f.dtype('dtype') ?? x.dtype!
  if (bytesPerElement(dtype) !== bytesPerElement(x.dtype!)) return f.refuse('the other type is of another size')
  return f.scope.op('Bitcast', [x], { type: dtype })
}

/** Those whose place the mask says yes to, which covers one dimension or several from `axis` on. */
export function masked(f: FunctionCall, x: Value, mask: Value, axis: number): Value {
  const { scope } = f
  const covered = f.rank(mask)
  const dims = scope.dims(x)
  const flat = scope.reshape(x, [...dims.slice(0, axis), null, ...dims.slice(axis + covered)])
  const places = scope.squeeze(scope.op('Where', [scope.reshape(mask, [null])]), [1])
  return scope.op('GatherV2', [flat, places, scope.int(axis, 'axis')])
}

/** The same of a call that gives the mask. */
export const kept: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const given = f.arg('mask')
  if (given?.kind === 'tensor') return masked(f, x, given.tensor.value, f.axis('axis', x, 0))
  const mask = f.ints('mask') ?? f.refuse('its mask is absent')
  const places = mask.flatMap((isKept, i) => (isKept ? [i] : []))
  return scope.op('GatherV2', [x, scope.ints(places, 'indices'), scope.int(f.axis('axis', x, 0), 'axis')])
}

/** All dimensions but the first as one. */
export const batchFlattened: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const sizes = f.shape(x).slice(1)
  const count = sizes.every(size => size !== null) ? sizes.reduce((n, size) => n * size, 1) : null
  return scope.reshape(x, [scope.dims(x)[0]!, count])
}

/** For each length, so many yeses and then noes. */
export const lengthMask: Emit = f => {
  const { scope } = f
  const lengths = f.tensor('x', 'int32')
  const places = scope.op('Range', [scope.int(0, 'start'), scope.int(f.int('most'), 'limit'), scope.int(1, 'delta')])
  const mask = scope.compare('Less', scope.cast(places, lengths.dtype!), scope.expandDims(lengths, -1))
  return scope.cast(mask, f.dtype('dtype') ?? 'bool')
}

/** Functions that move, join, part, repeat and make elements. */
import type { Value } from '../../../graph/node.ts'
import { vector } from '../../../tensor/make.ts'
import { bytesPerElement } from '../../../tensorflow/dtype.ts'
import type { KArg } from '../call.ts'
import type { Dim, Scope } from '../scope.ts'
import type { FunctionCall, Operation, Results } from './function-call.ts'
import { resultType } from './promotion.ts'

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

// ---- Others

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

/** The bytes taken for another type: of one that is larger or smaller, the last dimension has fewer or more. */
export const viewed: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const dtype = f.dtype('dtype') ?? x.dtype!
  const [before, after] = [bytesPerElement(x.dtype!), bytesPerElement(dtype)]
  if (before === after) return scope.op('Bitcast', [x], { type: dtype })
  const last = f.call.known(f.shape(x).at(-1), 'the size of its last dimension')
  const others = scope.dims(x).slice(0, -1)
  if (before > after)
    return scope.reshape(scope.op('Bitcast', [x], { type: dtype }), [...others, (last * before) / after])
  const groups = scope.reshape(x, [...others, (last * before) / after, after / before])
  return scope.op('Bitcast', [groups], { type: dtype })
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

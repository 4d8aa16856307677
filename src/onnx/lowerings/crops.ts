/** Parts of images in other sizes, each pixel made of the four around its place, and the dilation of images. */
import type { Node } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import { inputsOf, type Lowering, type Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

const LONG = 'int64'
const FLOAT = 'float32'

/** The places of the pixels of each box along one side, [boxes, size], and whether they are in the image. */
interface Places {
  readonly at: Ref
  readonly isInside: Ref
  /** The last place of the image. */
  readonly last: Ref
}

/** One side of boxes, from `start` to `end` in shares of the image's side. */
interface Side {
  readonly start: Ref
  readonly end: Ref
  /** How many pixels the boxes get along it. */
  readonly size: Ref
  /** How many pixels the image has along it. */
  readonly length: Ref
}

/**
 * A box from `start` to `end`, which are shares of the side: place i is (start + i · (end − start) / (size − 1)) · last;
 * a box of one pixel has it in its middle.
 */
function placesOf(emit: Emitter, { start, end, size, length }: Side): Places {
  const last = emit.cast(emit.op('Sub', [length, emit.scalar(LONG, 1)]), FLOAT)
  const steps = emit.cast(emit.op('Range', [emit.scalar(LONG, 0), size, emit.scalar(LONG, 1)]), FLOAT)
  const gaps = emit.op('Max', [emit.cast(emit.op('Sub', [size, emit.scalar(LONG, 1)]), FLOAT), emit.scalar(FLOAT, 1)])
  const scale = emit.op('Div', [emit.op('Mul', [emit.op('Sub', [end, start]), last]), gaps])
  const spread = emit.op('Add', [emit.op('Mul', [start, last]), emit.op('Mul', [scale, steps])])
  const middle = emit.op('Mul', [emit.op('Mul', [emit.op('Add', [start, end]), emit.scalar(FLOAT, 0.5)]), last])
  const isWide = emit.op('Greater', [size, emit.scalar(LONG, 1)])
  const at = emit.op('Where', [isWide, spread, middle])
  const isInside = emit.op('And', [
    emit.op('GreaterOrEqual', [at, emit.scalar(FLOAT, 0)]),
    emit.op('LessOrEqual', [at, last]),
  ])
  const within = emit.op('Min', [emit.op('Max', [at, emit.scalar(FLOAT, 0)]), last])
  return { at: within, isInside, last }
}

/** The pixels [boxes, rows, columns, channels] at these rows and columns of the image of each box. */
function pixels(emit: Emitter, image: Ref, [boxOf, rows, columns]: readonly [Ref, Ref, Ref]): Ref {
  const whole = (ref: Ref, axes: readonly number[]): Ref =>
    emit.op('Unsqueeze', [emit.cast(ref, LONG), emit.vector(axes)])
  const parts = [whole(boxOf, [1, 2]), whole(rows, [2]), whole(columns, [1])]
  const zero = emit.scalar(LONG, 0)
  const shape = emit.op('Shape', [
    parts.slice(1).reduce((a, b) => emit.op('Add', [a, b]), emit.op('Mul', [parts[0], zero])),
  ])
  const index = parts.map(part => emit.op('Unsqueeze', [emit.op('Expand', [part, shape]), emit.vector([-1])]))
  return emit.op('GatherND', [image, emit.op('Concat', index, { axis: -1 })])
}

const cropAndResize: Lowering = (node, emit) => {
  const [image, boxes, boxOf, size] = inputsOf(node, 4)
  const x = emit.cast(emit.value(image), FLOAT)
  const ids = emit.value(boxOf)
  const sides = emit.split(emit.value(boxes), 1, 4)
  const sizes = emit.cast(emit.value(size), LONG)
  const element = (of: Ref, at: number): Ref => emit.op('Gather', [of, emit.scalar(LONG, at)], { axis: 0 })
  const shape = emit.op('Shape', [x])
  const along = (side: 0 | 1): Places =>
    placesOf(emit, {
      start: sides[side],
      end: sides[side + 2]!,
      size: element(sizes, side),
      length: element(shape, side + 1),
    })
  const [rows, columns] = [along(0), along(1)]
  const stretched = (ref: Ref, axes: readonly number[]): Ref => emit.op('Unsqueeze', [ref, emit.vector(axes)])
  const isInside = emit.op('And', [stretched(rows.isInside, [2, 3]), stretched(columns.isInside, [1, 3])])
  const result = node.str('method') === 'nearest' ? nearest() : bilinear()
  const outside = emit.scalar(FLOAT, node.float('extrapolation_value'))
  emit.set(node.out(), emit.op('Where', [isInside, result, outside], {}, { name: node.name }))

  /** TensorFlow rounds halves away from zero. */
  function nearest(): Ref {
    const rounded = ({ at }: Places): Ref => emit.op('Floor', [emit.op('Add', [at, emit.scalar(FLOAT, 0.5)])])
    return pixels(emit, x, [ids, rounded(rows), rounded(columns)])
  }

  function bilinear(): Ref {
    const [top, left] = [emit.op('Floor', [rows.at]), emit.op('Floor', [columns.at])]
    const [bottom, right] = [emit.op('Ceil', [rows.at]), emit.op('Ceil', [columns.at])]
    const down = stretched(emit.op('Sub', [rows.at, top]), [2, 3])
    const across = stretched(emit.op('Sub', [columns.at, left]), [1, 3])
    const between = (a: Ref, b: Ref, share: Ref): Ref =>
      emit.op('Add', [a, emit.op('Mul', [emit.op('Sub', [b, a]), share])])
    const row = (at: Ref): Ref => between(pixels(emit, x, [ids, at, left]), pixels(emit, x, [ids, at, right]), across)
    return between(row(top), row(bottom), down)
  }
}

/** The largest sum of the image and a filter under a window: a maximum over the places of the window. */
const dilation: Lowering = (node: Node, emit) => {
  const [image, filter] = inputsOf(node, 2)
  const [height, width] = emit.dimsOf(filter, 'the sizes of the filter')
  if (height === 0 || width === 0) refuse('its filter has no elements')
  const strides = node.ints('strides').slice(1, 3)
  const rates = node.ints('rates').slice(1, 3)
  const [, ...sides] = emit.dimsOf(image, 'the sizes of the image')
  const isSame = node.str('padding') === 'SAME'
  const sizes = [0, 1].map(i => {
    const reach = ([height, width][i]! - 1) * rates[i]! + 1
    const count = Math.ceil((sides[i]! - (isSame ? 0 : reach - 1)) / strides[i]!)
    return { count, pad: isSame ? Math.max(0, (count - 1) * strides[i]! + reach - sides[i]!) : 0 }
  })
  const before = sizes.map(({ pad }) => pad >> 1)
  const after = sizes.map(({ pad }, i) => pad - before[i]!)
  const x = emit.value(image)
  const lowest = emit.scalar(x.dtype, x.dtype === 'float16' ? -65504 : -3.4028234663852886e38)
  const padded = emit.op('Pad', [x, emit.vector([0, ...before, 0, 0, ...after, 0]), lowest])
  const sums: Ref[] = []
  for (let row = 0; row < height!; row++) {
    for (let column = 0; column < width!; column++) {
      const starts = [row * rates[0]!, column * rates[1]!]
      const ends = starts.map((start, i) => start + (sizes[i]!.count - 1) * strides[i]! + 1)
      const part = emit.op('Slice', [
        padded,
        emit.vector(starts),
        emit.vector(ends),
        emit.vector([1, 2]),
        emit.vector(strides),
      ])
      const weights = emit.op('GatherND', [emit.value(filter), emit.vector([row, column])])
      sums.push(emit.op('Add', [part, weights]))
    }
  }
  emit.set(node.out(), emit.op('Max', sums, {}, { name: node.name }))
}

export const crops: Lowerings = {
  CropAndResize: cropAndResize,
  Dilation2D: dilation,
}

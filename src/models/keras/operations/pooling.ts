/** Pooling and morphology as functions. */
import type { Value } from '../../../graph/node.ts'
import { scalar } from '../../../tensor/make.ts'
import { adaptivePooling, pooling } from '../layers/pooling.ts'
import { asLayer } from './as-layer.ts'
import type { Operation } from './function-call.ts'
import { bordersIn, formatOf, paddingOf, rankOfSpace, spatial } from './windows.ts'

type Emit = Operation['emit']

export const pool =
  (kind: 'Max' | 'Avg', otherStrides?: 1): Emit =>
  f => {
    const { scope } = f
    const given = f.tensor('x')
    const borders = bordersIn(f)
    // Nothing outside the input is the largest.
    const lowest = (): Value => scope.const(scalar(given.dtype!, Number.NEGATIVE_INFINITY), 'constant_values')
    const x = borders ? scope.op('PadV2', [given, scope.matrix(borders, 'paddings'), lowest()]) : given
    if (borders && kind === 'Avg') f.refuse('a mean within borders has no op')
    const rank = rankOfSpace(f, x)
    const size = spatial(f, 'size', rank, 2)
    const strides = f.has('strides') || otherStrides ? spatial(f, 'strides', rank, 1) : size
    const config = { pool_size: size, strides, padding: paddingOf(f, borders), data_format: formatOf(f) }
    return pooling(kind, rank)(asLayer(f, x, config))
  }

/** Windows of which the largest or the mean is taken, as an argument says. */
export const anyPool: Emit = f => {
  if (['dilations', 'other_dilations'].some(name => f.ints(name)?.some(gap => gap !== 1)))
    return f.refuse('its windows have gaps')
  return pool(f.text('kind') === 'MAX' ? 'Max' : 'Avg', 1)(f)
}

/** The largest of each window, and where it stands in the image or in the whole batch. */
export const maxPoolWithArgmax: Emit = f => {
  const x = f.tensor('x')
  const node = f.scope.node('MaxPoolWithArgmax', [x], {
    ksize: [1, ...spatial(f, 'size', 2, 1), 1],
    strides: [1, ...spatial(f, 'strides', 2, 1), 1],
    padding: f.text('padding').toUpperCase(),
    Targmax: f.dtype('output_dtype') ?? 'int64',
    include_batch_in_index: f.bool('include_batch_in_index'),
  })
  return [node.out(0), node.out(1)]
}

/** The largest of x + filter over each window; `erosion`: the smallest of x − filter, which is −dilation of −x by the filter turned by 180°. */
export const dilationOrErosion =
  (kind: 'dilation' | 'erosion'): Emit =>
  f => {
    const { scope } = f
    const x = f.tensor('x')
    const filter = f.tensor('kernel', x.dtype)
    const attrs = {
      strides: [1, ...spatial(f, 'strides', 2, 1), 1],
      rates: [1, ...spatial(f, 'dilations', 2, 1), 1],
      padding: f.text('padding').toUpperCase(),
    }
    if (kind === 'dilation') return scope.op('Dilation2D', [x, filter], attrs)
    const turned = scope.op('ReverseV2', [filter, scope.ints([0, 1], 'ReverseV2/axis')])
    return scope.op('Neg', [scope.op('Dilation2D', [scope.op('Neg', [x]), turned], attrs)])
  }

export const adaptivePool =
  (kind: 'Max' | 'Avg'): Emit =>
  f => {
    const x = f.tensor('x')
    const rank = rankOfSpace(f, x)
    const config = { output_size: spatial(f, 'output_size', rank, 1), data_format: formatOf(f) }
    return adaptivePooling(kind, rank)(asLayer(f, x, config))
  }

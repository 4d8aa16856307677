/** Quantiles and medians: elements by their place in the sorted order, or between two. */
import type { Value } from '../../../graph/node.ts'
import { isFloat } from '../../../tensorflow/dtype.ts'
import { numbersIn } from '../array.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { asFloat } from './promotion.ts'
import { sorted } from './sort.ts'

type Emit = Operation['emit']

/** Interpolates between elements that are neighbours in order, by a fraction. */
type Method = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest'

const METHODS: readonly Method[] = ['linear', 'lower', 'higher', 'midpoint', 'nearest']

/** The values at the fractions `q` of the sorted elements along `axis`, of several q in a first dimension. NaN makes NaN, or does not count. */
export const quantile =
  (scale: number, counts: 'all' | 'numbers' = 'all'): Emit =>
  f => {
    const arg = f.arg('q')
    const list = arg?.kind === 'list' || arg?.kind === 'array'
    const fractions = list ? fractionsIn(f) : [f.number('q')]
    const asked = f.text('method', 'linear')
    const method = METHODS.find(name => name === asked) ?? f.refuse(`its method '${asked}' is not known`)
    const results = quantilesOf(
      f,
      fractions.map(q => Math.fround(q) / scale),
      method,
      counts,
    )
    return list ? f.scope.op('Pack', results, { axis: 0 }) : results[0]!
  }

export const median =
  (counts: 'all' | 'numbers' = 'all'): Emit =>
  f =>
    quantilesOf(f, [0.5], 'linear', counts)[0]!

function fractionsIn(f: FunctionCall): readonly number[] {
  const arg = f.arg('q')
  const items =
    arg?.kind === 'list' ? arg.items.map(item => (item.kind === 'constant' ? Number(item.value) : Number.NaN)) : []
  const found = arg?.kind === 'array' ? (numbersIn(arg.values) ?? []) : items
  return found.length > 0 && !found.some(Number.isNaN) ? found : f.refuse("its fractions 'q' are not numbers")
}

function quantilesOf(
  f: FunctionCall,
  fractions: readonly number[],
  method: Method,
  counts: 'all' | 'numbers',
): readonly Value[] {
  const { scope } = f
  const given = f.tensor('x')
  const x = scope.cast(given, asFloat(given.dtype ?? 'float32'))
  const hasNan = f.call.profile === 'k3' && isFloat(given.dtype ?? 'float32')
  const axes = f.axes('axis', x)
  const isNan = hasNan ? scope.op('IsNan', [x]) : undefined
  const isOut = isNan && scope.reduce(counts === 'all' ? 'Any' : 'All', isNan, axes, true)
  const row = new Row(f, x, axes, counts === 'numbers' ? isNan : undefined)
  return fractions.map(q => {
    const kept = scope.reshape(
      row.at(q, method),
      scope.dims(x).map((size, i) => (axes.includes(i) ? 1 : size)),
    )
    const result = isOut ? scope.select(isOut, scope.number(Number.NaN, x), kept) : kept
    return f.bool('keepdims') ? result : scope.squeeze(result, axes)
  })
}

/** Sorted elements in a last dimension, those that do not count behind the others. */
class Row {
  readonly #f: FunctionCall
  readonly #values: Value
  /** How many count: in each row, or in all where it is known or the same. */
  readonly #count: number | Value

  constructor(f: FunctionCall, x: Value, axes: readonly number[], without?: Value) {
    const { scope } = f
    this.#f = f
    const kept = f.shape(x).flatMap((_, i) => (axes.includes(i) ? [] : [i]))
    const row = (value: Value): Value => {
      const moved = scope.transpose(value, [...kept, ...axes])
      const sizes = axes.map(axis => f.shape(x)[axis])
      const count = sizes.every(size => typeof size === 'number') ? sizes.reduce((n, size) => n * size, 1) : null
      const others = kept.map((axis): number | { of: Value; axis: number } => f.shape(x)[axis] ?? { of: x, axis })
      return scope.reshape(moved, [...others, count])
    }
    const counted = without ? scope.select(without, scope.number(Number.POSITIVE_INFINITY, x), x) : x
    this.#values = sorted(f, row(counted), kept.length)[0]
    const size = scope.shape(this.#values)?.at(-1)
    this.#count = without
      ? scope.reduce('Sum', scope.cast(scope.op('LogicalNot', [row(without)]), 'float64'), [-1], true)
      : (size ?? scope.cast(scope.size(this.#values, -1), 'float64'))
  }

  /** The value at a fraction of the row. */
  at(q: number, method: Method): Value {
    const { scope } = this.#f
    const last = typeof this.#count === 'number' ? this.#count - 1 : scope.add(this.#count, -1)
    const exact = typeof last === 'number' ? last * q : scope.mul(scope.max(last, 0), q)
    if (method === 'lower') return this.#pick(rounded(scope, 'Floor', exact))
    if (method === 'higher') return this.#pick(rounded(scope, 'Ceil', exact))
    if (method === 'nearest') return this.#pick(rounded(scope, 'Round', exact))
    const [low, high] = [rounded(scope, 'Floor', exact), rounded(scope, 'Ceil', exact)]
    if (low === high) return this.#pick(low)
    const [below, above] = [this.#pick(low), this.#pick(high)]
    if (method === 'midpoint') return scope.mul(scope.add(below, above), 0.5)
    if (typeof exact === 'number') {
      const share = exact - Math.floor(exact)
      return scope.add(scope.mul(below, 1 - share), scope.mul(above, share))
    }
    const share = scope.cast(scope.sub(exact, low as Value), below.dtype!) // of one kind with what it was rounded from
    return scope.add(below, scope.mul(scope.sub(above, below), share))
  }

  /** The elements at a place of the rows: one for all, or one for each. */
  #pick(place: number | Value): Value {
    const { scope } = this.#f
    const rank = this.#f.rank(this.#values)
    const others = Array.from({ length: rank - 1 }, () => [null, null] as const)
    if (typeof place === 'number') return scope.slice(this.#values, [...others, [place, place + 1]])
    const at = scope.cast(place, 'int32')
    const isOwn = this.#f.rank(at) === rank
    const indices = isOwn ? at : scope.reshape(at, [1])
    return scope.op('GatherV2', [this.#values, indices, scope.int(rank - 1, 'axis')], {
      batch_dims: isOwn ? rank - 1 : 0,
    })
  }
}

/** A place as a whole number, halves to the even one. */
function rounded(scope: FunctionCall['scope'], op: 'Floor' | 'Ceil' | 'Round', exact: number | Value): number | Value {
  if (typeof exact !== 'number') return scope.op(op, [exact])
  if (op !== 'Round') return op === 'Floor' ? Math.floor(exact) : Math.ceil(exact)
  const low = Math.floor(exact)
  return exact - low > 0.5 || (exact - low === 0.5 && low % 2 === 1) ? low + 1 : low
}

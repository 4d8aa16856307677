/** MultiHeadAttention and GroupQueryAttention. */
import type { Value } from '../../../../graph/node.ts'
import { elementCount } from '../../../../tensor/tensor.ts'
import { lowestOf } from '../../activation.ts'
import { type Emitted, isHalf, type KTensor, type LayerCall } from '../../call.ts'
import { isList } from '../../json.ts'
import type { Dim, Scope } from '../../scope.ts'
import {
  fixed,
  main,
  type PartialSizes,
  type SlotsOf,
  size,
  sizes,
  trained,
  unlessFalse,
  type WeightSlot,
  when,
} from '../../weights/slots.ts'
import type { LayerClass } from '../layer-class.ts'
import { descaled, quantizedInput, roundedToFloat8 } from '../quantized/arithmetic.ts'
import { both, causalMask, lowered, windowMask } from './masks.ts'

/**
 * For each head, softmax(q·kᵀ / √depth)·v of projections of query, key and value; then a projection of all heads.
 *
 *     query [batch, others…, queries…, features]  →  [batch, others…, queries…, heads, depth]
 *     scores                                         [batch, others…, heads, queries…, keys…]
 *
 * `attention_axes` says which dimensions are queries and keys; all between the first and the last unless given.
 */
const multiHeadAttention = (call: LayerCall): Emitted => {
  const rank = call.shape.length
  const given = call.config.has('attention_axes') ? call.config.ints('attention_axes') : undefined
  const axes = given?.map(axis => counted(call, axis, rank)) ?? Array.from({ length: rank - 2 }, (_, i) => i + 1)
  // An argument `query_mask` is not heeded here, only the mask that comes with the query.
  const emitted = headed(call, { axes, depth: call.config.int('key_dim'), repeats: 1, queryMask: call.input.mask })
  if (call.profile === 'k3')
    for (const tensor of [call.input, call.tensorArg('value', 1), call.tensorArg('key', 2)])
      if (tensor) call.emission.unmask(tensor)
  return emitted
}

/** A negative axis from the start. Keras 2 counts it in the projected query, whose last two dimensions are heads and depth: heads may look at heads. */
function counted(call: LayerCall, axis: number, rank: number): number {
  if (axis >= 0) return axis
  const count = call.profile === 'k3' ? rank : rank + 1
  return axis < -1 ? axis + count : call.refuse(`its attention axis ${axis} is that of its features`)
}

/** The same where several heads of the query share one of key and value. Over the one dimension between. */
const groupQueryAttention = (call: LayerCall): Emitted => {
  const { config } = call
  const repeats = config.int('num_query_heads') / config.int('num_key_value_heads')
  const queryMask = maskNamed(call, 'query_mask', call.input)
  return headed(call, { axes: [1], depth: config.int('head_dim'), repeats, queryMask })
}

/** How heads attend. */
interface Heading {
  /** The dimensions that are queries and keys. */
  readonly axes: readonly number[]
  readonly depth: number
  /** How many heads of the query share one of key and value. */
  readonly repeats: number
  readonly queryMask: KTensor['mask']
}

function headed(call: LayerCall, { axes, depth, repeats, queryMask }: Heading): Emitted {
  const { scope } = call
  const query = call.input
  const value = call.tensorArg('value', 1) ?? call.refuse('it is called without a value')
  const key = call.tensorArg('key', 2)
  const projected = (tensor: KTensor, name: string): Value => projection(call, tensor.value, name, 1)
  const gate = call.config.bool('use_gate', false) ? scope.op('Sigmoid', [projected(query, 'gate')]) : undefined
  const layout = new Layout(scope, call.shape.length + 1, axes)
  const q = layout.heads(projected(query, 'query'))
  const k = repeated(scope, layout.heads(projected(key ?? value, 'key')), repeats)
  const v = repeated(scope, layout.heads(projected(value, 'value')), repeats)
  const products = scope.op('BatchMatMulV2', [scope.mul(q.value, 1 / Math.sqrt(depth)), k.value], { adj_y: true })
  const weights = weighted(call, products, maskOf(call, value, key, queryMask), [...q.places, ...k.places], axes.length)
  const sums = layout.back(scope.op('BatchMatMulV2', [weights, v.value]), q)
  const output = projection(call, gate ? scope.mul(sums, gate) : sums, 'attention_output', 2)
  const { mask } = query
  const tensor = { value: output, ...(mask && { mask }) }
  if (!wantsScores(call)) return tensor
  return [tensor, { value: axes.length === 1 ? weights : unfolded(scope, weights, [...q.places, ...k.places]) }]
}

/** Positional arguments after value and key: Keras 3 has the masks of all three before the others. */
const wantsScores = (call: LayerCall): boolean => call.flag('return_attention_scores', call.profile === 'k3' ? 7 : 4)
const isCausal = (call: LayerCall): boolean => call.flag('use_causal_mask', call.profile === 'k3' ? 9 : 6)

/** x·W + b, where the first `bound` dimensions of W take the last of x. */
function projection(call: LayerCall, x: Value, name: string, bound: number): Value {
  const own = call.scope.inner(name)
  const input = own.cast(x, call.dtype)
  const kernel = call.tensor(`${name}/kernel`)
  const [from, to] = [kernel.shape.slice(0, bound), kernel.shape.slice(bound)]
  const [rows, columns] = [elementCount(from), elementCount(to)]
  const matrix = call.constant(`${name}/kernel`, () => call.reshaped(kernel, [rows, columns]))
  const bias = call.maybeTensor(`${name}/bias`)
  const inputs = own.reshape(input, [null, rows])
  let result = quantizedProjection(call, own, name, inputs, matrix) ?? own.op('MatMul', [inputs, matrix])
  if (bias) result = own.op('BiasAdd', [result, call.constant(`${name}/bias`, () => call.reshaped(bias, [columns]))])
  call.shapeOf(input)
  return own.reshape(result, [...own.dims(input).slice(0, -bound), ...to], 'Reshape_1')
}

/** The product of a quantised projection, in int8 or float8; undefined where it is not quantised. */
function quantizedProjection(call: LayerCall, own: Scope, name: string, x: Value, kernel: Value): Value | undefined {
  const scale = call.maybeTensor(`${name}/scale_0`)
  if (!scale) return undefined
  const inside = call.within(own)
  if (kernel.dtype === 'int8') {
    const { value, scale: unit } = quantizedInput(inside, x, [-1], true)
    const columns = call.constant(`${name}/scale_0`, () => call.reshaped(scale, [elementCount(scale.shape)]))
    return descaled(inside, own.op('MatMul', [value, own.cast(kernel, call.dtype)]), columns, unit)
  }
  const rounded = (value: Value, role: string): Value => roundedToFloat8(inside, value, `${name}/${role}`)
  return own.op('MatMul', [rounded(x, 'scale_0'), rounded(kernel, 'scale_2')])
}

/** A projection with its heads before its places, [batch, others…, heads, places, depth], and the sizes of the places. */
interface Heads {
  readonly value: Value
  readonly places: readonly Dim[]
}

/** Where heads and places are. */
class Layout {
  readonly #scope: Scope
  readonly #perm: readonly number[]
  /** How many dimensions are before the places: the heads are one of them unless they are places themselves. */
  readonly #leading: number
  readonly #axes: readonly number[]

  /** `rank` is that of a projection, [batch, …, heads, depth]. */
  constructor(scope: Scope, rank: number, axes: readonly number[]) {
    this.#scope = scope
    this.#axes = axes
    const leading = Array.from({ length: rank - 1 }, (_, i) => i).filter(axis => !axes.includes(axis))
    this.#leading = leading.length
    this.#perm = [...leading, ...axes, rank - 1]
  }

  heads(projected: Value): Heads {
    const scope = this.#scope
    const dims = scope.dims(projected)
    const places = this.#axes.map(axis => dims[axis]!)
    const moved = scope.transpose(projected, this.#perm)
    if (places.length === 1) return { value: moved, places }
    const shape = scope.dims(moved)
    const count = product(places)
    return { value: scope.reshape(moved, [...shape.slice(0, this.#leading), count, shape.at(-1)!]), places }
  }

  /** [batch, others…, heads, places, depth] as a projection is. */
  back(value: Value, { places }: Heads): Value {
    const scope = this.#scope
    const dims = scope.dims(value)
    const apart =
      places.length === 1 ? value : scope.reshape(value, [...dims.slice(0, this.#leading), ...places, dims.at(-1)!])
    return scope.transpose(
      apart,
      this.#perm.map((_, axis) => this.#perm.indexOf(axis)),
    )
  }
}

/** The product of sizes that are known; null where one is not, for the reshape to find out. */
const product = (sizes: readonly Dim[]): number | null =>
  sizes.every(size => typeof size === 'number') ? sizes.reduce((n: number, size) => n * (size as number), 1) : null // all are numbers

/** Each head `times` times in a row. */
function repeated(scope: Scope, heads: Heads, times: number): Heads {
  if (times === 1) return heads
  const [batch, count, places, depth] = scope.dims(heads.value) as [Dim, number, Dim, number] // heads and depth are of a kernel
  const tiled = scope.tile(scope.expandDims(heads.value, 2), [1, 1, times, 1, 1])
  return { ...heads, value: scope.reshape(tiled, [batch, count * times, places, depth]) }
}

/** [batch, …, queries…, keys…], true where a query may look at a key. `queryMask` says which queries count. */
function maskOf(
  call: LayerCall,
  value: KTensor,
  key: KTensor | undefined,
  queryMask: KTensor['mask'],
): Value | undefined {
  const { scope, config } = call
  const flag = (mask: () => Value): Value => scope.cast(mask(), 'bool')
  const keyMasks = [maskNamed(call, 'value_mask', value), maskNamed(call, 'key_mask', key)]
  const sizes = (): [Dim, Dim] => [scope.dims(call.input.value)[1]!, scope.dims(value.value)[1]!]
  let all: Value | undefined = queryMask && scope.expandDims(flag(queryMask), -1)
  for (const mask of keyMasks) if (mask) all = both(scope, all, scope.expandDims(flag(mask), -2))
  if (isCausal(call)) all = both(scope, all, causalMask(scope, ...sizes()))
  if (config.has('sliding_window')) all = both(scope, all, windowMask(scope, ...sizes(), config.int('sliding_window')))
  const given = call.tensorArg('attention_mask', call.profile === 'k3' ? 6 : 3)
  return both(scope, given && scope.cast(given.value, 'bool'), all)
}

/** The mask that Keras 3 is given by name, else the one that comes with the input. */
function maskNamed(call: LayerCall, name: string, tensor: KTensor | undefined): KTensor['mask'] {
  const arg = call.kwargs.get(name)
  return arg?.kind === 'tensor' ? () => arg.tensor.value : tensor?.mask
}

/** The softmax over keys of scores [batch, others…, heads, queries, keys], with what is masked left out. */
function weighted(
  call: LayerCall,
  scores: Value,
  mask: Value | undefined,
  places: readonly Dim[],
  axes: number,
): Value {
  const { scope } = call
  if (isPlain(call) && isHalf(scores.dtype!)) {
    const weights = weighted(call, scope.cast(scores, 'float32'), mask, places, axes)
    return scope.cast(weights, scores.dtype!)
  }
  if (!mask) return scope.op('Softmax', [scores])
  const apart = axes === 1 ? scores : unfolded(scope, scores, places)
  const wide = widened(scope, mask, scope.ranked(apart).length, axes)
  const [masked, zeroed] = maskedScores(call, apart, wide)
  const weights = scope.op('Softmax', [axes === 1 ? masked : scope.reshape(masked, scope.dims(scores))])
  if (!zeroed) return weights
  const kept = scope.select(wide, axes === 1 ? weights : unfolded(scope, weights, places), scope.number(0, weights))
  return axes === 1 ? kept : scope.reshape(kept, scope.dims(scores))
}

/**
 * The masked scores, and whether the weights are masked too. Keras 2 lowers scores; Keras 3 replaces them,
 * by another number and without a second mask where it may use its kernel for all of it.
 */
function maskedScores(call: LayerCall, scores: Value, mask: Value): readonly [Value, boolean] {
  const { scope, config } = call
  const replaced = (by: number): Value => scope.select(mask, scores, scope.number(by, scores))
  const lowest = lowestOf(scores.dtype!, call.profile)
  if (call.profile !== 'k3')
    return [
      config.bool('softmax_robust_masking', false) ? replaced(lowest) : lowered(scope, scores, mask, -lowest),
      false,
    ]
  return isPlain(call) ? [replaced(-0.7 * 3.3895314e38), false] : [replaced(lowest), true]
}

/** Whether Keras 3 uses its kernel for all of it, which has the weights in float32. */
const isPlain = (call: LayerCall): boolean =>
  call.profile === 'k3' && call.config.number('dropout', 0) === 0 && !wantsScores(call) && call.shape.length === 3

/** Queries and keys that were folded into one dimension each, as they were. */
function unfolded(scope: Scope, scores: Value, places: readonly Dim[]): Value {
  return scope.reshape(scores, [...scope.dims(scores).slice(0, -2), ...places])
}

/** Ones before queries and keys for the dimensions that the mask does not have. */
function widened(scope: Scope, mask: Value, rank: number, axes: number): Value {
  const dims = scope.dims(mask)
  const missing = Array<number>(Math.max(0, rank - dims.length)).fill(1)
  if (missing.length === 0) return mask
  const at = dims.length - 2 * axes
  if (missing.length === 1) return scope.expandDims(mask, at)
  return scope.reshape(mask, [...dims.slice(0, at), ...missing, ...dims.slice(at)])
}

/** The further weights of a quantised projection: int8 has the first, its kernel's scale; float8 has all of them. The configuration does not tell. */
const SCALES = ['scale_0', 'scale_1', 'scale_2', 'scale_3', 'scale_4', 'scale_5']

/** One of the projections, an EinsumDense of its own: its kernel, and its bias's shape where it has one. */
function projectionSlots(name: string, kernel: PartialSizes, bias?: PartialSizes): readonly WeightSlot[] {
  const object = name === 'attention_output' ? 'output' : name
  const objects = [`${object}_dense`, `_${object}_dense`]
  return [
    main(trained(`${name}/kernel`, kernel, objects), `${objects[1]!}.kernel`),
    ...when(bias !== undefined, trained(`${name}/bias`, bias, objects)),
    ...SCALES.map(scale => ({ ...fixed(`${name}/${scale}`), objects, optional: true })),
  ]
}

const multiHeadWeights: SlotsOf = c => {
  const [heads, keys] = [size(c['num_heads']), size(c['key_dim'])]
  const values = size(c['value_dim']) ?? keys
  const out = c['output_shape']
  const width = out === undefined || out === null ? [null] : isList(out) ? sizes(out) : [size(out)]
  const whenBias = (shape: PartialSizes) => (unlessFalse(c, 'use_bias') ? shape : undefined)
  return [
    ...projectionSlots('query', [null, heads, keys], whenBias([heads, keys])),
    ...projectionSlots('key', [null, heads, keys], whenBias([heads, keys])),
    ...(c['use_gate'] === true ? projectionSlots('gate', [null, heads, values], whenBias([heads, values])) : []),
    ...projectionSlots('value', [null, heads, values], whenBias([heads, values])),
    ...projectionSlots('attention_output', [heads, values, ...width], whenBias(width)),
  ]
}

const groupQueryWeights: SlotsOf = c => {
  const dim = size(c['head_dim'])
  const [queries, pairs] = [size(c['num_query_heads']), size(c['num_key_value_heads'])]
  const whenBias = (shape: PartialSizes) => (unlessFalse(c, 'use_bias') ? shape : undefined)
  return [
    ...projectionSlots('query', [null, queries, dim], whenBias([queries, dim])),
    ...projectionSlots('key', [null, pairs, dim], whenBias([pairs, dim])),
    ...(c['use_gate'] === true ? projectionSlots('gate', [null, queries, dim], whenBias([queries, dim])) : []),
    ...projectionSlots('value', [null, pairs, dim], whenBias([pairs, dim])),
    ...projectionSlots('attention_output', [queries, dim, null], whenBias([null])),
  ]
}

export const MULTI_HEAD_ATTENTION_LAYERS: readonly LayerClass[] = [
  { name: 'MultiHeadAttention', emit: multiHeadAttention, weights: multiHeadWeights },
  {
    name: 'GroupQueryAttention',
    aliases: ['GroupedQueryAttention'],
    pythonName: 'GroupedQueryAttention',
    emit: groupQueryAttention,
    weights: groupQueryWeights,
  },
]

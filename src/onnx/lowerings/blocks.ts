/** Blocks that move between space and batch, where sizes, margins or blocks are known only while the model runs. */
import type { Node, Value } from '../../graph/node.ts'
import type { Emitter } from '../emitter.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

const LONG = 'int64'

/** The sizes of a block, and how much is before and behind each spatial axis. */
interface Computed {
  readonly block: Ref
  readonly before: Ref
  readonly after: Ref
  /** How many spatial axes there are, and how many behind them. */
  readonly count: number
  readonly rest: number
}

function computedBlocks(node: Node, emit: Emitter): Computed {
  const isOld = node.op === 'SpaceToBatch' || node.op === 'BatchToSpace'
  const long = (value: Value): Ref => emit.cast(emit.value(value), LONG)
  const block = isOld ? emit.vector([node.int('block_size'), node.int('block_size')]) : long(node.input(1))
  const count = isOld ? 2 : (emit.shape(node.input(1))?.[0] ?? refuse('how many sizes its block has is not known'))
  const margins = long(node.input(isOld ? 1 : 2))
  const side = (at: 0 | 1): Ref => emit.op('Gather', [margins, emit.scalar(LONG, at)], { axis: 1 })
  return { block, before: side(0), after: side(1), count, rest: emit.rank(node.input(0)) - 1 - count }
}

const joined = (emit: Emitter, parts: readonly Ref[]): Ref => emit.op('Concat', parts, { axis: 0 })

/** The sizes from one axis up to another. */
const sizesFrom = (emit: Emitter, ref: Ref, from: number, to = Number.MAX_SAFE_INTEGER): Ref =>
  emit.op('Slice', [emit.op('Shape', [ref]), emit.vector([from]), emit.vector([to])])

/** Two vectors as one: an element of the first, then one of the second, and so on. */
const inTurn = (emit: Emitter, a: Ref, b: Ref): Ref => {
  const column = (ref: Ref): Ref => emit.op('Unsqueeze', [ref, emit.vector([1])])
  return emit.reshape(emit.op('Concat', [column(a), column(b)], { axis: 1 }), [-1])
}

/** [n, h·b, w·b, c] → [n, h, b, w, b, c] → [b, b, n, h, w, c] → [b·b·n, h, w, c]. */
export function spaceToComputedBatch(node: Node, emit: Emitter): Ref {
  const { block, before, after, count, rest } = computedBlocks(node, emit)
  const none = (axes: number): Ref => emit.vector(Array<number>(axes).fill(0))
  const pads = joined(emit, [none(1), before, none(rest + 1), after, none(rest)])
  const x = emit.op('Pad', [emit.value(node.input(0)), pads])
  const small = emit.op('Div', [sizesFrom(emit, x, 1, 1 + count), block])
  const inner = sizesFrom(emit, x, 1 + count)
  const apart = emit.op('Reshape', [x, joined(emit, [sizesFrom(emit, x, 0, 1), inTurn(emit, small, block), inner])])
  const axes = Array.from({ length: count }, (_, i) => i)
  const behind = Array.from({ length: rest }, (_, i) => 1 + 2 * count + i)
  const perm = [...axes.map(i => 2 * i + 2), 0, ...axes.map(i => 2 * i + 1), ...behind]
  const turned = emit.op('Transpose', [apart], { perm })
  return emit.op('Reshape', [turned, joined(emit, [emit.vector([-1]), small, inner])], {}, { name: node.name })
}

/** The way back, cropped. */
export function batchToComputedSpace(node: Node, emit: Emitter): Ref {
  const { block, before, after, count, rest } = computedBlocks(node, emit)
  const x = emit.value(node.input(0))
  const inner = sizesFrom(emit, x, 1)
  const apart = emit.op('Reshape', [x, joined(emit, [block, emit.vector([-1]), inner])])
  const axes = Array.from({ length: count }, (_, i) => i)
  const behind = Array.from({ length: rest }, (_, i) => 1 + 2 * count + i)
  const perm = [count, ...axes.flatMap(i => [count + 1 + i, i]), ...behind]
  const turned = emit.op('Transpose', [apart], { perm })
  const large = emit.op('Mul', [sizesFrom(emit, x, 1, 1 + count), block])
  const shape = joined(emit, [emit.vector([-1]), large, sizesFrom(emit, x, 1 + count)])
  const whole = emit.op('Reshape', [turned, shape])
  const ends = emit.op('Sub', [large, after])
  return emit.op('Slice', [whole, before, ends, emit.vector(axes.map(i => i + 1))], {}, { name: node.name })
}

/**
 * A loop that is a recurrent layer: it takes one element of a sequence a turn, and what it carries is the state of a
 * cell. Keras 2, Keras 3 and this project write such loops; they are told by their structure.
 *
 *     while i < n:
 *         x = inputs[i];  h' = cell(x, h);  h = mask[i] ? h' : h;  outputs[i] = h';  i = i + 1
 */
import type { Node, Value } from '../../graph/node.ts'
import { valuesOf } from '../../tensor/make.ts'
import { behind, bodyOf } from '../bodies.ts'
import type { Emitter } from '../emitter.ts'
import { countersOf } from '../lowerings/collected.ts'
import { LoopBody } from './body.ts'
import { type Cell, cellOf } from './cell.ts'

/** Where the output of a turn comes from: the cell; or, where its step does not count, the state, the output before, or zeros. */
export type Given = 'made' | 'state' | 'held' | 'zeros'

/** The meaning of a loop variable's value after the loop. */
export type Result =
  | { readonly kind: 'count' }
  | { readonly kind: 'hidden' | 'carry' }
  /** The output of every turn, as a list. */
  | { readonly kind: 'sequence'; readonly given: Given }
  /** The output of the last turn; as a list of one, or by itself. */
  | { readonly kind: 'last'; readonly given: Given; readonly isList: boolean }

/** How many turns a loop has: a number, or a value outside. */
export type Turns = number | Value

export interface RecurrentLoop {
  readonly cell: Cell
  /** [time, batch, input]. */
  readonly sequence: Value
  readonly turns: Turns
  /** Bool, [time, batch] or [time, batch, 1]: the steps that count. */
  readonly mask: Value | undefined
  /** The variable that is the hidden state. */
  readonly hidden: number
  /** The results that are read, except those of variables that no turn changes. */
  readonly results: ReadonlyMap<number, Result>
}

/** The recurrent layer that a loop is; undefined for any other loop. */
export function recurrentLoop(node: Node, emit: Emitter): RecurrentLoop | undefined {
  const body = new LoopBody(node, emit)
  const counters = countersOf(node, body.graph, emit)
  const turns = turnsOf(node, counters, emit)
  if (turns === undefined) return undefined
  const loop = new Loop(body, counters)
  for (const [hidden, next] of loop.next) {
    const cell = cellOf(next, { body, hidden: body.argument(hidden), next: loop.next })
    const sequence = cell && loop.elementsOf(cell.x)
    if (!cell || !sequence || sequence.isMask) continue
    const masks = new Set([hidden, ...(cell.carry === undefined ? [] : [cell.carry])].map(i => loop.maskOf(i)))
    const [mask] = masks
    const results = masks.size === 1 ? loop.results({ cell, hidden, mask }) : undefined
    if (results) return { cell, sequence: sequence.of, turns, mask, hidden, results }
  }
  return undefined
}

/** A step that may not count: mask ? value : otherwise. */
interface Masked {
  readonly mask: Value
  readonly value: Value
  readonly otherwise: Value
}

interface Layer {
  readonly cell: Cell
  readonly hidden: number
  readonly mask: Value | undefined
}

class Loop {
  readonly body: LoopBody
  readonly counters: ReadonlySet<number>
  /** The value of each state after a turn that counts. */
  readonly next: ReadonlyMap<number, Value>

  constructor(body: LoopBody, counters: ReadonlySet<number>) {
    this.body = body
    this.counters = counters
    const states = body.graph.inputs.flatMap((_, i) =>
      body.isInvariant(i) || counters.has(i) ? [] : [[i, this.#stateOf(i)] as const],
    )
    this.next = new Map(states)
  }

  #stateOf(index: number): Value {
    const masked = this.#masked(this.body.next(index))
    return masked && behind(masked.otherwise) === this.body.argument(index)
      ? behind(masked.value)
      : this.body.next(index)
  }
  /** The mask with which a state goes on, as it is outside. */
  maskOf(index: number): Value | undefined {
    return this.next.get(index) === this.body.next(index) ? undefined : this.#masked(this.body.next(index))?.mask
  }

  #masked(value: Value): Masked | undefined {
    const { node } = behind(value)
    if (!['Select', 'SelectV2'].includes(node.op)) return undefined
    const elements = this.elementsOf(widened(node.input(0)))
    return elements?.isMask ? { mask: elements.of, value: node.input(1), otherwise: node.input(2) } : undefined
  }

  /** The tensor outside of which a value is the element of the turn. */
  elementsOf(value: Value): { readonly of: Value; readonly isMask: boolean } | undefined {
    const { node } = behind(value)
    if (node.op !== 'TensorListGetItem') return undefined
    const list = this.body.outer(node.input(0))
    const at = this.body.argumentOf(node.input(1))
    if (list?.node.op !== 'TensorListFromTensor' || at === undefined || !this.counters.has(at)) return undefined
    const of = behind(list.node.input(0))
    return { of, isMask: of.dtype === 'bool' }
  }

  /** The meaning of each variable that is read after the loop; undefined where the operator does not give one. */
  results(layer: Layer): ReadonlyMap<number, Result> | undefined {
    const results = new Map<number, Result>()
    const { node } = this.body
    for (const index of this.body.graph.inputs.keys()) {
      if (this.body.isInvariant(index) || !isRead(node.out(index), this.body.emit)) continue
      const result = this.#result(index, layer)
      if (!result) return undefined
      results.set(index, result)
    }
    return results
  }

  #result(index: number, layer: Layer): Result | undefined {
    if (this.counters.has(index)) return { kind: 'count' }
    if (index === layer.hidden) return { kind: 'hidden' }
    if (index === layer.cell.carry) return { kind: 'carry' }
    const { node } = this.body.next(index)
    if (node.op !== 'TensorListSetItem') {
      const given = this.#given(this.body.next(index), layer)
      return given === 'held' ? { kind: 'last', given, isList: false } : undefined
    }
    const isOwn = this.body.argumentOf(node.input(0)) === index && this.body.argument(index).uses.size === 1
    const given = isOwn ? this.#given(node.input(2), layer) : undefined
    if (!given) return undefined
    if (this.#placeCounts(node.input(1))) return { kind: 'sequence', given }
    const isOnly = this.#isZero(node.input(1)) && this.#hasOnePlace(this.body.node.input(index))
    return isOnly ? { kind: 'last', given, isList: true } : undefined
  }

  #placeCounts(value: Value): boolean {
    const at = this.body.argumentOf(value)
    return at !== undefined && this.counters.has(at)
  }
  #isZero(value: Value): boolean {
    const outer = this.body.outer(value)
    if (outer) return isZero(outer, this.body.emit)
    return behind(value).node.op === 'ZerosLike' || this.body.numbers(value)?.every(number => number === 0) === true
  }
  #hasOnePlace(list: Value): boolean {
    const { node } = behind(list)
    return node.op === 'TensorListReserve' && this.body.emit.known(node.input(1))?.join() === '1'
  }

  /** The value of an output in a turn. */
  #given(value: Value, { hidden, mask }: Layer): Given | undefined {
    const at = behind(value)
    const made = this.next.get(hidden)!
    if (at === made) return mask ? undefined : 'made'
    if (at === this.body.next(hidden)) return 'state'
    const masked = this.#masked(at)
    if (!masked || masked.mask !== mask) return undefined
    const before = this.body.argumentOf(masked.otherwise)
    const isHeld = before !== undefined && this.body.next(before) === at && this.#isZeroAtFirst(before)
    if (behind(masked.value) !== made) return undefined
    if (isHeld) return 'held'
    return this.#isZero(masked.otherwise) ? 'zeros' : undefined
  }

  #isZeroAtFirst(index: number): boolean {
    return isZero(this.body.node.input(index), this.body.emit)
  }
}

/** Whether anything behind the loop reads one of its results. */
export const isRead = (value: Value, emit: Emitter): boolean =>
  value.uses.size > 0 || emit.graph.outputs.some(port => port.value === value)

/** Whether a value is zeros, whatever its shape. */
export function isZero(value: Value, emit: Emitter): boolean {
  const { node } = behind(value)
  if (node.op === 'ZerosLike') return true
  if (node.op === 'Fill') return isZero(node.input(1), emit)
  const tensor = emit.constant(value)
  if (!tensor) return false
  const numbers = valuesOf(tensor.recipe.kind === 'splat' ? { ...tensor, shape: [] } : tensor)
  return numbers?.every(number => number === 0) === true
}

/** A mask before it was made as wide as what it chooses. */
function widened(value: Value): Value {
  let at = behind(value)
  while (['ExpandDims', 'Reshape', 'Tile', 'BroadcastTo', 'Squeeze'].includes(at.node.op)) at = behind(at.node.input(0))
  return at
}

/** The number below which all counters of the condition are. */
function turnsOf(node: Node, counters: ReadonlySet<number>, emit: Emitter): Turns | undefined {
  const graph = bodyOf(node, node.func('cond').name, emit)
  const at = (value: Value): number => graph.inputs.findIndex(input => input.value === behind(value))
  const limits: Turns[] = []
  const collect = (value: Value): boolean => {
    const { node: test } = behind(value)
    if (test.op === 'LogicalAnd') return test.inputs.every(collect)
    if (test.op !== 'Less' || !counters.has(at(test.input(0)))) return false
    const limit = limitOf(test.input(1))
    if (limit !== undefined) limits.push(limit)
    return limit !== undefined
  }
  const limitOf = (value: Value): Turns | undefined => {
    const index = at(value)
    const outer = index < 0 ? undefined : behind(node.input(index))
    const tensor = behind(value).tensor
    return (outer ? emit.known(outer) : tensor && valuesOf(tensor))?.[0] ?? outer
  }
  const isWhole = collect(graph.outputs[0]!.value)
  return isWhole && limits.every(limit => limit === limits[0]) ? limits[0] : undefined
}

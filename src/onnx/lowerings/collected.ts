/**
 * Lists that a loop fills with one element a turn, as recurrent layers do. ONNX's Loop gives them as scan outputs,
 * which every reader has, other than sequences:
 *
 *     reserve(n);  while i < n: list = set(list, i, item); i = i + 1
 *
 * A list of one place, which each turn overwrites, is the last of all elements: reserve(1); while …: list = set(list, 0, item).
 */
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { valuesOf } from '../../tensor/make.ts'
import { behind, bodyOf } from '../bodies.ts'
import type { Emitter } from '../emitter.ts'

/** The element that a turn puts into a list: a value of the body. */
export interface Collected {
  readonly item: Value
  /** Whether the list has one place, where the last element stays. */
  readonly isLast: boolean
}

/** The lists that a loop collects, by the number of the variable. */
export function collectedLists(node: Node, emit: Emitter): ReadonlyMap<number, Collected> {
  const body = bodyOf(node, node.func('body').name, emit)
  const counters = countersOf(node, body, emit)
  const found = new Map<number, Collected>()
  for (const [i, port] of body.inputs.entries()) {
    const reserve = behind(node.input(i)).node
    const set = behind(body.outputs[i]!.value).node
    if (reserve.op !== 'TensorListReserve' || set.op !== 'TensorListSetItem') continue
    const isOwn = behind(set.input(0)) === port.value && port.value.uses.size === 1
    if (!isOwn) continue
    const index = behind(set.input(1))
    const at = body.inputs.findIndex(input => input.value === index)
    const isSame = at >= 0 && behind(body.outputs[at]!.value) === index
    const isLast = isSame ? emit.known(node.input(at))?.join() === '0' : isNumber(0, index)
    // Each turn fills the next place, up to the last, or the only one.
    const places = reserve.input(1)
    const fillsAll = isLast
      ? emit.known(places)?.join() === '1'
      : counters.has(at) && turnsAre(node, counters, places, emit)
    if (fillsAll) found.set(i, { item: set.input(2), isLast })
  }
  return found
}

/** The variables that are 0 at first and one more after each turn. */
export function countersOf(node: Node, body: Graph, emit: Emitter): ReadonlySet<number> {
  const isCounter = (i: number, argument: Value): boolean => {
    if (emit.known(node.input(i))?.join() !== '0') return false
    const next = behind(body.outputs[i]!.value).node
    if (!['Add', 'AddV2'].includes(next.op)) return false
    const others = next.inputs.filter(input => behind(input) !== argument)
    return others.length === 1 && isNumber(1, others[0]!)
  }
  return new Set(body.inputs.flatMap(({ value }, i) => (isCounter(i, value) ? [i] : [])))
}

function isNumber(number: number, value: Value): boolean {
  const { tensor } = behind(value)
  return tensor !== undefined && valuesOf(tensor)?.join() === String(number)
}

/** Whether the loop ends after as many turns as the list has places: each part of its condition is `counter < places`. */
function turnsAre(node: Node, counters: ReadonlySet<number>, places: Value, emit: Emitter): boolean {
  const graph = bodyOf(node, node.func('cond').name, emit)
  const argumentAt = (value: Value): number => graph.inputs.findIndex(input => input.value === behind(value))
  const isPlaces = (value: Value): boolean => {
    const at = argumentAt(value)
    const outer = at < 0 ? undefined : behind(node.input(at))
    const { tensor } = behind(value)
    const number = outer ? emit.known(outer)?.join() : tensor && valuesOf(tensor)?.join()
    return outer === behind(places) || (number !== undefined && number === emit.known(places)?.join())
  }
  const holds = (value: Value): boolean => {
    const { node: test } = behind(value)
    if (test.op === 'LogicalAnd') return test.inputs.every(holds)
    return test.op === 'Less' && counters.has(argumentAt(test.input(0))) && isPlaces(test.input(1))
  }
  return holds(graph.outputs[0]!.value)
}

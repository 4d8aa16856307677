/**
 * The interface of a shape function. One stands for one op and says what its outputs are
 * by what is known of its inputs. It may fail by `Contradiction`: the engine then
 * takes the outputs for unknown, as it does for an op that has no rule.
 */
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import type { Element, Fact, Inferred } from './fact.ts'
import { Contradiction, type Dim, ofRank } from './shape.ts'

/**
 * The facts of a node's inputs, as many as its op's definition asks for: the
 * engine has counted, so a rule takes its op's operands without looking.
 */
export type Operands = readonly [Fact, Fact, Fact, Fact, Fact, Fact, Fact, Fact, Fact, ...Fact[]]

/** The context that a rule gets besides the node and its operands. */
export interface Context {
  /** The graph that the node is in. */
  readonly graph: Graph
  /** The caller's facts about argument `index` of the function whose body is the graph. */
  argument(index: number): Fact | undefined
  /** The results of a library function; undefined where there is none or the calls nest too deep. */
  call(name: string, args: readonly Fact[]): readonly Fact[] | undefined
}

/** One entry an output, in order; missing ones are unknown. */
export type Rule = (node: Node, inputs: Operands, context: Context) => readonly (PartialShape | Inferred)[]

/** Rules by the name of their op. */
export type Rules = Readonly<Record<string, Rule>>

/** Rules for several ops that do the same to shapes. */
export const forEach = (ops: string, rule: Rule): Rules =>
  Object.fromEntries(
    ops
      .trim()
      .split(/\s+/)
      .map(op => [op, rule]),
  )

/** The one output has the shape of this input. */
export const like =
  (slot = 0): Rule =>
  (_, inputs) => [inputs[slot]!.shape]

/** The one output is this input, values and all. */
export const passes =
  (slot = 0): Rule =>
  (_, inputs) => [inputs[slot]!]

/** The outputs have these shapes, whatever the inputs are. */
export const fixed =
  (...shapes: readonly PartialShape[]): Rule =>
  () =>
    shapes

/** The one output is a scalar. */
export const scalar: Rule = fixed([])

/** The dimensions of a tensor that must have this rank, all null where nothing is known of it. */
export function withRank({ shape }: Pick<Fact, 'shape'>, rank: number): readonly Dim[] {
  if (shape === null) return ofRank(rank)
  if (shape.length !== rank) throw new Contradiction(`rank ${shape.length}, where ${rank} is needed`)
  return shape
}

/** The index of an axis that may count from the end. */
export function axisIn(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw new Contradiction(`axis ${axis} of a tensor of rank ${rank}`)
  return axis < 0 ? axis + rank : axis
}

/** The value of a scalar (or a vector of one), where it is known. */
export function scalarOf({ elements }: Fact): Element {
  return elements?.length === 1 ? elements[0]! : null
}

/** The value of a scalar as a count, an axis or a size; null where it is not known. */
export function numberOf(fact: Fact): number | null {
  const value = scalarOf(fact)
  return typeof value === 'number' ? value : null
}

/** A scalar that gives the size of a dimension. */
export function dimOf(fact: Fact): Dim {
  const value = numberOf(fact)
  return value !== null && value >= 0 ? value : null
}

/** Values as numbers; null where one is not known or no number holds it. Undefined where none is known. */
export function numbersOf({ elements }: Fact): (number | null)[] | undefined {
  return elements?.map(e => (typeof e === 'number' ? e : null))
}

/** All values as numbers; undefined unless all are known. */
export function allNumbersOf(fact: Fact): number[] | undefined {
  const numbers = numbersOf(fact)?.filter(e => e !== null)
  return numbers && numbers.length === fact.elements?.length ? numbers : undefined
}

/** How many elements a vector has; a scalar counts for one. */
export function lengthOf({ shape }: Fact): Dim {
  if (shape === null) return null
  if (shape.length > 1) throw new Contradiction('a vector is needed')
  return shape.length === 0 ? 1 : shape[0]!
}

/** A tensor that is read as a shape: a negative size, as an unknown one, is null. */
export function shapeFrom(fact: Fact): PartialShape {
  const numbers = numbersOf(fact)
  if (numbers) {
    if (fact.shape?.length === 0) return null // the scalar -1 means a shape of unknown rank
    return numbers.map(d => (d === null || d < 0 ? null : d))
  }
  const length = fact.shape?.length === 1 ? fact.shape[0]! : null
  return length === null ? null : ofRank(length)
}

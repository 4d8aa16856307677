/**
 * The results of a node by their names. Main graphs count them (`split:1`);
 * function bodies name them (`split:output:1`), so reading and writing bodies
 * needs to know which result starts where.
 */
import { type ArgDef, opDef } from '../tensorflow/ops.ts'
import type { GraphFunction } from './graph.ts'
import type { Node } from './node.ts'

/** One result: its name, and the outputs of the node that it is. */
export interface ResultRange {
  readonly name: string
  readonly start: number
  readonly count: number
}

/** A result's name and how many tensors it is: an ArgDef without its type. */
export type ResultDef = Pick<ArgDef, 'name' | 'numberAttr' | 'typeListAttr'>

/**
 * The attribute of a custom op's node that keeps the names of its outputs
 * (`values:0`), as the file had them and no registry does. It is never written.
 */
export const RESULT_NAMES = '_tfreeze_result_names'

/** The results that the op's definition, or the library function that the op is, gives; undefined for a custom op. */
export function resultDefs(
  op: string,
  functions: ReadonlyMap<string, GraphFunction>,
): readonly ResultDef[] | undefined {
  return opDef(op)?.outputs ?? functions.get(op)?.body.outputs.map(port => ({ name: port.key }))
}

/**
 * Where each result starts. Undefined where the function around leaves a count
 * open (`$N`). Throws `invalid-graph` where a count is missing.
 */
export function resultRanges(node: Node, defs: readonly ResultDef[]): readonly ResultRange[] | undefined {
  const ranges: ResultRange[] = []
  let start = 0
  for (const def of defs) {
    const count = countOf(node, [def])
    if (count === undefined) return undefined
    ranges.push({ name: def.name, start, count })
    start += count
  }
  return ranges
}

/** How many tensors results or arguments are together. Undefined and throws as `resultRanges`. */
export function countOf(node: Node, defs: readonly ResultDef[]): number | undefined {
  let count = 0
  for (const { numberAttr, typeListAttr } of defs) {
    const counted = numberAttr || typeListAttr // a message has an empty name where there is none
    if (!counted) count++
    else if (node.attr(counted)?.kind === 'placeholder') return undefined
    else count += numberAttr ? node.count(numberAttr) : node.types(counted).length
  }
  return count
}

/** How many outputs a node has; undefined where that is not known: a custom op, an open count. */
export function outputCount(node: Node, functions: ReadonlyMap<string, GraphFunction>): number | undefined {
  const defs = node.def?.outputs ?? resultDefs(node.op, functions)
  return defs && countOf(node, defs)
}

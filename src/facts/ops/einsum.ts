/** The shape of an Einstein summation. */

import type { PartialShape } from '../../graph/attr.ts'
import type { Rule } from '../rule.ts'
import { broadcastShapes, Contradiction, type Dim, mergeShapes } from '../shape.ts'

/**
 * `ij,jk->ik`: a letter names an axis, alike in all operands; `...` stands for
 * the axes without a letter, which broadcast.
 */
export const einsum: Rule = (node, inputs) => {
  const [left, right] = node.str('equation').replaceAll(' ', '').split('->')
  const terms = left?.split(',') ?? []
  if (right === undefined || terms.length !== inputs.length) throw new Contradiction('an equation of other operands')
  const sizes = new Map<string, Dim>()
  let rest: PartialShape = []
  for (const [i, term] of terms.entries()) {
    const { shape } = inputs[i]!
    if (shape === null) {
      if (term.includes('...')) rest = null
      continue
    }
    const operand = operandOf(term, shape)
    rest = rest && broadcastShapes(rest, operand.rest)
    for (const [label, size] of operand.axes) sizes.set(label, merged(sizes.get(label) ?? null, size))
  }
  const [before, after] = right.includes('...') ? right.split('...') : [right, undefined]
  const named = (labels: string): Dim[] => [...labels].map(label => sizes.get(label) ?? null)
  if (after === undefined) return [named(before!)]
  return [rest && [...named(before!), ...rest, ...named(after)]]
}

/** The sizes by letter, in order, and those of the axes that `...` stands for. */
function operandOf(term: string, shape: readonly Dim[]): { axes: [string, Dim][]; rest: readonly Dim[] } {
  const [before, after] = term.split('...') as [string, string?]
  const named = before.length + (after?.length ?? 0)
  if (shape.length < named || (after === undefined && shape.length !== named)) throw new Contradiction('another rank')
  const end = shape.length - (after?.length ?? 0)
  const axes = [...before].map((label, i): [string, Dim] => [label, shape[i]!])
  for (const [i, label] of [...(after ?? '')].entries()) axes.push([label, shape[end + i]!])
  return { axes, rest: shape.slice(before.length, end) }
}

const merged = (a: Dim, b: Dim): Dim => mergeShapes([a], [b])?.[0] ?? null

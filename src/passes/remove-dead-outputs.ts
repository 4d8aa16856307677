import type { Node, Value } from '../graph/node.ts'
import { rulePass } from '../optimize/pass.ts'
import { as, op, where } from '../rewrite/pattern.ts'
import { type RuleContext, rule } from '../rewrite/rule.ts'
import { fromValues, valuesOf, vector } from '../tensor/make.ts'

/** The one output that is read; undefined where there are more or none. */
function onlyRead(node: Node): Value | undefined {
  const read = node.outputs.filter(v => v !== undefined && v.uses.size > 0)
  return read.length === 1 ? read[0] : undefined
}
const isPart = (node: Node): boolean =>
  node.outputTypes !== undefined && node.outputTypes.length > 1 && onlyRead(node) !== undefined

const isAsked = (node: Node, { graph }: RuleContext): string | false =>
  graph.isOutput(node) && `${node.name} is an output`

/** One replacement, in the place of the output that is read. */
const inPlaceOf = (output: Value, by: Value): (Value | undefined)[] => {
  const values: (Value | undefined)[] = Array<undefined>(output.index).fill(undefined)
  return [...values, by]
}

/** Split(axis, x):i → Slice(x), where only output i is read. */
const split = rule({
  name: 'remove-dead-outputs',
  find: as('node', where(isPart, op(['Split', 'SplitV']))),
  unless: ({ node }, context) => isAsked(node, context),
  replace({ node }, context) {
    const isV = node.op === 'SplitV'
    const x = node.inputs[isV ? 0 : 1]!
    const axis = axisOf(node.inputs[isV ? 2 : 0]!, x, context)
    if (typeof axis === 'string') return axis
    const sizes = partSizes(node, x, axis, context)
    if (!sizes) return `the sizes of the parts of ${node.name} are not known`
    const output = onlyRead(node)!
    const rank = context.facts.shape(x)!.length // `axisOf` asked for it
    const begin = Array<number>(rank).fill(0)
    const size = Array<number>(rank).fill(-1)
    begin[axis] = sizes.slice(0, output.index).reduce((sum, n) => sum + n, 0)
    size[axis] = sizes[output.index]!
    return inPlaceOf(output, slice(node, x, { begin, size }, context))
  },
  allOutputs: true,
})

/** The place of a part along each axis: its first element, and how many it has, −1 for all that follow. */
interface Part {
  readonly begin: readonly number[]
  readonly size: readonly number[]
}

function slice(node: Node, x: Value, { begin, size }: Part, { graph }: RuleContext): Value {
  const indices = [vector('int32', begin), vector('int32', size)] as const
  const [b, s] = [graph.const(indices[0], `${node.name}/begin`), graph.const(indices[1], `${node.name}/size`)]
  return graph.add('Slice', [x, b, s], {}, node.name).out()
}

function axisOf(value: Value, x: Value, { facts }: RuleContext): number | string {
  const rank = facts.shape(x)?.length
  const [axis] = facts.of(value).elements ?? []
  if (rank === undefined || typeof axis !== 'number') return `the rank of ${x} or the axis is not known`
  return axis < 0 ? axis + rank : axis
}

function partSizes(node: Node, x: Value, axis: number, { facts }: RuleContext): readonly number[] | undefined {
  const total = facts.shape(x)?.[axis]
  if (node.op === 'Split') {
    const parts = node.int('num_split')
    return total == null ? undefined : Array<number>(parts).fill(total / parts)
  }
  const sizes = node.input(1).tensor
  const given = sizes && valuesOf(sizes)
  if (!given?.includes(-1)) return given
  const known = given.reduce((sum, n) => sum + Math.max(n, 0), 0)
  return total == null ? undefined : given.map(n => (n === -1 ? total - known : n))
}

/** Unpack(x, axis):i → x[i], where only output i is read. */
const unpack = rule({
  name: 'remove-dead-outputs',
  find: as('node', where(isPart, op('Unpack'))),
  unless: ({ node }, context) => isAsked(node, context),
  replace({ node }, { graph, facts }) {
    const x = node.input(0)
    const rank = facts.shape(x)?.length
    const given = node.int('axis')
    if (given < 0 && rank === undefined) return `the rank of ${x} is not known`
    const axis = given < 0 ? given + rank! : given // just asked
    const output = onlyRead(node)!
    const at = (index: number, name: string): Value => {
      const indices = Array.from({ length: axis + 1 }, (_, i) => (i === axis ? index : 0))
      return graph.const(fromValues('int32', [axis + 1], indices), `${node.name}/${name}`)
    }
    const ones = graph.const(vector('int32', Array<number>(axis + 1).fill(1)), `${node.name}/strides`)
    const before = 2 ** axis - 1
    const attrs = { begin_mask: before, end_mask: before, shrink_axis_mask: 2 ** axis }
    const inputs = [x, at(output.index, 'begin'), at(output.index + 1, 'end'), ones]
    return inPlaceOf(output, graph.add('StridedSlice', inputs, attrs, node.name).out())
  },
  allOutputs: true,
})

/** A Split or Unpack of which one part is read becomes a slice. */
export const removeDeadOutputs = rulePass({
  name: 'remove-dead-outputs',
  description: 'Replaces a Split or Unpack of which only one output is used with a slice.',
  enabled: true,
  requires: ['fold-constants'],
  rules: () => [split, unpack],
})

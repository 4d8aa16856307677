/** The further conditions of TF.js on a node, by op: values of attributes that are data, and different results. */
import type { Facts } from '../../facts/facts.ts'
import type { Node } from '../../graph/node.ts'
import { groupsOf } from '../rules/images.ts'

/** Why a node is not executed as TensorFlow does; undefined where it is. A sentence without its full stop. */
export type Condition = (node: Node, facts: Facts) => string | undefined

/** Outputs beyond those that TF.js gives. */
const gives =
  (count: number): Condition =>
  node => {
    const other = node.outputs.findLast(value => value && value.index >= count && isUsed(node, value.index))
    return other && `TF.js does not give output ${other.index} of ${node.op}`
  }

const isUsed = (node: Node, index: number): boolean => node.out(index).uses.size > 0 || !node.outputs[0]?.uses.size

const always =
  (reason: string): Condition =>
  () =>
    reason

/** Random numbers that a seed determines. */
const seeded: Condition = node =>
  ['seed', 'seed2'].some(name => node.attrs.has(name) && node.int(name) !== 0)
    ? 'TF.js draws other numbers for its seed'
    : undefined

/** The extreme or mean of no elements. */
const nonEmpty: Condition = (node, facts) =>
  facts.shape(node.input(0))?.includes(0) ? `TF.js gives another ${node.op} of no elements` : undefined

const sameRank: Condition = (node, facts) => {
  const [condition, x] = [facts.shape(node.input(0)), facts.shape(node.input(1))]
  if (condition?.length === 0 || (condition && condition.length === x?.length)) return undefined
  return 'TF.js stretches its condition along other axes, and its rank is not known'
}

const inference: Condition = (node, facts) =>
  node.bool('is_training')
    ? 'TF.js normalises with the averages that it is given, not with those of the batch'
    : gives(1)(node, facts)

const ungrouped: Condition = (node, facts) =>
  (groupsOf(facts.shape(node.input(0)), facts.shape(node.input(1))) ?? 1) > 1
    ? 'TF.js has no grouped convolutions'
    : undefined

const inOrder: Condition = node =>
  node.bool('sorted') ? undefined : 'TF.js gives the largest in another order than TensorFlow, which does not sort them'

const withoutCodes: Condition = node =>
  /[\\$]/.test(node.str('rewrite')) ? 'TF.js reads the codes of its rewrite otherwise' : undefined

/** Ops that TF.js executes in no case as TensorFlow does, though it lists them. */
export const UNUSABLE: readonly string[] = ['BitwiseAnd']

const rows: [string, Condition][] = [
  ['FakeQuantWithMinMaxVars', always('TF.js returns what it is given')],
  [UNUSABLE.join(' '), always('TF.js fails in it')],
  ['MatrixBandPart', always('TF.js keeps other diagonals')],
  ['Max Min Mean', nonEmpty],
  ['RandomStandardNormal RandomUniform RandomUniformInt TruncatedNormal Multinomial', seeded],
  ['Select', sameRank],
  ['FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3', inference],
  ['NonMaxSuppressionV5', gives(2)],
  ['MaxPoolWithArgmax', gives(1)],
  ['Conv2D', ungrouped],
  ['TopKV2', inOrder],
  ['StaticRegexReplace', withoutCodes],
]

export const CONDITIONS: ReadonlyMap<string, Condition> = new Map(
  rows.flatMap(([ops, condition]) => ops.split(' ').map(op => [op, condition] as const)),
)

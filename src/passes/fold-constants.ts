import { fromTensorAtHand, toTensor } from '../evaluate/array.ts'
import { evaluateNode } from '../evaluate/evaluate.ts'
import type { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Node, Value } from '../graph/node.ts'
import { LARGE_BYTES } from '../limits.ts'
import { isNoLarger, isSecondName } from '../optimize/conditions.ts'
import { pass } from '../optimize/pass.ts'
import { isPure } from '../optimize/purity.ts'
import { rewrite } from '../rewrite/engine.ts'
import { as, op, where } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'
import { fold } from '../tensor/fold.ts'
import { byteLength, elementCount, type Tensor } from '../tensor/tensor.ts'

/** Elements of a result, and of an operand, that is computed at once: shapes, indices and the like. */
const MAX_EAGER_ELEMENTS = 16 * 1024
/** Elements of a result that is computed, and then kept only where it is no larger than `growth` allows. */
const MAX_RESULT_ELEMENTS = 1024 * 1024

/** The conditions for keeping a result. */
interface Limits {
  readonly growth: number
  readonly maxBytes: number
  readonly excluded: ReadonlySet<string>
}

const foldNode = ({ growth, maxBytes, excluded }: Limits) =>
  rule({
    name: 'fold-constants',
    find: as(
      'node',
      where(node => areConstant(node) && isPure(node) && !excluded.has(node.op), op('*')),
    ),
    test: ({ node }, { graph }) => !isSecondName(graph, node),
    replace({ node }, context) {
      const results = foldSmall(node, context.facts) ?? foldLazily(node) ?? foldEagerly(node, context.facts)
      if (!results) return `${node.op} of constants is not computed ahead`
      const read = results.filter((_, i) => node.outputs[i])
      const grown = read.find(t => !isNoLarger(t, node.inputs, context.graph, growth))
      if (grown) return `the result, ${grown.dtype}[${grown.shape}], is larger than the constants it replaces`
      const long = read.find(t => byteLength(t) > maxBytes)
      if (long) return `the result, ${long.dtype}[${long.shape}], has more than ${maxBytes} bytes`
      return results.map((t, i) => (node.outputs[i] ? context.graph.const(t, node.name) : undefined))
    },
    allOutputs: true,
  })

const areConstant = (node: Node): boolean =>
  node.inputs.length > 0 && node.inputs.every((v: Value) => v.node.op === 'Const')

/** At once where all operands are small and at hand: passes look into the result, as they do once it is read from a file. */
function foldSmall(node: Node, facts: Facts): Tensor[] | undefined {
  const isSmall = node.inputs.every(v => byteLength(v.tensor!) <= LARGE_BYTES)
  const results = isSmall ? foldEagerly(node, facts) : undefined
  return results?.every(t => byteLength(t) <= LARGE_BYTES) ? results : undefined
}

function foldLazily(node: Node): Tensor[] | undefined {
  const operands = node.inputs.map(v => v.tensor!) // all are constants
  const result = fold(node, operands, 'evaluator')
  return result && [result]
}

/** By running the op, where its operands are at hand. */
function foldEagerly(node: Node, facts: Facts): Tensor[] | undefined {
  const operands = node.inputs.map(v => v.tensor!)
  if (operands.some(t => elementCount(t.shape) > MAX_EAGER_ELEMENTS)) return undefined
  if (node.outputs.some(output => output && isTooLarge(facts.shape(output)))) return undefined
  const arrays = operands.map(fromTensorAtHand)
  if (arrays.some(a => a === undefined)) return undefined
  const results = evaluateNode(
    node,
    arrays.filter(a => a !== undefined),
  )
  return results?.map(toTensor)
}

/** Whether a result is too large to be computed at once: 200 bytes of graph can ask for gigabytes. */
const isTooLarge = (shape: PartialShape): boolean =>
  shape?.every(size => size !== null) === true && elementCount(shape as readonly number[]) > MAX_RESULT_ELEMENTS

/** Bytes by which a result may exceed the constants that it replaces, unless the option says otherwise. */
const GROWTH = 1024

/** The rules of the pass. */
export const FOLD_RULES = [foldNode({ growth: GROWTH, maxBytes: Number.POSITIVE_INFINITY, excluded: new Set() })]

/**
 * An op on constants becomes a constant. Small ones are computed with
 * TensorFlow's rules for overflow, division and rounding; of large ones only
 * the recipe is written down, and nothing is read.
 */
export const foldConstants = pass({
  name: 'fold-constants',
  description: 'Replaces nodes whose inputs are all constants with their results.',
  aliases: ['fold_constants'],
  enabled: true,
  requires: ['remove-identity'],
  options: {
    growth: {
      kind: 'number',
      default: GROWTH,
      description: 'Bytes by which a result may exceed the constants it replaces.',
    },
    exclude_op: { kind: 'names', default: [], description: 'An op to leave as it is. May be given several times.' },
    max_constant_size_in_bytes: {
      kind: 'number',
      default: 0,
      description: 'Leave nodes whose result has more bytes; 0 for no limit.',
    },
    clear_output_shapes: {
      kind: 'boolean',
      default: false,
      description: 'Remove the attribute _output_shapes from all nodes.',
    },
  },
  run(graph, { options, facts, report }) {
    const { growth, max_constant_size_in_bytes: maxBytes, exclude_op, clear_output_shapes } = options
    const limits = { growth, maxBytes: maxBytes || Number.POSITIVE_INFINITY, excluded: new Set(exclude_op) }
    report.add(rewrite(graph, [foldNode(limits)], facts))
    if (clear_output_shapes) for (const node of graph.nodes) node.deleteAttr('_output_shapes')
  },
})

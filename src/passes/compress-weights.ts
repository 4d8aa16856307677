import { insertAfter } from '../graph/edit.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { type Pass, pass } from '../optimize/pass.ts'
import { cast, highest, lowest, quantize, roundToLevels, toFloat16 } from '../tensor/make.ts'
import { elementCount, type Tensor } from '../tensor/tensor.ts'

/** The float32 constants of at least so many elements. */
function* weightsOf(graph: Graph, minimum: number): Generator<{ node: Node; tensor: Tensor }> {
  for (const node of [...graph.nodes]) {
    const { tensor } = node.out()
    if (tensor?.dtype === 'float32' && elementCount(tensor.shape) >= minimum) yield { node, tensor }
  }
}

/** Weights take few values, so that the file compresses well. It stays as large until then. */
export const roundWeights = pass({
  name: 'round-weights',
  description: 'Rounds weights to a few levels, so that the file compresses well.',
  aliases: ['round_weights'],
  enabled: false,
  options: {
    num_steps: {
      kind: 'number',
      default: 256,
      description: 'Number of levels between the smallest and the largest weight of a tensor.',
    },
    minimum_size: { kind: 'number', default: 16, description: 'Leave tensors of fewer elements as they are.' },
  },
  run(graph, { options, report }) {
    for (const { node, tensor } of weightsOf(graph, options.minimum_size)) {
      const { recipe } = tensor
      const isRounded =
        recipe.kind === 'computed' && recipe.by.op === 'round-to-levels' && recipe.by.steps === options.num_steps
      if (isRounded) continue
      node.setAttr('value', { kind: 'tensor', value: roundToLevels(tensor, options.num_steps) })
      report.apply(node.name)
    }
  },
})

/** w → Dequantize(codes, min, max): min + code · (max − min) / 255, in the mode MIN_COMBINED, which is exact at both ends. */
export const quantizeWeights = pass({
  name: 'quantize-weights',
  description: 'Stores weights as 8-bit integers and adds a Dequantize node.',
  aliases: ['quantize_weights'],
  enabled: false,
  options: {
    minimum_size: { kind: 'number', default: 1024, description: 'Leave tensors of fewer elements as they are.' },
  },
  run(graph, { options, report }) {
    for (const { node, tensor } of weightsOf(graph, options.minimum_size)) {
      report.apply(node.name)
      const [min, max] = [
        graph.const(lowest(tensor), `${node.name}/min`),
        graph.const(highest(tensor), `${node.name}/max`),
      ]
      const codes = graph.const(quantize(tensor), `${node.name}/codes`)
      for (const control of node.controls) for (const v of [min, max, codes]) v.node.addControl(control)
      insertAfter(graph, node.out(), () =>
        graph.add('Dequantize', [codes, min, max], { mode: 'MIN_COMBINED' }, `${node.name}/dequantized`).out(),
      )
    }
  },
})

/** The types that take half the bytes of float32. */
export type HalfType = 'float16' | 'bfloat16'

/** w → Cast(w in half the bytes). In float16 a weight beyond its range becomes its largest number, not infinite. */
const halfWeights = (dtype: HalfType, name: string): Pass =>
  pass({
    name,
    description: `Stores weights as ${dtype}, with a cast back to float32.`,
    enabled: false,
    options: {
      minimum_size: { kind: 'number', default: 1024, description: 'Leave tensors of fewer elements as they are.' },
    },
    run(graph, { options, report }) {
      for (const { node, tensor } of weightsOf(graph, options.minimum_size)) {
        report.apply(node.name)
        const small = graph.const(
          dtype === 'float16' ? toFloat16(tensor) : cast(tensor, dtype),
          `${node.name}/${dtype}`,
        )
        for (const control of node.controls) small.node.addControl(control)
        insertAfter(graph, node.out(), () => graph.add('Cast', [small], { DstT: 'float32' }, `${node.name}/cast`).out())
      }
    },
  })

/** The pass that stores weights in a type. */
export const weightsIn = (dtype: HalfType): Pass => (dtype === 'float16' ? float16Weights : bfloat16Weights)

/** Weights in float16. */
export const float16Weights = halfWeights('float16', 'float16-weights')
/** Weights in bfloat16. */
export const bfloat16Weights = halfWeights('bfloat16', 'bfloat16-weights')

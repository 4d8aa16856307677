/** Branches that are not taken, as their conditions are constants: they train, where the model is frozen for inference. */
import { first, fromTensorAtHand, type NdArray } from '../../evaluate/array.ts'
import { evaluateNode } from '../../evaluate/evaluate.ts'
import { DeadNodes, switchOutputs, takenOutput } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Value } from '../../graph/node.ts'

/** Finds the nodes of branches that are not taken. */
export function nodesThatNeverRun(graph: Graph): DeadNodes {
  const values: Value[] = []
  for (const node of graph.nodes) {
    const condition = node.is('switch') ? knownCondition(node.input(1)) : undefined
    if (condition === undefined) continue
    const taken = takenOutput(node, condition)
    values.push(...switchOutputs(node).filter(output => output.index !== taken))
  }
  return new DeadNodes(values)
}

/** A condition that follows from constants: 0 or 1, or an index. */
function knownCondition(condition: Value): number | undefined {
  const value = knownScalar(condition, 0)
  return value && first(value)
}

/** A scalar that is computed from constants alone, in a few steps. */
function knownScalar({ node, index, tensor }: Value, depth: number): NdArray | undefined {
  if (tensor) return tensor.shape.length === 0 ? fromTensorAtHand(tensor) : undefined
  if (depth > MAX_STEPS || node.inputs.length === 0) return undefined
  const inputs: NdArray[] = []
  for (const input of node.inputs) {
    const value = knownScalar(input, depth + 1)
    if (!value) return undefined
    inputs.push(value)
  }
  return evaluateNode(node, inputs)?.[index]
}

/** A condition is a flag, its opposite, a comparison: more steps than this are something else. */
const MAX_STEPS = 8

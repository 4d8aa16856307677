/**
 * An exact interpreter. Each op's result is rounded to its type, as TensorFlow's is, and sums are
 * taken in float64: the same inputs give the same bytes on every machine, and nearer to the exact
 * result than a float32 sum is.
 */

import { FreezeError, isFreezeError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import { tensorName, tensorNamed } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import { DATAFLOW_CONTROL } from '../tensorflow/roles.ts'
import { isComplex, type NdArray } from './array.ts'
import { isCastBeyond } from './kernels/cast.ts'
import { factorKernels } from './kernels/factors.ts'
import { kernelOf } from './kernels/index.ts'
import { isLoop, planOf, type Step, stepsOf } from './plan.ts'
import { type Progress, Run } from './run.ts'

/** Whether the evaluator runs the node itself. */
const runsItself = (node: Node): boolean =>
  node.is(...DATAFLOW_CONTROL, 'call', 'branch', 'loop', 'constant', 'formal', 'placeholder')

/**
 * Computes `outputs` (the graph's own unless given). `feeds` gives values to
 * tensors by name (`x`, `x:1`); what only they need is not run. Rejects with
 * `missing` for a placeholder without a value, `unsupported` for an op without
 * a kernel, and `invalid-graph` where TensorFlow would fail as well.
 */
export async function evaluate(
  graph: Graph,
  feeds: ReadonlyMap<string, NdArray>,
  outputs: readonly Value[] = graph.outputs.map(p => p.value),
  progress?: Progress,
): Promise<NdArray[]> {
  const given = new Map<Value, NdArray>()
  for (const [name, array] of feeds) given.set(fed(graph, name), array)
  const run = new Run(graph.functions)
  const fedNodes = new Set([...given.keys()].map(v => v.node))
  const planned = planOf(
    outputs.map(v => v.node),
    fedNodes,
    outputs,
  )
  await run.readInnerConstants(planned.steps)
  return run.main(planned, given, outputs, progress)
}

/** Ops whose results may be fed over, are not initialised, or come in no certain order or, as factors, of no certain sign. */
const isOpen = (node: Node): boolean =>
  node.op === 'PlaceholderWithDefault' ||
  node.op === 'Empty' ||
  Object.hasOwn(factorKernels, node.op) ||
  (node.attrs.has('sorted') && !node.bool('sorted'))

/**
 * The results of one op without state, from the values of its inputs; undefined
 * where there is no kernel, or the result is not defined or has no constant form.
 */
export function evaluateNode(node: Node, inputs: readonly NdArray[]): readonly NdArray[] | undefined {
  const kernel = kernelOf(node.op)
  if (!kernel || node.def?.isStateful || isOpen(node)) return undefined
  if (inputs[0] && isCastBeyond(node, inputs[0])) return undefined
  try {
    const results = kernel(inputs, node)
    return results.every(isTensor) ? results : undefined
  } catch (error) {
    // Sizes that no array has, negative or infinite ones among them: TensorFlow refuses them when it runs.
    if (isFreezeError(error) || error instanceof RangeError) return undefined
    throw error
  }
}

/** Whether a result is one that TensorFlow could give, and that we write as a constant: of sizes that are whole. */
const isTensor = ({ dtype, shape }: NdArray): boolean =>
  dtype !== 'variant' &&
  dtype !== 'resource' &&
  !isComplex(dtype) &&
  shape.every(size => Number.isSafeInteger(size) && size >= 0)

/**
 * The ops on the way to `outputs`, and in all functions, that the evaluator cannot run; sorted. Those behind a Switch are
 * left out: whether they run is known when they do.
 */
export function missingKernels(graph: Graph, outputs: readonly Value[]): string[] {
  const missing = new Set<string>()
  const visit = (node: Node): void => {
    if (!kernelOf(node.op) && !runsItself(node) && !graph.functions.has(node.op)) missing.add(node.op)
  }
  const steps: Step[] = stepsOf(
    outputs.map(v => v.node),
    new Set(),
  )
  const conditional = behindSwitches(steps)
  for (let step = steps.pop(); step; step = steps.pop()) {
    if (isLoop(step)) steps.push(...step.steps)
    else if (!conditional.has(step)) visit(step)
  }
  for (const { body } of graph.functions.values()) for (const node of body.nodes) visit(node)
  return [...missing].sort()
}

/** The nodes that run only where a Switch lets them. */
function behindSwitches(steps: readonly Step[]): ReadonlySet<Node> {
  const found = new Set<Node>()
  for (const step of steps) {
    if (isLoop(step) || step.is('merge')) continue
    const before = [...step.inputs.map(({ node }) => node), ...step.controls]
    if (before.some(node => node.is('switch') || found.has(node))) found.add(step)
  }
  return found
}

function fed(graph: Graph, name: string): Value {
  const value = tensorNamed(graph, name)
  if (value) return value
  throw new FreezeError('missing', `there is no node '${tensorName(name).node}' to feed`)
}

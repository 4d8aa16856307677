/**
 * Control flow of TensorFlow 1 as functions, for readers that know no Switch, Merge and Enter, and for loops that are
 * to be unrolled: loops become While, conditionals If, and the arrays that go through loops lists.
 */
import { hasDataflow } from '../../../graph/flow.ts'
import type { Graph } from '../../../graph/graph.ts'
import { dropControls, isStackOp, meaningfulControls } from '../../state/control-edges.ts'
import { arraysToLists } from './arrays.ts'
import { conditionalsToFunctions } from './conditionals.ts'
import { loopsToFunctions } from './loops.ts'

export { unrollDataflow } from './unroll.ts'

/** Writes loops and conditionals as functions of the graph's library. Those that were built by hand may stay. */
export function functionalize(graph: Graph): void {
  if (!hasDataflow(graph)) return
  arraysToLists(graph)
  const names = loopsToFunctions(graph)
  const bodies = [graph, ...names.map(name => graph.functions.get(name)!.body)]
  for (const body of bodies)
    for (const name of conditionalsToFunctions(body)) bodies.push(graph.functions.get(name)!.body)
  for (const body of bodies) {
    dropControls(body, meaningfulControls(body, isStackOp))
    body.prune()
  }
}

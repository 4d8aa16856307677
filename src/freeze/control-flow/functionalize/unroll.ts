/** Loops of TensorFlow 1 whose number of turns is known become their turns, as those that are functions do. */
import type { Graph } from '../../../graph/graph.ts'
import { Expansion } from '../expand.ts'
import { flattenLists } from '../flatten-lists.ts'
import { arraysToLists } from './arrays.ts'
import { loopsToFunctions } from './loops.ts'

/** Unrolls; a loop that stays is written as it was before. Returns a sentence for each of them. */
export function unrollDataflow(graph: Graph): string[] {
  const [notes, shapes] = [[] as string[], new Map()]
  arraysToLists(graph)
  loopsToFunctions(graph)
  new Expansion(graph, true, { shapes, notes }).run(graph.roots())
  flattenLists(graph, shapes)
  graph.pruneFunctions()
  return notes
}

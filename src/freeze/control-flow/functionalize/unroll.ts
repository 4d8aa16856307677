/** Loops of TensorFlow 1 whose number of turns is known become their turns, as those that are functions do. */
import type { Graph } from '../../../graph/graph.ts'
import { Expansion } from '../expand.ts'
import { flattenLists } from '../flatten-lists.ts'
import { arraysToLists } from './arrays.ts'
import { loopsToFunctions } from './loops.ts'

/** Unrolls. A loop that stays is lowered again, or stays a While. Returns a sentence for each of them. */
export function unrollDataflow(graph: Graph, lower: boolean): string[] {
  const [notes, shapes] = [[] as string[], new Map()]
  arraysToLists(graph)
  loopsToFunctions(graph)
  new Expansion(graph, lower, { shapes, notes }).run(graph.roots())
  flattenLists(graph, shapes)
  graph.pruneFunctions()
  return notes
}

/** The engine that is always there: the interpreter of `evaluate/`. */
import { FreezeError } from '../errors.ts'
import { evaluate, missingKernels } from '../evaluate/evaluate.ts'
import type { Progress } from '../evaluate/run.ts'
import type { Graph } from '../graph/graph.ts'
import { tensorNamed } from '../graph/names.ts'
import type { Value } from '../graph/node.ts'
import type { Engine } from './engine.ts'

/** The interpreter. `progress` is called after each step of a run. */
export const embedded = (progress?: Progress): Engine => ({
  name: 'embedded',
  load: async ({ graph }) => ({
    engine: 'embedded',
    lacks: missingKernels(
      graph,
      graph.outputs.map(port => port.value),
    ),
    run: (feeds, fetches) =>
      evaluate(
        graph,
        feeds,
        fetches.map(name => fetched(graph, name)),
        progress,
      ),
    close() {},
  }),
})

function fetched(graph: Graph, name: string): Value {
  const value = tensorNamed(graph, name)
  if (value) return value
  throw new FreezeError('missing', `there is no tensor '${name}' to fetch`, {
    hint: 'Write node:0 with the name of a node of the graph.',
  })
}

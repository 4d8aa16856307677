/** Ops that initialise variables which stay, named among the outputs. */
import { inOrder } from '../graph/flow.ts'
import { nodeNamed } from '../graph/names.ts'
import type { Choice } from './choice.ts'

/**
 * Names among outputs that give no tensor, beside variables that stay: the ops that initialise these (`v/Assign`, or an
 * `init` that waits for them). They stay, for whoever loads the graph to run, but for what they do to variables that
 * become constants. Returns the other names.
 */
export function holdInitOps(
  { graph, options }: Choice,
  names: readonly string[] | undefined,
  notes: string[],
): readonly string[] | undefined {
  const kept = new Set(options.keepVariables)
  if (kept.size === 0) return names
  return names?.filter(name => {
    const node = nodeNamed(graph, name)
    if (node?.outputTypes?.length !== 0) return true
    for (const join of inOrder([node]).filter(each => each.is('join')))
      for (const before of join.controls)
        if (before.is('writes') && !kept.has(before.input(0).node.name)) join.removeControl(before)
    graph.controlOutputs.set(node.name, node)
    notes.push(`${node.name} gives no tensor: what loads the graph runs it once, before anything else.`)
    return false
  })
}

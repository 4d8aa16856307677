/** Finds the placeholder that alone decides whether a node runs: `is_training` of a batch norm's update. */
import type { Node } from '../../graph/node.ts'

/** The bool placeholder whose value decides a branch that the node is in; undefined where none does alone. */
export function decidingPlaceholder(node: Node): Node | undefined {
  for (const above of ancestors(node)) {
    if (!above.is('switch')) continue
    const deciders = [...ancestors(above.inputs[1]!.node)].filter(decides)
    const [only] = deciders
    if (only && deciders.length === 1 && only.attr('dtype') && only.type('dtype') === 'bool') return only
  }
  return undefined
}

/** The sources that may decide a condition; constants decide nothing by themselves. */
const decides = (node: Node): boolean =>
  node.is('placeholder', 'random', 'variable') || (node.inputs.length === 0 && !node.is('constant'))

/** The node and all that it reads or waits for, the nearest first. */
function* ancestors(start: Node): Generator<Node> {
  const seen = new Set([start])
  for (const node of seen) {
    yield node
    for (const { node: input } of node.inputs) seen.add(input)
    for (const before of node.controls) seen.add(before)
  }
}

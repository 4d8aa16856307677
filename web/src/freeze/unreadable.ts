/** The nodes that an error is about: a button each, that shows it in the graph. */
import { h } from '../dom.ts'
import type { Failure } from '../protocol.ts'

/** Nodes that get a button; the sentence of the error names all of them. */
const MAX_NODES = 200

/** The buttons; nothing where the error is about no node. */
export function nodesAtFault({ node, nodes = [] }: Failure, show: (node: string) => void): HTMLElement[] {
  if (node === undefined) return []
  if (nodes.length < 2) {
    return [h('button', { type: 'button', class: 'small', onclick: () => show(node) }, 'Show the node')]
  }
  return [
    h('p', { class: 'where' }, 'Show the node:'),
    h(
      'ul',
      { class: 'at-fault' },
      nodes
        .slice(0, MAX_NODES)
        .map(each =>
          h(
            'li',
            {},
            h('button', { type: 'button', class: 'link', onclick: () => show(each.node) }, each.node),
            ` ${each.op}`,
          ),
        ),
    ),
  ]
}

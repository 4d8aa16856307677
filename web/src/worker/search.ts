/** Finds nodes by name, op or attribute, in the main graph and in all functions. */
import type { Graph } from '../../../src/graph/graph.ts'
import type { Node } from '../../../src/graph/node.ts'
import { printAttr } from '../../../src/graph/text/attrs.ts'
import { bodiesOf, readableFunction } from '../../../src/picture/bodies.ts'
import type { Instance } from '../../../src/picture/box.ts'
import type { Hit, SearchResult, Viewpoint } from '../protocol.ts'
import type { Session } from './session.ts'

const MAX_HITS = 200
/** Elements of a tensor attribute that a text is looked for in. */
const MAX_ELEMENTS = 8

/** A word of a query: `conv`, `op:Conv2D`, `padding=SAME`. */
type Word = (node: Node) => boolean | string

/** Nodes for which every word of the text holds; those whose op or last name is the text come first. */
export function search(session: Session, params: Viewpoint & { readonly text: string }): SearchResult {
  const text = params.text.trim().toLowerCase()
  const words = text.split(/\s+/).filter(Boolean).map(wordOf)
  if (words.length === 0) return { hits: [], total: 0, hidden: 0 }
  const { main } = session.scene(params)
  const found: (Hit & { readonly rank: number })[] = []
  for (const place of places(main.graph, node => main.items.has(node))) {
    for (const node of place.nodes) {
      const results = words.map(word => word(node))
      if (results.includes(false) || node.op === '_Arg') continue
      const attribute = results.find(result => typeof result === 'string')
      found.push({ ...hit(node, place), ...(typeof attribute === 'string' && { attribute }), rank: rank(node, text) })
    }
  }
  const hits = found.sort((a, b) => a.rank - b.rank).slice(0, MAX_HITS)
  return { hits: hits.map(({ rank: _, ...rest }) => rest), total: found.length, hidden: hiddenMatches(main, words) }
}

/** Matches in the main graph that the picture leaves out, since no output needs them. */
const hiddenMatches = ({ graph, items }: Instance, words: readonly Word[]): number =>
  items.size === graph.nodes.size
    ? 0
    : [...graph.nodes].filter(node => !items.has(node) && words.every(word => word(node) !== false)).length

const hit = ({ name, op }: Node, { prefix, inside }: Place): Hit => ({
  id: prefix + name,
  name,
  op,
  ...(inside !== undefined && { inside }),
})

function rank(node: Node, text: string): number {
  const name = node.name.toLowerCase()
  if (name === text || name.endsWith(`/${text}`)) return 0
  if (node.op.toLowerCase() === text) return 1
  return node.op === 'Const' ? 3 : 2
}

function wordOf(word: string): Word {
  const equals = word.indexOf('=')
  if (equals > 0) return node => matchingAttribute(node, word.slice(0, equals), word.slice(equals + 1))
  if (word.startsWith('op:')) return node => node.op.toLowerCase().includes(word.slice(3))
  if (word.startsWith('name:')) return node => node.name.toLowerCase().includes(word.slice(5))
  return node => node.name.toLowerCase().includes(word) || node.op.toLowerCase().includes(word)
}

function matchingAttribute(node: Node, name: string, value: string): string | false {
  for (const [key, attr] of node.attrs) {
    if (!key.toLowerCase().includes(name)) continue
    const text = printAttr(attr, undefined, MAX_ELEMENTS)
    if (text.toLowerCase().includes(value)) return `${key}: ${text.slice(0, 80)}`
  }
  return false
}

interface Place {
  readonly graph: Graph
  readonly nodes: readonly Node[]
  readonly prefix: string
  readonly inside?: string
}

/** Every graph once, where it is first called; a function that nothing calls is not in the picture. */
function places(main: Graph, isShown: (node: Node) => boolean): Place[] {
  const found: Place[] = [{ graph: main, nodes: [...main.nodes].filter(isShown), prefix: '' }]
  const seen = new Set<Graph>([main])
  for (let i = 0; i < found.length; i++) {
    const { graph, nodes, prefix } = found[i]!
    for (const node of nodes) {
      for (const { attr, name, body } of bodiesOf(node, graph)) {
        if (seen.has(body)) continue
        seen.add(body)
        found.push({
          graph: body,
          nodes: [...body.nodes],
          prefix: `${prefix}${node.name}|${attr}|`,
          inside: readableFunction(name),
        })
      }
    }
  }
  return found
}

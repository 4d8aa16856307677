/**
 * The names that a user gives: signature keys, tensor names, node names, and
 * tails of node names. A node inside a function can be named only once the
 * function is inlined, so names are resolved before and after that.
 */
import { FreezeError } from '../errors.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import type { SignatureTensor } from '../models/model.ts'

/** What a name was found to mean. */
export interface Named {
  readonly value: Value
  /** The entry of the signature, where the name is its key or its tensor. */
  readonly entry?: SignatureTensor
  /** The node's own name was given, not a tensor's or a key. */
  readonly isNode: boolean
}

/** The value of a key, a tensor or a node of the graph; undefined where there is none by this very name. */
export function resolveExactly(graph: Graph, name: string, entries: readonly SignatureTensor[]): Named | undefined {
  const byKey = entries.find(entry => entry.key === name)
  if (byKey) return { value: valueNamed(graph, String(byKey.value))!, entry: byKey, isNode: false }
  const value = valueNamed(graph, name)
  if (!value) return undefined
  const entry = entries.find(e => e.value.node.name === value.node.name && e.value.index === value.index)
  return { value, isNode: graph.node(name) !== undefined, ...(entry && { entry }) }
}

/** `node` or `node:1` as a value. */
export function valueNamed(graph: Graph, name: string): Value | undefined {
  const whole = graph.node(name)
  if (whole) return whole.out()
  const [, node, index] = /^(.*):(\d+)$/s.exec(name) ?? []
  const found = node === undefined ? undefined : graph.node(node)
  if (!found || (found.outputTypes && Number(index) >= found.outputTypes.length)) return undefined
  return found.out(Number(index))
}

/**
 * The value that a name, or the tail of one, means. Throws `missing` with the
 * nearest names, or with all that end so.
 */
export function resolveByTail(graph: Graph, name: string, what: 'output' | 'input', keys: readonly string[]): Value {
  const exact = valueNamed(graph, name)
  if (exact) return exact
  const [, tail, index] = /^(.*?)(?::(\d+))?$/s.exec(name)! // a name of a damaged file may have several lines
  const ends = [...graph.nodes].filter(node => node.name.endsWith(`/${tail}`))
  if (ends.length === 1) return ends[0]!.out(Number(index ?? 0))
  if (ends.length > 1) refuseAmbiguous(name, ends)
  const nearest = nearestNames(name, [...keys, ...[...graph.nodes].filter(hasOutput).map(node => node.name)])
  throw new FreezeError('missing', `there is no ${what} '${name}': no signature key, tensor or node is called so`, {
    hint: nearest.length > 0 ? `Nearest: ${nearest.join(', ')}.` : `List the model's names with tfreeze inspect.`,
  })
}

const hasOutput = (node: Node): boolean => node.def?.outputs.length !== 0

function refuseAmbiguous(name: string, nodes: readonly Node[]): never {
  const names = nodes.slice(0, MAX_LISTED).map(node => node.name)
  const more = nodes.length > MAX_LISTED ? ` and ${nodes.length - MAX_LISTED} more` : ''
  throw new FreezeError('missing', `'${name}' is the end of ${nodes.length} names: ${names.join(', ')}${more}`, {
    hint: 'Give one of them in full.',
  })
}

/** How many names a message lists. */
const MAX_LISTED = 5

/** The names that differ least from `name`, the nearest first. A name counts by its end too: users leave out scopes. */
export function nearestNames(name: string, candidates: readonly string[]): string[] {
  const limit = Math.floor(name.length / 2)
  const ranked: { candidate: string; distance: number }[] = []
  for (const candidate of new Set(candidates)) {
    const tail = candidate.split('/').slice(-name.split('/').length).join('/')
    const distance = Math.min(editDistance(name, candidate, limit), editDistance(name, tail, limit))
    if (distance <= limit) ranked.push({ candidate, distance })
  }
  ranked.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
  return ranked.slice(0, MAX_LISTED).map(({ candidate }) => candidate)
}

/** All of these names, those that differ least from `name` first. */
export const nearestFirst = (name: string, names: readonly string[]): string[] => [
  ...new Set([...nearestNames(name, names), ...names]),
]

/** Insertions, deletions and replacements that make `b` of `a` (Levenshtein), in small letters; above `limit`, any number above it. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  let row = Array.from({ length: y.length + 1 }, (_, j) => j)
  for (let i = 1; i <= x.length; i++) {
    const next = [i]
    for (let j = 1; j <= y.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (x[i - 1] === y[j - 1] ? 0 : 1)))
    }
    if (Math.min(...next) > limit) return limit + 1
    row = next
  }
  return row[y.length]!
}

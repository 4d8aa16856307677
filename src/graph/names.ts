/** Names: of nodes and tensors, legal ones, fresh ones, and those that a user may have meant. */
import type { Graph } from './graph.ts'
import type { Node, Value } from './node.ts'

/** A tensor's name in its parts: `a:1` is output 1 of `a`, and `a` is output 0. */
export interface TensorName {
  readonly node: string
  readonly index: number
}

/** Splits `a` or `a:1`. A name in a damaged file may have several lines. */
export function tensorName(name: string): TensorName {
  if (!name.includes(':')) return { node: name, index: 0 }
  const [, node = name, index = '0'] = /^(.*):(\d+)$/s.exec(name) ?? []
  return { node, index: Number(index) }
}

/** The value that `a` or `a:1` names; undefined where the graph has no such node or output. */
export function tensorNamed(graph: Graph, name: string): Value | undefined {
  const whole = graph.node(name)
  if (whole) return whole.out()
  const { node, index } = tensorName(name)
  const found = graph.node(node)
  if (!found || (found.outputTypes && index >= found.outputTypes.length)) return undefined
  return found.out(index)
}

/** The node that a name means, written as a node's, a tensor's or a control input's: `a`, `a:0`, `^a`. */
export const nodeNamed = (graph: Graph, name: string): Node | undefined =>
  graph.node(tensorName(name.replace(/^\^/, '')).node)

/** A key as a node's name: illegal characters become `_`, and what may not come first has an `x` before it. */
export function legalName(key: string): string {
  const name = key.replace(/[^A-Za-z0-9_.\\/>-]/g, '_')
  return /^[A-Za-z0-9.]/.test(name) ? name : `x${name}`
}

/** `base_1`, `base_2`, …: the first that is not taken. */
export function numbered(base: string, isTaken: (name: string) => boolean): string {
  for (let i = 1; ; i++) {
    const name = `${base}_${i}`
    if (!isTaken(name)) return name
  }
}

/** `base` where it is free, else the first of its numbers that is. */
export const freshName = (base: string, isTaken: (name: string) => boolean): string =>
  isTaken(base) ? numbered(base, isTaken) : base

/** How many names a message lists. */
export const MAX_LISTED = 5

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

/**
 * Whether the node is the placeholder by which Keras 2 of TensorFlow 1 knows whether it trains. Keras makes it once in
 * a graph; importing the graph into another puts it into a scope, or gives it a number.
 */
export const isLearningPhase = (node: Node): boolean =>
  node.role?.kind === 'placeholder' &&
  !node.role.hasDefault &&
  /(^|\/)keras_learning_phase(_\d+)?$/.test(node.name) &&
  node.type('dtype') === 'bool'

/** Orders names as people count: `block_2` comes before `block_10`. */
export function naturalOrder(a: string, b: string): number {
  const [x, y] = [a, b].map(name => name.split(/(\d+)/)) as [string[], string[]]
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const [p, q] = [x[i]!, y[i]!]
    if (p === q) continue
    const byNumber = i % 2 === 1 ? Number(p) - Number(q) : 0
    return byNumber || (p < q ? -1 : 1)
  }
  return x.length - y.length
}

/** An op with its article: `a Relu`, `an Unpack`, `a Unique`. */
export const anOp = ({ op: name }: Node): string => `${/^([AEIO]|U(?!ni))/.test(name) ? 'an' : 'a'} ${name}`

/** The first names of a list, and how many more there are. */
export const listed = (names: readonly string[]): string =>
  names.length <= MAX_LISTED
    ? names.join(', ')
    : `${names.slice(0, MAX_LISTED).join(', ')} and ${names.length - MAX_LISTED} more`

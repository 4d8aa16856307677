/**
 * Groups of boxes in a crowded scope: those whose names begin alike (`block_3`), then
 * those between two places that everything runs through, by the name of the box that
 * joins them (`mixed3`). A group never reads what reads it: it can be drawn as one box.
 */
import { needsOf } from '../graph/flow.ts'
import type { Node } from '../graph/node.ts'
import type { Box, Item, Scope } from './box.ts'
import { beginning, commonBeginning, wordsOf } from './names.ts'

/** Boxes that are to be one, and what they are called. */
export interface Group {
  readonly name: string
  readonly boxes: readonly Box[]
  /** The prefix of all their names; absent where they share none. */
  readonly start?: string
}

/** A scope with more boxes is looked through for groups. */
const FEW = 12
/** A group that holds a larger share of its scope explains nothing. */
const MAX_SHARE = 0.6
/** Boxes between those of a group, to one of its own, with which its name says too little of what it holds. */
const MAX_STRANGE = 0.5
/** Boxes of a large scope among which one of a group is, from its first to its last, with which it is not looked into. */
const SCATTERED = 20
/** Words of a name that are looked at. */
const MAX_WORDS = 6

/** The boxes of a scope, in their order, with groups in the place of the first of each. */
export function groupsOf(scope: Scope, start = ''): readonly (Box | Group)[] {
  const { children } = scope
  if (children.length <= FEW) return children
  const reads = readsBetween(scope)
  const words = wordsOf(start).length + 1
  return merged(children, named(children, reads, words)) ?? merged(children, joined(children, reads)) ?? children
}

/** Which children each child reads, by their positions. */
type Reads = readonly ReadonlySet<number>[]

function readsBetween({ children }: Scope): Reads {
  const holder = new Map<Node, number>()
  const items: Item[] = []
  const stack = children.map((box, at) => ({ box, at }))
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { box, at } = next
    if (box.kind === 'scope') {
      for (const inner of box.children) stack.push({ box: inner, at })
      continue
    }
    holder.set(box.node, at)
    items.push(box)
  }
  const reads = children.map(() => new Set<number>())
  for (const { node } of items) {
    const to = holder.get(node)!
    for (const need of needsOf(node)) {
      const from = holder.get(need)
      // A node that closes a loop of TensorFlow 1 is read before it is computed, and is no obstacle.
      if (from !== undefined && from < to) reads[to]!.add(from)
    }
  }
  return reads
}

/** Groups by the first words of names: of the first word, or of two where the first would hold nearly all. */
function named(children: readonly Box[], reads: Reads, words: number): Group[] {
  const isTooLarge = ({ boxes }: Pick<Group, 'boxes'>): boolean => boxes.length > children.length * MAX_SHARE
  const candidates: Group[] = []
  let tooLarge: readonly Pick<Group, 'boxes'>[] = [{ boxes: children }]
  for (let count = words; count <= MAX_WORDS && tooLarge.length > 0; count++) {
    const parts = tooLarge.flatMap(({ boxes }) => alike(boxes, count))
    candidates.push(...parts.filter(group => !isTooLarge(group)))
    tooLarge = parts.filter(isTooLarge)
  }
  return withoutLoops(children, reads, closed(children, reads, candidates))
}

/**
 * Groups with all that lies between their boxes: the sums that join the blocks of a stage are not called like it. A
 * group with boxes of other groups between its own, or with too many, is left out, the one that has the most first.
 */
function closed(children: readonly Box[], reads: Reads, candidates: readonly Group[]): Group[] {
  const position = new Map(children.map((child, i) => [child, i]))
  let kept = candidates.map(group => {
    const own = group.boxes.map(box => position.get(box)!)
    const isScattered = children.length > MANY && own.at(-1)! - own[0]! > SCATTERED * own.length
    const between = isScattered ? [] : waysBetween(own, reads)
    return { group, own, between, share: isScattered ? Infinity : between.length / own.length }
  })
  for (;;) {
    const held = new Set(kept.flatMap(({ own }) => own))
    const torn = kept.filter(({ between, share }) => share > MAX_STRANGE || between.some(i => held.has(i)))
    if (torn.length === 0) break
    const worst = torn.reduce((a, b) => (b.share > a.share ? b : a))
    kept = kept.filter(one => (children.length > MANY ? !torn.includes(one) : one !== worst))
  }
  const holder = new Map<number, Group>()
  for (const { group, own } of kept) for (const i of own) holder.set(i, group)
  for (const { group, between } of kept) for (const i of between) if (!holder.has(i)) holder.set(i, group)
  addJoins(holder, reads)
  const boxes = new Map<Group, Box[]>(kept.map(({ group }) => [group, []]))
  for (const [i, child] of children.entries()) boxes.get(holder.get(i)!)?.push(child)
  return [...boxes].map(([group, all]) => ({ ...group, boxes: all }))
}

/** Puts a box that only joins what a group gives into the group: the last sum of a stage. */
function addJoins(holder: Map<number, Group>, reads: Reads): void {
  for (const [i, sources] of reads.entries()) {
    const [first, ...others] = [...sources].map(from => holder.get(from))
    if (!holder.has(i) && first && others.length > 0 && others.every(group => group === first)) holder.set(i, first)
  }
}

/** The boxes on ways from one of these to another that are none of these; all by position, in order. */
function waysBetween(own: readonly number[], reads: Reads): readonly number[] {
  const [start, end] = [own[0]!, own.at(-1)!]
  const [isOwn, isBehind, isBefore] = [0, 1, 2].map(() => new Uint8Array(end - start + 1)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  for (const i of own) isOwn[i - start] = 1
  for (let i = start; i <= end; i++) {
    let is = isOwn[i - start]!
    for (const from of reads[i]!) if (from >= start) is |= isBehind[from - start]!
    isBehind[i - start] = is
  }
  for (let i = end; i >= start; i--) {
    if (!isOwn[i - start] && !isBefore[i - start]) continue
    for (const from of reads[i]!) if (from >= start) isBefore[from - start] = 1
  }
  return Array.from(isBehind.keys(), i => i + start).filter(
    i => isBehind[i - start] && isBefore[i - start] && !isOwn[i - start],
  )
}

/** Boxes whose names share their first words, where there are several. */
function alike(boxes: readonly Box[], words: number): Group[] {
  const groups = new Map<string, Box[]>()
  for (const box of boxes) {
    const start = beginning(box.label, words)
    if (start === undefined) continue
    const known = groups.get(start)
    if (known) known.push(box)
    else groups.set(start, [box])
  }
  return [...groups]
    .filter(([, held]) => held.length > 1)
    .map(([least, held]) => {
      const start = commonBeginning(
        held.map(box => box.label),
        least,
      )
      return { name: start, boxes: held, start }
    })
}

/** Boxes of a scope after which groups in a circle are left out all at once. */
const MANY = 1000

/** Leaves out the largest group of a circle of groups that read each other, until there is no circle. */
function withoutLoops(children: readonly Box[], reads: Reads, candidates: Group[]): Group[] {
  let groups = candidates
  while (groups.length > 0) {
    const circle = onCircles(children, reads, groups)
    if (circle.length === 0) return groups
    const largest = circle.reduce((a, b) => (b.boxes.length > a.boxes.length ? b : a))
    groups = groups.filter(group => (children.length > MANY ? !circle.includes(group) : group !== largest))
  }
  return groups
}

/** The groups that cannot be put into an order with all else: what is left once what reads nothing that is left has gone. */
function onCircles(children: readonly Box[], reads: Reads, groups: readonly Group[]): Group[] {
  const groupOf = groupsByBox(groups)
  const key = children.map((child, i) => groupOf.get(child) ?? i)
  const waits = new Map<Group | number, Set<Group | number>>(key.map(k => [k, new Set()]))
  const readers = new Map<Group | number, Set<Group | number>>(key.map(k => [k, new Set()]))
  for (const [to, sources] of reads.entries()) {
    for (const from of sources) {
      const [before, after] = [key[from]!, key[to]!]
      if (before === after) continue
      waits.get(after)!.add(before)
      readers.get(before)!.add(after)
    }
  }
  strip(waits, readers)
  strip(readers, waits) // what is only behind a circle is not on it
  return [...waits.keys()].filter(k => typeof k !== 'number')
}

const groupsByBox = (groups: readonly Group[]): ReadonlyMap<Box, Group> =>
  new Map(groups.flatMap(group => group.boxes.map(box => [box, group] as const)))

/** Takes away, again and again, what waits for nothing. */
function strip<K>(waits: Map<K, Set<K>>, readers: Map<K, Set<K>>): void {
  const free = [...waits].filter(([, before]) => before.size === 0).map(([k]) => k)
  for (let next = free.pop(); next !== undefined; next = free.pop()) {
    for (const reader of readers.get(next) ?? []) {
      const before = waits.get(reader)!
      before.delete(next)
      if (before.size === 0) free.push(reader)
    }
    waits.delete(next)
    readers.delete(next)
  }
}

/** Boxes between two boxes that everything runs through, with the one that joins them. */
function joined(children: readonly Box[], reads: Reads): Group[] {
  const groups: Group[] = []
  const lastReader = children.map((_, i) => i)
  for (const [to, sources] of reads.entries())
    for (const from of sources) lastReader[from] = Math.max(lastReader[from]!, to)
  let reach = 0
  let start = 0
  for (let i = 0; i < children.length; i++) {
    // Before box i, nothing but what it reads itself is still wanted.
    if (i > 0 && reach <= i) {
      const between = children.slice(start + 1, i + 1)
      const isJoin = reads[i]!.size > 1
      if (between.length > 2 && isJoin) groups.push({ name: children[i]!.label, boxes: between })
      start = i
    }
    reach = Math.max(reach, lastReader[i]!)
  }
  return groups
}

/** Undefined where there are no groups. */
function merged(children: readonly Box[], groups: readonly Group[]): readonly (Box | Group)[] | undefined {
  if (groups.length === 0) return undefined
  const groupOf = groupsByBox(groups)
  const seen = new Set<Group>()
  return children.flatMap((child): (Box | Group)[] => {
    const group = groupOf.get(child)
    if (!group) return [child]
    if (seen.has(group)) return []
    seen.add(group)
    return [group]
  })
}

/** How boxes come to be in boxes: scopes that are worth a box, groups in them, runs where there are too many. */
import type { Box, Scope } from './box.ts'
import { type Group, groupsOf } from './groups.ts'
import { behind, fromTo } from './names.ts'

/** Boxes in one scope that can still be drawn; of more, runs are. */
const MAX_CHILDREN = 120
/** Runs that such a scope is divided into, and at the least what one holds. */
const RUNS = 24

/** A scope that holds nothing goes; one that holds a single box gives way to it. */
export function tidy(scope: Scope): void {
  scope.children = scope.children.flatMap(child => {
    if (child.kind === 'node') return [child]
    if (child.children.length === 0) return []
    const [only, ...others] = child.children
    if (!only || others.length > 0) return [child]
    only.label = `${child.label}/${only.label}`
    return [only]
  })
  for (const child of scope.children) child.parent = scope
  scope.size = sizeOf(scope.children)
}

/** Gathers the boxes of a scope in groups, those in groups of their own, and divides what is still too much. */
export function group(scope: Scope): void {
  const stack = [{ scope, start: '' }]
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { scope: at, start } = next
    at.children = groupsOf(at, start).map(found => {
      if (!('boxes' in found)) return Object.assign(found, { label: behind(found.label, start) })
      const made = groupScope(at, found)
      stack.push({ scope: made, start: found.start ?? '' })
      return made
    })
    divide(at)
  }
}

function groupScope(parent: Scope, { name, boxes }: Group): Scope {
  const { scopes } = parent.instance
  // Groups in a group are called by the whole name still: it begins as that of the group around them.
  const path =
    parent.role === 'group' || parent.role === 'run' ? parent.id.slice(0, parent.id.lastIndexOf('/') + 1) : parent.id
  let id = `${path}${name}*`
  while (scopes.has(id)) id += '*'
  return around(boxes, parent, { id, label: name, role: 'group' })
}

/** Puts boxes of a scope in one of their own. */
function around(boxes: readonly Box[], parent: Scope, named: Pick<Scope, 'id' | 'label' | 'role'>): Scope {
  const { instance } = parent
  const made: Scope = { kind: 'scope', ...named, instance, parent, children: [...boxes], size: sizeOf(boxes) }
  instance.scopes.set(made.id, made)
  for (const child of boxes) child.parent = made
  return made
}

const sizeOf = (boxes: readonly Box[]): number => boxes.reduce((n, box) => n + (box.kind === 'scope' ? box.size : 1), 0)

/** Divides a crowded scope into runs, in the order of computation, until none is crowded. */
function divide(scope: Scope): void {
  if (scope.children.length <= MAX_CHILDREN) return
  const crowded: Scope[] = [scope]
  for (let next = crowded.pop(); next; next = crowded.pop()) {
    const length = Math.max(RUNS, Math.ceil(next.children.length / RUNS))
    const runs: Scope[] = []
    const base = next.role === 'run' ? Number(/#(\d+)-\d+$/.exec(next.id)![1]) : 0
    for (let start = 0; start < next.children.length; start += length) {
      const run = runOf(scope, next, base + start, next.children.slice(start, start + length))
      runs.push(run)
      if (run.children.length > MAX_CHILDREN) crowded.push(run)
    }
    next.children = runs
  }
}

function runOf(scope: Scope, parent: Scope, start: number, boxes: readonly Box[]): Scope {
  const id = `${scope.id}#${start}-${start + boxes.length - 1}`
  return around(boxes, parent, { id, label: fromTo(boxes[0]!.label, boxes.at(-1)!.label), role: 'run' })
}

/** The small words on boxes: what is folded into them, and how much of what they hold has changed. */

import { byteLength, type Tensor } from '../tensor/tensor.ts'
import { foldedOrigin } from './folded.ts'
import type { Annotations, Badge, Mark } from './parts.ts'
import { type Box, type Item, parentOf, type Scene } from './scene.ts'

/** What is folded into a node: its variables and its constants. */
export function foldedBadges(items: ReadonlySet<Item>): Badge[] {
  const origins = new Set([...items].map(item => foldedOrigin(item.node)))
  const constants = [...origins].filter(node => node.op === 'Const')
  const variables = origins.size - constants.length
  const badges: Badge[] = []
  if (variables > 0) badges.push({ kind: 'variable', text: variables === 1 ? '1 variable' : `${variables} variables` })
  if (constants.length > 0) badges.push({ kind: 'constant', text: constantsText(constants.map(c => c.out().tensor)) })
  return badges
}

function constantsText(tensors: readonly (Tensor | undefined)[]): string {
  const [first] = tensors
  if (tensors.length === 1 && first)
    return first.shape.length === 0 ? '1 constant' : `[${first.shape.join(',')}] constant`
  const bytes = tensors.reduce((n, t) => n + (t ? byteLength(t) : 0), 0)
  return `${tensors.length} constants${bytes >= 10_000 ? `, ${shortBytes(bytes)}` : ''}`
}

function shortBytes(count: number): string {
  if (count < 1_000_000) return `${Math.round(count / 1000)} kB`
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(1)} GB`
}

/** How many marked nodes each scope holds. */
export function countMarks(scene: Scene, { marks }: Annotations): ReadonlyMap<Box, ReadonlyMap<Mark, number>> {
  const counts = new Map<Box, Map<Mark, number>>()
  if (!marks || marks.size === 0) return counts
  for (const item of scene.main.items.values()) {
    const mark = marks.get(item.id)
    if (!mark || item.isFolded) continue
    for (let at: Box | undefined = item.parent; at; at = parentOf(at)) {
      const held = counts.get(at) ?? new Map<Mark, number>()
      held.set(mark, (held.get(mark) ?? 0) + 1)
      counts.set(at, held)
    }
  }
  return counts
}

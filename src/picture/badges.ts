/** The small words on boxes: what is folded into them, and how much of what they hold has changed. */

import type { Node } from '../graph/node.ts'
import { byteLength, elementCount, type Tensor } from '../tensor/tensor.ts'
import { type Box, type Item, parentOf } from './box.ts'
import { foldedOrigin } from './folded.ts'
import type { Annotations, Badge, Mark } from './parts.ts'
import type { Scene } from './scene.ts'

/** The variables and constants that are folded into a node or a layer of a scene. */
export function foldedBadges(scene: Scene, items: ReadonlySet<Item>): Badge[] {
  const origins = new Set([...items].map(item => originOf(scene, item)))
  const constants = [...origins].filter(node => node.op === 'Const')
  const variables = [...origins].filter(node => node.op !== 'Const')
  const badges: Badge[] = []
  if (variables.length > 0) badges.push({ kind: 'variable', text: weightsText('variable', variables.map(shapeOf)) })
  if (constants.length > 0) badges.push({ kind: 'constant', text: constantsText(constants.map(c => c.out().tensor)) })
  return badges
}

/** The node that a folded node stands for, outside of the calls that hand a variable in. */
function originOf(scene: Scene, { node, instance }: Item): Node {
  const origin = foldedOrigin(node)
  const { item } = (origin.op === '_Arg' && scene.source(instance, origin.out(), () => false)) || {}
  return item ? foldedOrigin(item.node) : origin
}

/** For a variable, as far as its own node tells. */
function shapeOf(variable: Node): readonly number[] | undefined {
  const shape = variable.attr('shape')
  if (shape?.kind !== 'shape' || shape.value === null) return undefined
  return shape.value.every(size => size !== null) ? (shape.value as readonly number[]) : undefined // just looked at
}

function constantsText(tensors: readonly (Tensor | undefined)[]): string {
  const bytes = tensors.reduce((n, t) => n + (t ? byteLength(t) : 0), 0)
  const text = weightsText(
    'constant',
    tensors.map(tensor => tensor?.shape),
  )
  return tensors.length > 1 && bytes >= 10_000 ? `${text}, ${shortBytes(bytes)}` : text
}

/** The shape of the largest, and how many others there are: `[3,3,3,32] + 4 constants`. */
function weightsText(what: string, shapes: readonly (readonly number[] | undefined)[]): string {
  const largest = shapes.reduce((a, b) => (elements(b) > elements(a) ? b : a), undefined)
  const others = largest ? shapes.length - 1 : shapes.length
  const counted = `${others} ${what}${others === 1 ? '' : 's'}`
  if (!largest) return counted
  return `[${largest.join(',')}] ${others === 0 ? what : `+ ${counted}`}`
}

/** 0 for what is not known, and for a single number: neither has a shape to tell. */
const elements = (shape: readonly number[] | undefined): number => (shape && shape.length > 0 ? elementCount(shape) : 0)

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

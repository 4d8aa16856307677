/** Which boxes are open when a graph is first looked at. */
import type { Box } from './box.ts'
import type { Scene } from './scene.ts'

/** Boxes of a first picture: as many as fit a screen. */
const ENOUGH = 32

/**
 * Opens boxes from the outside in while the picture stays small: a model that is
 * one call, or one scope, is seen from the inside at once.
 */
export function firstView(scene: Scene): Set<string> {
  const open = new Set<string>()
  let count = scene.main.root.children.length
  const queue: Box[] = [...scene.main.root.children]
  for (let next = 0; next < queue.length; next++) {
    const box = queue[next]!
    if (box.kind === 'scope' && box.role === 'run') continue
    const children = scene.children(box)
    const isWorthIt = children.length > 0 && count - 1 + children.length <= ENOUGH
    if (!isWorthIt && !(queue.length <= 8 && children.length > 0 && children.length <= ENOUGH)) continue
    open.add(box.id)
    count += children.length - 1
    queue.push(...children)
  }
  return open
}

/** Which boxes are open when a graph is first looked at. */
import type { Box } from './box.ts'
import { isSmall, layerOf } from './described.ts'
import type { Scene } from './scene.ts'

/** Boxes of a first picture: as many as fit a screen. */
const ENOUGH = 32

/**
 * Opens boxes from the outside in while the picture stays small. Boxes beside each
 * other are opened all or not at all, so that blocks that are alike look alike; a box
 * that holds more than half of what is there is opened alone: a model that is one call,
 * or one scope, is seen from the inside at once. A Keras layer stays closed.
 */
export function firstView(scene: Scene): Set<string> {
  const open = new Set<string>()
  let level: readonly Box[] = scene.main.root.children
  let count = level.length
  while (level.length > 0) {
    const openable = level.filter(box => scene.children(box).length > 0 && !staysClosed(box, scene))
    const fits = (boxes: readonly Box[]): boolean => count + added(boxes, scene) <= ENOUGH
    const half = level.reduce((sum, box) => sum + sizeOf(box, scene), 0) / 2
    const opened = fits(openable) ? openable : openable.filter(box => sizeOf(box, scene) > half && fits([box]))
    for (const box of opened) open.add(box.id)
    count += added(opened, scene)
    level = opened.flatMap(box => scene.children(box))
  }
  return open
}

/** How many more boxes there are once these are open. */
const added = (boxes: readonly Box[], scene: Scene): number =>
  boxes.reduce((sum, box) => sum + scene.children(box).length - 1, 0)

const sizeOf = (box: Box, scene: Scene): number =>
  box.kind === 'scope' ? box.size : scene.bodies(box).reduce((sum, { root }) => sum + root.size, 1)

const staysClosed = (box: Box, { layers }: Scene): boolean =>
  box.kind === 'scope' && (box.role === 'run' || (isSmall(box) && layerOf(box, layers) !== undefined))

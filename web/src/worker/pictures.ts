/** Pictures for the page: which boxes are open, and where everything goes. */

import { type Box, type Item, parentOf } from '../../../src/picture/box.ts'
import { firstView } from '../../../src/picture/first-view.ts'
import { picture } from '../../../src/picture/picture.ts'
import type { Scene } from '../../../src/picture/scene.ts'
import type { Methods, PictureParams, PictureResult, Viewpoint } from '../protocol.ts'
import type { Session } from './session.ts'

/** Boxes that are drawn at once. */
const MAX_BOXES = 300

export async function pictureOf(session: Session, params: PictureParams): Promise<PictureResult> {
  const scene = session.scene(params)
  const open = params.open ? closedDown(scene, params.open) : [...firstView(scene)]
  return { ...(await laidOut(session, params, scene, open)), open }
}

/** The same as the text of a file. */
export async function drawingOf(session: Session, params: PictureParams): Promise<string> {
  const { svg } = await import('../../../src/picture/svg.ts')
  const scene = session.scene(params)
  const { layout } = await laidOut(session, params, scene, params.open ?? firstView(scene))
  return svg(layout, session.model.name)
}

/** The picture in which these boxes are open. */
async function laidOut(
  session: Session,
  params: PictureParams,
  scene: Scene,
  open: Iterable<string>,
): Promise<Pick<PictureResult, 'layout' | 'count'>> {
  const { layout } = await import('../../../src/picture/layout.ts')
  const annotations = session.annotations(params)
  const drawn = picture(scene, new Set(open), params.ports ? { ...annotations, ports: params.ports } : annotations)
  return { layout: layout(drawn), count: drawn.count }
}

/** Opens boxes from the outside in until as many are open as can be drawn. */
export function expand(session: Session, params: Viewpoint): Methods['expand']['result'] {
  const scene = session.scene(params)
  const open: string[] = []
  const queue = [...scene.children(scene.main.root)]
  let count = queue.length
  let isAll = true
  for (const box of queue) {
    const children = scene.children(box)
    if (children.length === 0) continue
    if (count + children.length > MAX_BOXES) {
      isAll = false
      continue
    }
    count += children.length
    open.push(box.id)
    queue.push(...children)
  }
  return { open, isAll }
}

/** Closes what was opened first until few enough boxes are left; what is around the box opened last stays. */
export function closedDown(scene: Scene, wanted: readonly string[]): string[] {
  const open = wanted.filter(id => scene.box(id))
  const last = open.at(-1)
  const keep = new Set<string>()
  for (let at = last === undefined ? undefined : scene.box(last); at; at = parentOf(at)) keep.add(at.id)
  while (countBoxes(scene, new Set(open)) > MAX_BOXES) {
    const oldest = open.findIndex(id => !keep.has(id))
    if (oldest < 0) break
    open.splice(oldest, 1)
  }
  return open
}

function countBoxes(scene: Scene, open: ReadonlySet<string>): number {
  let count = 0
  const stack: Box[] = [scene.main.root]
  for (let box = stack.pop(); box; box = stack.pop()) {
    const children = scene.children(box)
    count += children.length
    stack.push(...children.filter(child => open.has(child.id)))
  }
  return count
}

/** The boxes that must be open for a box to be visible; a folded node is visible in its reader. */
export function reveal(session: Session, params: Viewpoint & { readonly id: string }): Methods['reveal']['result'] {
  const scene = session.scene(params)
  const found = scene.box(params.id)
  const open = [...(params.open ?? firstView(scene))]
  if (!found) return { open, id: params.id, isFound: false }
  const target = found.kind === 'node' ? shownFor(found) : found
  const around: string[] = []
  for (let at = parentOf(target); at && at !== scene.main.root; at = parentOf(at)) around.unshift(at.id)
  const kept = open.filter(id => !around.includes(id))
  return { open: closedDown(scene, [...kept, ...around]), id: target.id, isFound: true }
}

/** The node itself, or the first of those that it is drawn in. */
export function shownFor(item: Item): Item {
  const seen = new Set<Item>()
  const queue = [item]
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (!next.isFolded || seen.has(next)) return next
    seen.add(next)
    for (const output of next.node.outputs) {
      for (const reader of output?.uses.keys() ?? []) {
        const found = next.instance.items.get(reader)
        if (found) queue.push(found)
      }
    }
  }
  return item
}

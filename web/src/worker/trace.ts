/** Traces the sources and the readers of a box's values: along the real edges, through open calls. */
import type { Value } from '../../../src/graph/node.ts'
import { type Box, type Item, parentOf } from '../../../src/picture/box.ts'
import { firstView } from '../../../src/picture/first-view.ts'
import type { Scene } from '../../../src/picture/scene.ts'
import type { Trace, Viewpoint } from '../protocol.ts'
import type { Session } from './session.ts'

export function trace(session: Session, params: Viewpoint & { readonly id: string }): Trace {
  const scene = session.scene(params)
  const open = new Set(params.open ?? firstView(scene))
  const box = scene.box(params.id)
  if (!box) return { up: [], down: [] }
  const view = new View(scene, open)
  const start = itemsIn(scene, box, open)
  const drawn = drawnIn(scene, open)
  const reached = (next: (item: Item) => Iterable<Item>): string[] =>
    [...view.reached(start, next)].filter(found => drawn.has(found)).map(({ id }) => id)
  return { up: reached(item => view.sources(item)), down: reached(item => view.readers(item)) }
}

/** The boxes that are in the picture. */
function drawnIn(scene: Scene, open: ReadonlySet<string>): Set<Box> {
  const drawn = new Set<Box>()
  const stack: Box[] = [scene.main.root]
  for (let box = stack.pop(); box; box = stack.pop()) {
    for (const child of scene.children(box)) {
      drawn.add(child)
      if (open.has(child.id)) stack.push(child)
    }
  }
  return drawn
}

/** The nodes of a box: of a closed scope all that are in it. */
function itemsIn(scene: Scene, box: Box, open: ReadonlySet<string>): Item[] {
  const items: Item[] = []
  const stack: Box[] = [box]
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (next.kind === 'node') items.push(next)
    if (next.kind === 'scope' || open.has(next.id)) stack.push(...scene.children(next))
  }
  return items
}

class View {
  readonly #scene: Scene
  readonly #open: ReadonlySet<string>

  constructor(scene: Scene, open: ReadonlySet<string>) {
    this.#scene = scene
    this.#open = open
  }

  /** The boxes that were reached, and those around them. */
  reached(start: readonly Item[], next: (item: Item) => Iterable<Item>): Set<Box> {
    const seen = new Set<Item>(start)
    const stack = [...start]
    const boxes = new Set<Box>()
    for (let item = stack.pop(); item; item = stack.pop()) {
      for (let box: Box | undefined = item; box && !boxes.has(box); box = parentOf(box)) boxes.add(box)
      for (const neighbour of next(item)) {
        if (seen.has(neighbour)) continue
        seen.add(neighbour)
        stack.push(neighbour)
      }
    }
    return boxes
  }

  #isOpenCall(item: Item): boolean {
    return this.#open.has(item.id) && this.#scene.bodies(item)[0]?.isInline === true
  }

  *sources(item: Item): Generator<Item> {
    if (this.#isOpenCall(item)) return
    // An argument of a branch or a loop: what the node around is given.
    if (item.node.op === '_Arg' && item.instance.caller) yield item.instance.caller
    for (const value of item.node.inputs) {
      const source = this.#scene.source(item.instance, value, call => this.#isOpenCall(call))
      if (source) yield source.item
    }
    for (const node of item.node.controls) {
      const before = item.instance.items.get(node)
      if (before) yield before
    }
  }

  *readers(item: Item): Generator<Item> {
    for (const output of item.node.outputs) if (output) yield* this.#readersOf(item, output)
    for (const node of item.node.controlUses) {
      const after = item.instance.items.get(node)
      if (after) yield after
    }
  }

  *#readersOf(item: Item, value: Value): Generator<Item> {
    const { instance } = item
    for (const node of value.uses.keys()) {
      const reader = instance.items.get(node)
      if (!reader) continue
      if (!this.#isOpenCall(reader)) {
        yield reader
        continue
      }
      const body = this.#scene.bodies(reader)[0]!
      for (const [i, argument] of node.inputs.entries()) {
        const formal = argument === value ? body.graph.inputs[i] : undefined
        const inner = formal && body.items.get(formal.value.node)
        if (inner) yield* this.#readersOf(inner, formal.value)
      }
    }
    const { caller } = instance
    if (!caller) return
    for (const [i, port] of instance.graph.outputs.entries()) {
      if (port.value !== value) continue
      if (!instance.isInline)
        yield caller // a result of a branch or a loop
      else yield* this.#readersOf(caller, caller.node.out(i))
    }
  }
}

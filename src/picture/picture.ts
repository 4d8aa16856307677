/**
 * Selects what is drawn: the boxes that are open or stand closed, and the edges between
 * them. An edge between boxes at different depths is drawn in pieces, one for each
 * box that it leaves or enters, with a port on the border between two pieces.
 */

import type { Facts } from '../facts/facts.ts'
import type { Value } from '../graph/node.ts'
import { countMarks, foldedBadges } from './badges.ts'
import { type Box, type Instance, type Item, parentOf } from './box.ts'
import { described, isSmall } from './described.ts'
import type { Annotations, Badge, Ends, Mark, Picture, PictureBox, PictureEdge } from './parts.ts'
import type { Scene } from './scene.ts'
import { factsOf, typed } from './shapes.ts'

/** The picture of a scene in which these boxes are open. */
export function picture(scene: Scene, open: ReadonlySet<string>, annotations: Annotations = {}): Picture {
  return new Draughtsman(scene, open, annotations).draw()
}

/** Edges between two boxes that are drawn one by one; of more, one for all. */
const MAX_PARALLEL = 4
/** Ports of one box. */
const MAX_PORTS = 24

interface Flow {
  readonly from: Box
  readonly to: Box
  readonly tensors: Map<string, { readonly instance: Instance; readonly value: Value }>
  isControl: boolean
}

class Draughtsman {
  readonly #scene: Scene
  readonly #open: ReadonlySet<string>
  readonly #annotations: Annotations
  readonly #shown = new Map<Box, Box>()
  readonly #boxes = new Map<Box, PictureBox>()
  readonly #folded = new Map<Box, Set<Item>>()
  readonly #facts = new Map<Instance, Facts>()
  readonly #ports = new Map<Box, readonly Badge[]>()
  readonly #markCounts: ReadonlyMap<Box, ReadonlyMap<Mark, number>>

  constructor(scene: Scene, open: ReadonlySet<string>, annotations: Annotations) {
    this.#scene = scene
    this.#open = open
    this.#annotations = annotations
    this.#markCounts = countMarks(scene, annotations)
  }

  draw(): Picture {
    const instances = this.#openInstances()
    const flows = this.#flows(instances)
    this.#findPorts()
    const root = this.#place(this.#scene.main.root)
    this.#route(flows)
    return { root, count: this.#boxes.size - 1 }
  }

  #findPorts(): void {
    for (const { kind, key, id, index } of this.#annotations.ports ?? []) {
      const item = this.#scene.box(id)
      if (item?.kind !== 'node') continue
      const source = this.#scene.source(
        item.instance,
        item.node.out(index),
        at => this.#isOpen(at) && this.#standIn(at) === at,
      )
      const box = this.#standIn(source?.item ?? item)
      this.#ports.set(box, [...(this.#ports.get(box) ?? []), { kind, text: `${kind} ${key}` }])
    }
  }

  #isOpen(box: Box): boolean {
    return box === this.#scene.main.root || (this.#open.has(box.id) && this.#canOpen(box))
  }

  #canOpen(box: Box): boolean {
    return box.kind === 'scope' ? box.children.length > 0 : this.#scene.bodies(box).length > 0
  }

  /** The main graph, and the bodies whose callers are open. */
  #openInstances(): ReadonlySet<Instance> {
    const instances = new Set<Instance>([this.#scene.main])
    const stack: Box[] = [this.#scene.main.root]
    for (let box = stack.pop(); box; box = stack.pop()) {
      if (box.kind === 'node') for (const body of this.#scene.bodies(box)) instances.add(body)
      for (const child of this.#scene.children(box)) if (this.#isOpen(child)) stack.push(child)
    }
    return instances
  }

  /** The box that stands for this one: itself, or the outermost closed box around it. */
  #standIn(box: Box): Box {
    const known = this.#shown.get(box)
    if (known) return known
    const path: Box[] = []
    for (let at: Box | undefined = box; at && !this.#shown.has(at); at = parentOf(at)) path.push(at)
    for (const at of path.reverse()) {
      const parent = parentOf(at)
      const outer = parent && this.#shown.get(parent)!
      const isHidden = parent !== undefined && (outer !== parent || !this.#isOpen(parent))
      this.#shown.set(at, isHidden ? outer! : at)
    }
    return this.#shown.get(box)!
  }

  /** An open call: edges run to and from what is inside. */
  #runsThrough(item: Item): boolean {
    return this.#isOpen(item) && this.#standIn(item) === item && this.#scene.bodies(item)[0]?.isInline === true
  }

  #flows(instances: Iterable<Instance>): Flow[] {
    const flows = new Map<Box, Map<Box, Flow>>()
    const isOpen = (item: Item): boolean => this.#isOpen(item) && this.#standIn(item) === item
    const flow = (from: Box, to: Box): Flow => {
      let targets = flows.get(from)
      if (!targets) flows.set(from, (targets = new Map()))
      let found = targets.get(to)
      if (!found) targets.set(to, (found = { from, to, tensors: new Map(), isControl: true }))
      return found
    }
    for (const instance of instances) {
      for (const item of instance.items.values()) {
        if (item.isFolded) continue
        const to = this.#standIn(item)
        if (this.#runsThrough(item)) continue
        for (const value of item.node.inputs) {
          const source = this.#scene.source(instance, value, isOpen)
          if (!source) continue
          if (source.item.isFolded) {
            if (to === item || isSmall(to)) addTo(this.#folded, to, source.item)
            continue
          }
          const from = this.#standIn(source.item)
          if (from === to || isInside(to, from) || isInside(from, to)) continue
          const found = flow(from, to)
          found.isControl = false
          found.tensors.set(`${source.item.id}:${source.value.index}`, {
            instance: source.item.instance,
            value: source.value,
          })
        }
        for (const node of item.node.controls) {
          const before = instance.items.get(node)
          if (!before || before.isFolded || this.#runsThrough(before)) continue
          const from = this.#standIn(before)
          if (from !== to && !isInside(to, from) && !isInside(from, to)) flow(from, to)
        }
      }
    }
    return [...flows.values()].flatMap(targets => [...targets.values()])
  }

  /** Makes the boxes, from the outside in. */
  #place(root: Box): PictureBox {
    const made = this.#describe(root)
    const stack: [Box, PictureBox][] = [[root, made]]
    for (let next = stack.pop(); next; next = stack.pop()) {
      const [box, drawn] = next
      this.#boxes.set(box, drawn)
      if (!drawn.isOpen) continue
      for (const child of this.#scene.children(box)) {
        const inner = this.#describe(child)
        drawn.children.push(inner)
        stack.push([child, inner])
      }
    }
    return made
  }

  #describe(box: Box): PictureBox {
    const mark = box.kind === 'node' ? this.#markOf(box) : undefined
    return {
      id: box.id,
      ...described(box, this.#scene.layers),
      badges: [...(this.#ports.get(box) ?? []), ...this.#badges(box)],
      canOpen: this.#canOpen(box),
      isOpen: this.#isOpen(box),
      ...(mark && { mark }),
      children: [],
      edges: [],
      entries: [],
      exits: [],
    }
  }

  #badges(box: Box): Badge[] {
    if (box.kind === 'scope') {
      const counts = this.#markCounts.get(box) ?? new Map<Mark, number>()
      const changed: Badge[] = [...counts].map(([kind, count]) => ({ kind, text: `${count} ${kind}` }))
      return [...changed, ...foldedBadges(this.#scene, this.#folded.get(box) ?? new Set())]
    }
    const results = box.instance.caller && !box.instance.isInline ? box.instance.graph.outputs : []
    const badges: Badge[] = results.flatMap(({ key, value }) =>
      value.node === box.node ? [{ kind: 'output' as const, text: `result ${key}` }] : [],
    )
    return [...badges, ...foldedBadges(this.#scene, this.#folded.get(box) ?? new Set())]
  }

  #markOf(item: Item): Mark | undefined {
    return this.#annotations.marks?.get(item.id)
  }

  /** Divides every edge into pieces. */
  #route(flows: readonly Flow[]): void {
    const routes = flows.map(flow => ({ flow, ...meeting(flow.from, flow.to) }))
    const parallel = new Map<string, number>()
    for (const { up, down } of routes) {
      const key = `${up.at(-1)!.id}\n${down.at(-1)!.id}`
      parallel.set(key, (parallel.get(key) ?? 0) + 1)
    }
    const bundles = new Map<string, Bundle>()
    for (const { flow, up, down, container } of routes) {
      const [from, to] = [up.at(-1)!, down.at(-1)!]
      const isMany = parallel.get(`${from.id}\n${to.id}`)! > MAX_PARALLEL
      const origin = isMany ? from.id : flow.from.id
      const exit = isMany ? `out:→${to.id}` : `out:${origin}`
      const entry = `in:${origin}`
      for (const [i, box] of up.entries()) {
        const port = i > 0 && this.#port(box, 'exits', exit)
        if (port) this.#piece(bundles, box, { from: up[i - 1]!.id, to: port, ...(i > 1 && { fromPort: exit }) }, flow)
      }
      for (const [i, box] of down.entries()) {
        const port = i > 0 && this.#port(box, 'entries', entry)
        if (port) this.#piece(bundles, box, { from: port, to: down[i - 1]!.id, ...(i > 1 && { toPort: entry }) }, flow)
      }
      const ports = { ...(up.length > 1 && { fromPort: exit }), ...(down.length > 1 && { toPort: entry }) }
      this.#piece(bundles, container, { from: from.id, to: to.id, ...ports }, flow, true)
    }
    for (const bundle of bundles.values()) this.#boxes.get(bundle.box)!.edges.push(this.#edge(bundle))
  }

  #port(box: Box, side: 'entries' | 'exits', port: string): string | undefined {
    const ports = this.#boxes.get(box)![side]
    if (ports.includes(port)) return port
    if (ports.length >= MAX_PORTS) return undefined
    ports.push(port)
    return port
  }

  #piece(bundles: Map<string, Bundle>, box: Box, ends: Ends, flow: Flow, isLabelled = false): void {
    const key = [box.id, ends.from, ends.to, ends.fromPort, ends.toPort].join('\n')
    const bundle = bundles.get(key)
    if (bundle) bundle.flows.push(flow)
    else bundles.set(key, { box, ends, isLabelled, flows: [flow] })
  }

  #edge({ ends, flows, isLabelled }: Bundle): PictureEdge {
    const [first] = flows
    return {
      ...ends,
      source: flows.every(f => f.from === first!.from) ? first!.from.id : ends.from,
      target: flows.every(f => f.to === first!.to) ? first!.to.id : ends.to,
      label: isLabelled ? this.#label(flows) : '',
      isControl: flows.every(f => f.isControl),
    }
  }

  #label(flows: readonly Flow[]): string {
    const tensors = new Map(flows.flatMap(f => [...f.tensors]))
    if (tensors.size !== 1) return tensors.size === 0 ? '' : `${tensors.size} tensors`
    const [{ instance, value }] = [...tensors.values()] as [{ instance: Instance; value: Value }] // its size was just looked at
    return this.typed(instance, value)
  }

  /** The type and shape of a value, as far as they can be told. */
  typed(instance: Instance, value: Value): string {
    const { dtype, shape } = factsOf(instance, this.#facts).of(value)
    return dtype === undefined ? '' : typed(dtype, shape)
  }
}

interface Bundle {
  readonly box: Box
  readonly ends: Ends
  /** The piece in the box where both ends meet: one label is enough. */
  readonly isLabelled: boolean
  readonly flows: Flow[]
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key)
  if (set) set.add(value)
  else sets.set(key, new Set([value]))
}

function isInside(box: Box, outer: Box): boolean {
  for (let at: Box | undefined = box; at; at = parentOf(at)) if (at === outer) return true
  return false
}

/** Both ends of an edge up to the box in which they meet: `[end, box around it, …]`, the last one directly in `container`. */
function meeting(from: Box, to: Box): { up: Box[]; down: Box[]; container: Box } {
  const around = (box: Box): Box[] => {
    const path: Box[] = []
    for (let at: Box | undefined = box; at; at = parentOf(at)) path.push(at)
    return path
  }
  const [up, down] = [around(from), around(to)]
  let container: Box | undefined
  while (up.length > 0 && up.at(-1) === down.at(-1)) {
    container = up.pop()
    down.pop()
  }
  return { up, down, container: container! }
}

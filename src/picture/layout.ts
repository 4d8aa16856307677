/**
 * Where boxes and edges go. Each open box is laid out for itself, inner ones
 * first, so dagre never sees more than the boxes of one scope; where it gives up
 * (its search recurses along chains), boxes are put in rows by their depth.
 */

import { layout as dagre, Graph } from '@dagrejs/dagre'
import { boxHeight, boxWidth, frameTitleWidth, labelWidth, MIN_TITLE_WIDTH } from './measure.ts'
import type { Picture, PictureBox, PictureEdge } from './parts.ts'

/** A box with its place; x and y are of its upper left corner, from the picture's own. */
export interface PlacedBox extends Omit<PictureBox, 'children' | 'edges' | 'entries' | 'exits'> {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** How many boxes it is in. */
  readonly depth: number
}

export interface PlacedEdge extends Pick<PictureEdge, 'source' | 'target' | 'label' | 'isControl'> {
  readonly points: readonly Point[]
  /** The middle of the label. */
  readonly labelAt?: Point
  /** Whether the last point is at a box, not at a port. */
  readonly hasArrow: boolean
}
export interface Point {
  readonly x: number
  readonly y: number
}

/** A picture with places: what is drawn, outer boxes first. */
export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: readonly PlacedBox[]
  readonly edges: readonly PlacedEdge[]
}

const TITLE = 30
const PADDING = 16
const LABEL_HEIGHT = 14

/** Gives every box of a picture its place. */
export function layout({ root }: Picture): Layout {
  const sizes = new Map<PictureBox, Arranged>()
  for (const box of innerFirst(root)) if (box.isOpen) sizes.set(box, arrange(box, sizes))
  const boxes: PlacedBox[] = []
  const edges: PlacedEdge[] = []
  const stack: { box: PictureBox; x: number; y: number; depth: number }[] = [{ box: root, x: 0, y: -TITLE, depth: 0 }]
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { box, x, y, depth } = next
    const arranged = sizes.get(box)!
    const at = (p: Point): Point => ({ x: round(p.x + x), y: round(p.y + y) })
    for (const edge of arranged.edges) {
      edges.push({ ...edge, points: edge.points.map(at), ...(edge.labelAt && { labelAt: at(edge.labelAt) }) })
    }
    for (const [child, place] of arranged.places) {
      const { children: _, edges: __, entries: ___, exits: ____, ...described } = child
      boxes.push({ ...described, ...at(place), width: place.width, height: place.height, depth })
      if (child.isOpen) stack.push({ box: child, ...at(place), depth: depth + 1 })
    }
  }
  const { width, height } = sizes.get(root)!
  return { width, height: height - TITLE, boxes: boxes.sort((a, b) => a.depth - b.depth), edges }
}

const round = (n: number): number => Math.round(n * 10) / 10

/** All boxes, each after those in it. */
function innerFirst(root: PictureBox): PictureBox[] {
  const order: PictureBox[] = []
  const stack = [root]
  for (let box = stack.pop(); box; box = stack.pop()) {
    order.push(box)
    stack.push(...box.children)
  }
  return order.reverse()
}

interface Place extends Point {
  readonly width: number
  readonly height: number
}
/** An open box from the inside: places are from its upper left corner, its title included. */
interface Arranged {
  readonly width: number
  readonly height: number
  readonly places: ReadonlyMap<PictureBox, Place>
  readonly edges: readonly PlacedEdge[]
  /** Where each port is on the upper or lower border. */
  readonly ports: ReadonlyMap<string, number>
}

function arrange(box: PictureBox, inner: ReadonlyMap<PictureBox, Arranged>): Arranged {
  const sizes = new Map(box.children.map(child => [child, sizeOf(child, inner)]))
  let found: Found
  try {
    found = withDagre(box, sizes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    found = inRows(box, sizes)
  }
  return assemble(box, sizes, inner, found)
}

function sizeOf(box: PictureBox, inner: ReadonlyMap<PictureBox, Arranged>): { width: number; height: number } {
  const open = inner.get(box)
  return open ? { width: open.width, height: open.height } : { width: boxWidth(box), height: boxHeight(box) }
}

/** Middles of children and ports, and the ways of edges, in coordinates of the layout's own. */
interface Found {
  readonly middles: ReadonlyMap<string, Point>
  readonly ways: readonly { readonly points: readonly Point[]; readonly labelAt?: Point }[]
}

/** Nodes that hold the ports at the upper and the lower border. */
const TOP = '\u0000top'
const BOTTOM = '\u0000bottom'

function withDagre(box: PictureBox, sizes: ReadonlyMap<PictureBox, { width: number; height: number }>): Found {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 28, edgesep: 14, ranksep: 26, ranker: 'network-simplex' })
  for (const [child, size] of sizes) graph.setNode(child.id, { ...size })
  for (const [anchor, ports, down] of [
    [TOP, box.entries, true],
    [BOTTOM, box.exits, false],
  ] as const) {
    if (ports.length === 0) continue
    graph.setNode(anchor, { width: 1, height: 1 })
    for (const port of ports) {
      graph.setNode(port, { width: 10, height: 1 })
      graph.setEdge(down ? anchor : port, down ? port : anchor, { weight: 4, minlen: 1 }, 'anchor')
    }
  }
  box.edges.forEach((edge, i) => {
    const label = edge.label ? { width: labelWidth(edge.label), height: LABEL_HEIGHT, labelpos: 'c' as const } : {}
    graph.setEdge(edge.from, edge.to, { weight: edge.isControl ? 0 : 2, minlen: 1, ...label }, String(i))
  })
  dagre(graph)
  const middles = new Map<string, Point>(graph.nodes().map((id: string) => [id, pointOf(graph.node(id))]))
  const ways = box.edges.map((edge, i) => {
    const found = graph.edge({ v: edge.from, w: edge.to, name: String(i) })
    const labelAt = edge.label && found.x !== undefined ? pointOf(found) : undefined
    return { points: (found.points ?? []).map(pointOf), ...(labelAt && { labelAt }) }
  })
  return { middles, ways }
}

const pointOf = (at: { x?: number | undefined; y?: number | undefined }): Point => ({ x: at.x ?? 0, y: at.y ?? 0 })

/** Rows by the longest way from a source; edges are straight. */
function inRows(box: PictureBox, sizes: ReadonlyMap<PictureBox, { width: number; height: number }>): Found {
  const position = new Map(box.children.map((child, i) => [child.id, i]))
  const rank = new Map<string, number>(box.entries.map(port => [port, 0]))
  const into = new Map<string, PictureEdge[]>()
  for (const edge of box.edges) into.set(edge.to, [...(into.get(edge.to) ?? []), edge])
  for (const child of box.children) {
    // Children stand in the order of computation, so what an edge comes from has its rank, unless it closes a loop.
    const before = (into.get(child.id) ?? []).filter(e => (position.get(e.from) ?? -1) < position.get(child.id)!)
    rank.set(child.id, 1 + Math.max(0, ...before.map(e => rank.get(e.from) ?? 0)))
  }
  const last = 1 + Math.max(0, ...rank.values())
  for (const port of box.exits) rank.set(port, last)
  const rows = new Map<number, { id: string; width: number; height: number }[]>()
  const sized = [...sizes].map(([child, size]) => ({ id: child.id, ...size }))
  const ports = [...box.entries, ...box.exits].map(id => ({ id, width: 10, height: 1 }))
  for (const entry of [...sized, ...ports])
    rows.set(rank.get(entry.id)!, [...(rows.get(rank.get(entry.id)!) ?? []), entry])
  const middles = new Map<string, Point>()
  let y = 0
  for (const [, row] of [...rows].sort(([a], [b]) => a - b)) {
    const height = Math.max(...row.map(entry => entry.height))
    let x = 0
    for (const entry of row) {
      middles.set(entry.id, { x: x + entry.width / 2, y: y + height / 2 })
      x += entry.width + 28
    }
    y += height + 40
  }
  const ways = box.edges.map(edge => ({ points: [middles.get(edge.from)!, middles.get(edge.to)!] }))
  return { middles, ways }
}

function assemble(
  box: PictureBox,
  sizes: ReadonlyMap<PictureBox, { width: number; height: number }>,
  inner: ReadonlyMap<PictureBox, Arranged>,
  { middles, ways }: Found,
): Arranged {
  const corner = (child: PictureBox, size: { width: number; height: number }): Point => {
    const middle = middles.get(child.id)!
    return { x: middle.x - size.width / 2, y: middle.y - size.height / 2 }
  }
  const corners = new Map([...sizes].map(([child, size]) => [child, corner(child, size)]))
  const bends = ways
    .flatMap(way => [...way.points, ...(way.labelAt ? [way.labelAt] : [])])
    .filter((_, i, all) => all.length < 20_000 || i === 0)
  const extent = bounds(
    [...sizes].map(([child, size]) => ({ ...corners.get(child)!, ...size })),
    bends.map(p => p.x),
    [...box.entries, ...box.exits].map(p => middles.get(p)!.x),
  )
  const title = Math.max(MIN_TITLE_WIDTH, frameTitleWidth(box))
  const width = Math.max(title, extent.right - extent.left + 2 * PADDING)
  const slack = (width - (extent.right - extent.left)) / 2
  const move = (p: Point): Point => ({
    x: p.x - extent.left + slack,
    y: p.y - extent.top + TITLE + (box.entries.length > 0 ? PADDING + 6 : PADDING),
  })
  const places = new Map([...corners].map(([child, at]) => [child, { ...move(at), ...sizes.get(child)! }]))
  const bottom =
    Math.max(TITLE, ...[...places.values()].map(p => p.y + p.height)) + PADDING + (box.exits.length > 0 ? 6 : 0)
  const ports = new Map([...box.entries, ...box.exits].map(port => [port, move(middles.get(port)!).x]))
  const byId = new Map(box.children.map(child => [child.id, child]))
  const border = (id: string, port: string | undefined, side: 'top' | 'bottom'): Point | undefined => {
    const child = byId.get(id)
    if (!child) return { x: ports.get(id)!, y: side === 'top' ? bottom : 0 }
    const offset = port === undefined ? undefined : inner.get(child)?.ports.get(port)
    const place = places.get(child)!
    return offset === undefined
      ? undefined
      : { x: place.x + offset, y: side === 'top' ? place.y : place.y + place.height }
  }
  const edges = box.edges.map((edge, i) => {
    const way = ways[i]!
    const points = way.points.map(move)
    const [start, end] = [border(edge.from, edge.fromPort, 'bottom'), border(edge.to, edge.toPort, 'top')]
    if (start) points.splice(0, 1, start)
    if (end) points.splice(-1, 1, end)
    const { source, target, label, isControl } = edge
    return {
      source,
      target,
      label,
      isControl,
      points,
      hasArrow: byId.has(edge.to) && edge.toPort === undefined,
      ...(way.labelAt && { labelAt: move(way.labelAt) }),
    }
  })
  return { width, height: bottom, places, edges, ports }
}

function bounds(
  places: readonly Place[],
  ...xs: readonly (readonly number[])[]
): { left: number; right: number; top: number } {
  const all = xs.flat()
  const left = Math.min(...places.map(p => p.x), ...all)
  const right = Math.max(...places.map(p => p.x + p.width), ...all)
  const top = Math.min(...places.map(p => p.y))
  return Number.isFinite(top) ? { left, right, top } : { left: 0, right: 0, top: 0 }
}

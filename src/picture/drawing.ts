/** A layout as SVG elements, before they are text (a file) or part of a page. */

import { opFamily } from './families.ts'
import type { Layout, PlacedBox, PlacedEdge, Point } from './layout.ts'
import { BADGE_HEIGHT, badgeWidth, frameTitle, shortened } from './measure.ts'

/** An SVG element. */
export interface Element {
  readonly tag: string
  readonly attrs: Readonly<Record<string, string | number>>
  readonly children: readonly (Element | string)[]
}

/** Builds an element; attributes that are undefined are left out. */
export function element(
  tag: string,
  attrs: Readonly<Record<string, string | number | undefined>>,
  children: readonly (Element | string)[] = [],
): Element {
  const given = Object.entries(attrs).filter((entry): entry is [string, string | number] => entry[1] !== undefined)
  return { tag, attrs: Object.fromEntries(given), children }
}

/** The layers of a drawing, from the back to the front. */
export function drawing(layout: Layout): Element[] {
  const open = layout.boxes.filter(box => box.isOpen)
  const closed = layout.boxes.filter(box => !box.isOpen)
  return [
    element('g', { class: 'frames', role: 'presentation' }, open.map(drawFrame)),
    element('g', { class: 'edges', 'aria-hidden': 'true' }, layout.edges.map(drawEdge)),
    element('g', { class: 'labels', 'aria-hidden': 'true' }, layout.edges.flatMap(drawLabel)),
    element('g', { class: 'titles', 'aria-hidden': 'true' }, open.map(drawTitle)),
    element('g', { class: 'boxes', role: 'presentation' }, closed.map(drawBox)),
  ]
}

/** The tip of edges, to be put in `defs`. */
export const arrowTip = (): Element =>
  element(
    'marker',
    { id: 'tip', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
    [element('path', { d: 'M0,0.5 L8,4 L0,7.5 z', class: 'tip' })],
  )

const classes = (...names: (string | false | undefined)[]): string => names.filter(Boolean).join(' ')

function common(box: PlacedBox): Record<string, string | number | undefined> {
  return {
    class: classes(
      'box',
      box.kind,
      box.isOpen && 'open',
      box.mark && `mark-${box.mark}`,
      box.op && `family-${opFamily(box.op)}`,
    ),
    'data-id': box.id,
    role: 'treeitem',
    tabindex: -1,
    'aria-label': spoken(box),
    'aria-level': box.depth + 1,
    ...(box.canOpen && { 'aria-expanded': String(box.isOpen) }),
    transform: `translate(${box.x} ${box.y})`,
  }
}

/** The text in the box, then its whole name. */
function spoken(box: PlacedBox): string {
  const written = box.isOpen ? [frameTitle(box)] : [shortened(box.title), shortened(box.subtitle)]
  return [...written, ...box.badges.map(b => b.text), nameOf(box), box.mark].filter(Boolean).join(', ')
}

/** The path inside its own graph. */
const nameOf = ({ id }: PlacedBox): string => id.slice(id.lastIndexOf('|') + 1)

function drawFrame(box: PlacedBox): Element {
  return element(
    'g',
    common(box),
    spaced([
      element('rect', {
        width: box.width,
        height: box.height,
        rx: 10,
        class: classes('frame', box.depth % 2 === 1 && 'odd'),
      }),
      opener(12, 9, true),
    ]),
  )
}

/** Over the edges: one that enters a frame from above would run through it. */
const drawTitle = (box: PlacedBox): Element =>
  element('g', { transform: `translate(${box.x} ${box.y})` }, [
    element('text', { x: 34, y: 20, class: 'frame-title' }, [frameTitle(box)]),
    ...badges(box, box.width, 20),
  ])

function drawBox(box: PlacedBox): Element {
  const { width, height } = box
  const lines = box.subtitle ? 2 : 1
  const top = box.badges.length > 0 ? height - BADGE_HEIGHT - 6 : height
  const middle = top / 2
  const centre = box.canOpen ? width / 2 + 8 : width / 2
  const stacked = box.kind !== 'node' && box.kind !== 'call'
  return element(
    'g',
    common(box),
    spaced([
      ...(stacked ? [element('rect', { x: 4, y: 4, width, height, rx: 8, class: 'shadow' })] : []),
      element('rect', { width, height, rx: stacked ? 8 : 6, class: 'body' }),
      ...(stacked && !box.op
        ? []
        : [element('rect', { x: 0, y: 6, width: 3.5, height: height - 12, rx: 1.75, class: 'stripe' })]),
      element('text', { x: centre, y: middle + (lines === 2 ? -3 : 4), class: 'title' }, [shortened(box.title)]),
      ...(lines === 2
        ? [element('text', { x: centre, y: middle + 12, class: 'subtitle' }, [shortened(box.subtitle)])]
        : []),
      ...(box.canOpen ? [opener(7, middle - 6, false)] : []),
      ...badgeRow(box, width, top - 1),
      element('title', {}, [nameOf(box)]),
    ]),
  )
}

/** The same with spaces between, where words would run together for who hears or copies them. */
const spaced = (children: readonly Element[]): (Element | string)[] => children.flatMap(child => [child, ' '])

/** The sign that opens and closes a box. */
const opener = (x: number, y: number, isOpen: boolean): Element =>
  element('g', { class: 'opener', transform: `translate(${x} ${y})` }, [
    element('rect', { width: 13, height: 13, rx: 3 }),
    element('path', { d: isOpen ? 'M3.5,6.5 H9.5' : 'M3.5,6.5 H9.5 M6.5,3.5 V9.5' }),
  ])

function badgeRow(box: PlacedBox, width: number, y: number): Element[] {
  const total = box.badges.reduce((sum, b) => sum + badgeWidth(b.text) + 4, -4)
  let x = (width - total) / 2
  return box.badges.map(badge => {
    const drawn = drawBadge(badge, x, y)
    x += badgeWidth(badge.text) + 4
    return drawn
  })
}

/** The badges of an open box, at the right of its title. */
function badges(box: PlacedBox, right: number, baseline: number): Element[] {
  let x = right - 8
  return box.badges.map(badge => {
    x -= badgeWidth(badge.text) + 4
    return drawBadge(badge, x, baseline - 12)
  })
}

const drawBadge = ({ kind, text }: PlacedBox['badges'][number], x: number, y: number): Element =>
  element('g', { class: `badge badge-${kind}`, transform: `translate(${x} ${y})` }, [
    element('rect', { width: badgeWidth(text), height: BADGE_HEIGHT, rx: BADGE_HEIGHT / 2 }),
    element('text', { x: badgeWidth(text) / 2, y: 10.8 }, [text]),
  ])

function drawEdge(edge: PlacedEdge): Element {
  return element('path', {
    class: classes('edge', edge.isControl && 'control'),
    'data-source': edge.source,
    'data-target': edge.target,
    d: curve(edge.points),
    ...(edge.hasArrow && { 'marker-end': 'url(#tip)' }),
  })
}

/** A line through all points, upright at each. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (!first || rest.length === 0) return ''
  let d = `M${round(first.x)},${round(first.y)}`
  let before = first
  for (const point of rest) {
    const middle = round((before.y + point.y) / 2)
    d += ` C${round(before.x)},${middle} ${round(point.x)},${middle} ${round(point.x)},${round(point.y)}`
    before = point
  }
  return d
}
const round = (n: number): number => Math.round(n * 10) / 10

function drawLabel({ label, labelAt, source, target }: PlacedEdge): Element[] {
  if (!label || !labelAt) return []
  return [
    element(
      'text',
      { class: 'edge-label', x: labelAt.x, y: labelAt.y + 3.5, 'data-source': source, 'data-target': target },
      [shortened(label)],
    ),
  ]
}

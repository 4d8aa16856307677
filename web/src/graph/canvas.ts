/**
 * The drawing on the page: pan, zoom, minimap, selection, highlighting, keyboard.
 * It knows boxes by their ids and nothing of the model; what a click means is
 * its owner's to say.
 */
import { arrowTip, type Element as Drawn, drawing } from '../../../src/picture/drawing.ts'
import type { Layout, PlacedBox } from '../../../src/picture/layout.ts'
import { h, s } from '../dom.ts'
import type { Trace } from '../protocol.ts'
import { Camera } from './camera.ts'
import { Minimap } from './minimap.ts'

/** The events of a canvas for its owner. */
export interface CanvasEvents {
  select(id: string | undefined): void
  /** Opens a closed box, closes an open one. */
  toggle(id: string): void
  moved(): void
}

export class Canvas {
  readonly element: HTMLElement
  readonly #svg = s('svg', { class: 'picture', role: 'tree', tabindex: 0 })
  readonly #world = s('g')
  readonly #events: CanvasEvents
  readonly #camera: Camera
  readonly #minimap: Minimap
  #layout: Layout = { width: 0, height: 0, boxes: [], edges: [] }
  #boxes = new Map<string, SVGElement>()
  #selected: string | undefined

  constructor(label: string, events: CanvasEvents) {
    this.#events = events
    this.#svg.setAttribute('aria-label', label)
    const definitions = s('defs')
    definitions.append(toSvg(arrowTip()))
    this.#svg.append(definitions, this.#world)
    this.#camera = new Camera(this.#svg, () => this.#moved())
    this.#minimap = new Minimap((x, y) => this.#camera.lookAt(x, y))
    this.element = h('div', { class: 'canvas' }, this.#svg, this.#minimap.element, this.#tools())
    this.#svg.addEventListener('click', event => this.#click(event))
    this.#svg.addEventListener('dblclick', event => this.#doubleClick(event))
    this.#svg.addEventListener('keydown', event => this.#key(event))
    this.#svg.addEventListener('focus', () => this.#svg.classList.add('has-focus'))
    new ResizeObserver(() => this.#moved()).observe(this.#svg)
  }

  get camera(): Camera {
    return this.#camera
  }

  /** Draws a layout. A box that stays is kept where it was on the screen. */
  show(layout: Layout, anchor?: string): void {
    const before = anchor === undefined ? undefined : this.#layout.boxes.find(box => box.id === anchor)
    const after = anchor === undefined ? undefined : layout.boxes.find(box => box.id === anchor)
    this.#layout = layout
    this.#world.replaceChildren(...drawing(layout).map(toSvg))
    this.#boxes = new Map([...this.#world.querySelectorAll<SVGElement>('.box')].map(box => [box.dataset['id']!, box]))
    this.#minimap.show(layout)
    if (before && after) this.#camera.shift(after.x - before.x, after.y - before.y)
    this.select(this.#selected)
    this.#moved()
  }

  /** Marks a box as selected. */
  select(id: string | undefined): void {
    this.#world.querySelector('.selected')?.classList.remove('selected')
    this.#selected = id
    for (const box of this.#boxes.values()) box.removeAttribute('aria-selected')
    const box = id === undefined ? undefined : this.#boxes.get(id)
    box?.classList.add('selected')
    box?.setAttribute('aria-selected', 'true')
    if (box) {
      box.id ||= `box-${crypto.randomUUID()}`
      this.#svg.setAttribute('aria-activedescendant', box.id)
    } else this.#svg.removeAttribute('aria-activedescendant')
  }

  /** Brings out what is upstream and downstream; everything again without a trace. */
  highlight(trace: Trace | undefined): void {
    this.#world.classList.toggle('traced', trace !== undefined)
    const [up, down] = [new Set(trace?.up), new Set(trace?.down)]
    for (const [id, box] of this.#boxes) {
      box.classList.toggle('up', up.has(id))
      box.classList.toggle('down', down.has(id))
    }
    for (const edge of this.#world.querySelectorAll<SVGElement>('.edge, .edge-label')) {
      const { source = '', target = '' } = edge.dataset
      edge.classList.toggle('up', up.has(source) && up.has(target))
      edge.classList.toggle('down', down.has(source) && down.has(target))
    }
  }

  /** Shows a node that something is wrong with. */
  accuse(id: string | undefined): void {
    for (const [known, box] of this.#boxes) box.classList.toggle('accused', known === id)
  }

  /** Moves as another canvas did: a box that both have, the nearest to the middle there, comes to the same height here. */
  follow(other: Canvas): void {
    const { middle } = other.camera
    const known = new Map(this.#layout.boxes.map(box => [box.id, box]))
    const distance = ({ x, y, width, height }: PlacedBox): number =>
      Math.hypot(x + width / 2 - middle.x, y + height / 2 - middle.y)
    const shared = other.#layout.boxes.filter(box => !box.isOpen && known.has(box.id))
    if (shared.length === 0) return
    const theirs = shared.reduce((a, b) => (distance(b) < distance(a) ? b : a))
    const own = known.get(theirs.id)!
    const shift = (side: 'width' | 'height', at: 'x' | 'y'): number =>
      middle[at] - (theirs[at] + theirs[side] / 2) + own[at] + own[side] / 2
    this.#camera.set({ x: shift('width', 'x'), y: shift('height', 'y'), scale: middle.scale })
  }

  fit(): void {
    this.#camera.fit(this.#layout.width, this.#layout.height)
  }

  /** Moves so that a box is in the middle, near enough to be read; not at all where it is well seen already. */
  center(id: string): void {
    const box = this.#layout.boxes.find(b => b.id === id)
    if (box && !this.#camera.sees(box, 0.7))
      this.#camera.lookAt(box.x + box.width / 2, box.y + Math.min(box.height, 300) / 2, 0.7)
  }

  focus(): void {
    this.#svg.focus()
  }

  #tools(): HTMLElement {
    const tool = (text: string, label: string, action: () => void): HTMLElement =>
      h('button', { type: 'button', title: label, 'aria-label': label, onclick: action }, text)
    return h(
      'div',
      { class: 'tools', role: 'group', 'aria-label': 'Zoom' },
      tool('+', 'Zoom in (+)', () => this.#camera.zoom(1.3)),
      tool('−', 'Zoom out (−)', () => this.#camera.zoom(1 / 1.3)),
      tool('Fit', 'Fit all (F)', () => this.fit()),
    )
  }

  #moved(): void {
    const { x, y, scale } = this.#camera
    this.#world.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`)
    this.#svg.classList.toggle('far', scale < 0.45)
    this.#minimap.look(this.#camera.visible())
    this.#events.moved()
  }

  #idAt(event: Event): string | undefined {
    return event.target instanceof Element ? event.target.closest<SVGElement>('.box')?.dataset['id'] : undefined
  }

  #click(event: MouseEvent): void {
    if (this.#camera.wasDragged) return
    const id = this.#idAt(event)
    if (id !== undefined && (event.target as Element).closest('.opener')) this.#events.toggle(id)
    else this.#events.select(id)
  }

  #doubleClick(event: MouseEvent): void {
    const id = this.#idAt(event)
    if (id !== undefined && this.#box(id)?.canOpen) this.#events.toggle(id)
  }

  #box(id: string | undefined): PlacedBox | undefined {
    return id === undefined ? undefined : this.#layout.boxes.find(box => box.id === id)
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const box = this.#box(this.#selected)
    const action = this.#keys(box)[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }

  /** Arrows walk the boxes from above to below; right and left open and close. */
  #keys(box: PlacedBox | undefined): Readonly<Record<string, () => void>> {
    const toggle = (): void => {
      if (box?.canOpen) this.#events.toggle(box.id)
    }
    return {
      ArrowDown: () => this.#step(1),
      ArrowUp: () => this.#step(-1),
      ArrowRight: () => (box?.canOpen && !box.isOpen ? toggle() : this.#step(1)),
      ArrowLeft: () => (box?.isOpen ? toggle() : this.#walk(this.#around(box))),
      Home: () => this.#walk(this.#order()[0]),
      End: () => this.#walk(this.#order().at(-1)),
      Enter: toggle,
      ' ': toggle,
      '+': () => this.#camera.zoom(1.3),
      '=': () => this.#camera.zoom(1.3),
      '-': () => this.#camera.zoom(1 / 1.3),
      f: () => this.fit(),
      Escape: () => this.#events.select(undefined),
    }
  }

  #order(): PlacedBox[] {
    return [...this.#layout.boxes].sort((a, b) => a.y - b.y || a.x - b.x)
  }

  #step(by: number): void {
    const order = this.#order()
    const at = order.findIndex(box => box.id === this.#selected)
    this.#walk(order[at < 0 ? 0 : Math.max(0, Math.min(order.length - 1, at + by))])
  }

  /** The innermost open box that a box lies in. */
  #around(box: PlacedBox | undefined): PlacedBox | undefined {
    if (!box) return undefined
    const outer = this.#layout.boxes.filter(
      b =>
        b.depth < box.depth &&
        b.x <= box.x &&
        b.y <= box.y &&
        b.x + b.width >= box.x + box.width &&
        b.y + b.height >= box.y + box.height,
    )
    return outer.at(-1)
  }

  #walk(box: PlacedBox | undefined): void {
    if (!box) return
    this.#events.select(box.id)
    this.#camera.bringIn(box)
  }
}

/** A drawn element as an element of the page. Depth is that of a drawing: a handful. */
export function toSvg({ tag, attrs, children }: Drawn): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attrs)) made.setAttribute(name, String(value))
  for (const child of children) made.append(typeof child === 'string' ? child : toSvg(child))
  return made
}

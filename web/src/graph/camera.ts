/** Which part of a drawing is seen: dragged, zoomed at the pointer, moved to a place. */

const MIN_SCALE = 0.03
const MAX_SCALE = 3
const MARGIN = 24
/** Movement of the pointer up to which a press is a click. */
const CLICK_SLACK = 4

export interface Extent {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export class Camera {
  x = 0
  y = 0
  scale = 1
  /** Whether the pointer's last press moved the picture. */
  wasDragged = false
  readonly #svg: SVGSVGElement
  readonly #pointers = new Map<number, { x: number; y: number }>()
  readonly #changed: () => void

  constructor(svg: SVGSVGElement, changed: () => void) {
    this.#svg = svg
    this.#changed = changed
    svg.addEventListener('wheel', event => this.#wheel(event), { passive: false })
    svg.addEventListener('pointerdown', event => this.#press(event))
  }

  #size(): { width: number; height: number } {
    const { clientWidth, clientHeight } = this.#svg
    return { width: clientWidth || 1, height: clientHeight || 1 }
  }

  /** The visible part, in the drawing's coordinates. */
  visible(): Extent {
    const { width, height } = this.#size()
    return { x: -this.x / this.scale, y: -this.y / this.scale, width: width / this.scale, height: height / this.scale }
  }

  /** The middle of what is seen. */
  get middle(): { x: number; y: number; scale: number } {
    const { x, y, width, height } = this.visible()
    return { x: x + width / 2, y: y + height / 2, scale: this.scale }
  }

  /** Shows all of a drawing of this size. A tall one starts at its top, still to be read. */
  fit(width: number, height: number): void {
    const view = this.#size()
    const scale = Math.min((view.width - 2 * MARGIN) / width, (view.height - 2 * MARGIN) / height, 1)
    this.scale = clamped(scale)
    this.x = (view.width - width * this.scale) / 2
    this.y = Math.max(MARGIN, (view.height - height * this.scale) / 2)
    this.#changed()
  }

  /** Shows the upper part of a drawing at a size at which it can be read. */
  start(width: number, height: number): void {
    this.fit(width, height)
    const readable = Math.min(1, Math.max(this.scale, Math.min(0.75, (this.#size().width - 2 * MARGIN) / width)))
    if (readable <= this.scale) return
    this.scale = clamped(Math.max(readable, 0.3))
    this.x = (this.#size().width - width * this.scale) / 2
    this.y = MARGIN
    this.#changed()
  }

  lookAt(x: number, y: number, least = 0): void {
    const { width, height } = this.#size()
    this.scale = clamped(Math.max(this.scale, least))
    this.x = width / 2 - x * this.scale
    this.y = height / 2 - y * this.scale
    this.#changed()
  }

  set(at: { x: number; y: number; scale: number }): void {
    this.scale = clamped(at.scale)
    this.lookAt(at.x, at.y)
  }

  /** The drawing changed so that what was looked at lies elsewhere. */
  shift(dx: number, dy: number): void {
    this.x -= dx * this.scale
    this.y -= dy * this.scale
  }

  /** Whether a place, or its upper part, is seen at this size at least. */
  sees(place: Extent, least = 0): boolean {
    const { x, y, width, height } = this.visible()
    return (
      this.scale >= least &&
      place.x >= x &&
      place.y >= y &&
      place.x + Math.min(place.width, width) <= x + width &&
      place.y + Math.min(place.height, 60) <= y + height
    )
  }

  /** Moves as little as needed to see a place. */
  bringIn(place: Extent): void {
    if (!this.sees(place)) this.lookAt(place.x + place.width / 2, place.y + Math.min(place.height, 300) / 2)
  }

  zoom(factor: number, at = { x: this.#size().width / 2, y: this.#size().height / 2 }): void {
    const scale = clamped(this.scale * factor)
    this.x = at.x - ((at.x - this.x) / this.scale) * scale
    this.y = at.y - ((at.y - this.y) / this.scale) * scale
    this.scale = scale
    this.#changed()
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    if (event.shiftKey) {
      this.x -= (event.deltaX || event.deltaY) * lines
      this.#changed()
      return
    }
    const { left, top } = this.#svg.getBoundingClientRect()
    const speed = event.ctrlKey ? 0.01 : 0.0016
    this.zoom(Math.exp(-event.deltaY * lines * speed), { x: event.clientX - left, y: event.clientY - top })
  }

  /** One pointer drags; two, fingers, also zoom: what is between them stays between them. */
  #press(event: PointerEvent): void {
    if (event.button !== 0) return
    this.wasDragged = this.#pointers.size > 0
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (this.#pointers.size > 1) return
    const start = { x: event.clientX, y: event.clientY }
    const move = (to: PointerEvent): void => {
      const isFar = Math.hypot(to.clientX - start.x, to.clientY - start.y) >= CLICK_SLACK
      if (!this.#pointers.has(to.pointerId) || (!this.wasDragged && !isFar)) return
      this.wasDragged = true
      this.#svg.classList.add('dragging')
      this.#drag(to)
    }
    const release = ({ pointerId }: PointerEvent): void => {
      this.#pointers.delete(pointerId)
      if (this.#pointers.size > 0) return
      this.#svg.classList.remove('dragging')
      removeEventListener('pointermove', move)
      removeEventListener('pointerup', release)
      removeEventListener('pointercancel', release)
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', release)
    addEventListener('pointercancel', release)
  }

  /** Moves with the middle of all pointers, and zooms by how far they went apart. */
  #drag({ pointerId, clientX, clientY }: PointerEvent): void {
    const before = spread([...this.#pointers.values()])
    this.#pointers.set(pointerId, { x: clientX, y: clientY })
    const after = spread([...this.#pointers.values()])
    this.x += after.x - before.x
    this.y += after.y - before.y
    const { left, top } = this.#svg.getBoundingClientRect()
    const factor = before.size === 0 ? 1 : after.size / before.size
    this.zoom(factor, { x: after.x - left, y: after.y - top })
  }
}

/** The middle of places, and how far the first two are apart. */
function spread(places: readonly { x: number; y: number }[]): { x: number; y: number; size: number } {
  const [first, second] = places
  const x = places.reduce((sum, p) => sum + p.x, 0) / places.length
  const y = places.reduce((sum, p) => sum + p.y, 0) / places.length
  return { x, y, size: first && second ? Math.hypot(first.x - second.x, first.y - second.y) : 0 }
}

const clamped = (scale: number): number => Math.max(MIN_SCALE, Math.min(MAX_SCALE, scale))

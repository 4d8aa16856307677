/** The whole drawing, small, with a frame around what is seen. */
import type { Layout } from '../../../src/picture/layout.ts'
import { h, s } from '../dom.ts'
import type { Extent } from './camera.ts'

const WIDTH = 150
const HEIGHT = 170

export class Minimap {
  readonly element: HTMLElement
  readonly #svg = s('svg', { 'aria-hidden': 'true' })
  readonly #boxes = s('path', { class: 'map-boxes' })
  readonly #view = s('rect', { class: 'map-view' })
  #scale = 1
  #size = { width: 0, height: 0 }

  constructor(lookAt: (x: number, y: number) => void) {
    this.#svg.append(this.#boxes, this.#view)
    this.element = h('div', { class: 'minimap' }, this.#svg as unknown as Node)
    const go = (event: PointerEvent): void => {
      const { left, top } = this.#svg.getBoundingClientRect()
      lookAt((event.clientX - left) / this.#scale, (event.clientY - top) / this.#scale)
    }
    this.#svg.addEventListener('pointerdown', event => {
      this.#svg.setPointerCapture(event.pointerId)
      go(event)
    })
    this.#svg.addEventListener('pointermove', event => {
      if (event.buttons === 1) go(event)
    })
  }

  show({ width, height, boxes }: Layout): void {
    this.#size = { width, height }
    this.#scale = Math.min(WIDTH / Math.max(1, width), HEIGHT / Math.max(1, height))
    this.#svg.setAttribute('width', String(width * this.#scale))
    this.#svg.setAttribute('height', String(height * this.#scale))
    this.#svg.setAttribute('viewBox', `0 0 ${Math.max(1, width)} ${Math.max(1, height)}`)
    this.#boxes.setAttribute('d', boxes.map(b => `M${b.x} ${b.y}h${b.width}v${b.height}h${-b.width}z`).join(''))
  }

  look({ x, y, width, height }: Extent): void {
    const seesAll = x <= 0 && y <= 0 && x + width >= this.#size.width && y + height >= this.#size.height
    this.element.classList.toggle('hidden', seesAll || this.#size.width === 0)
    for (const [name, value] of Object.entries({ x, y, width, height })) this.#view.setAttribute(name, String(value))
    this.#view.setAttribute('stroke-width', String(1.5 / this.#scale))
  }
}

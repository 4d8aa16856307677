/** One graph on the page: the canvas, and what is open, selected and traced in it. */
import type { PublicTensor } from '../../../src/picture/parts.ts'
import { CallError, type Client } from '../client.ts'
import type { DocumentName, PictureParams, Viewpoint } from '../protocol.ts'
import { Canvas } from './canvas.ts'

/** The events of a graph view for its owner. */
export interface GraphEvents {
  selected(id: string | undefined): void
  /** The open boxes or the visible part have changed. */
  changed(): void
  /** The user opened or closed a box. */
  toggled?(id: string, isOpen: boolean): void
  failed(error: unknown): void
}

export interface GraphSettings {
  document: DocumentName
  root?: string | undefined
  inline: boolean
  whole: boolean
  signature?: string | undefined
  open?: readonly string[] | undefined
  ports?: readonly PublicTensor[] | undefined
}

export class GraphView {
  readonly canvas: Canvas
  readonly settings: GraphSettings
  readonly #client: Client
  readonly #events: GraphEvents
  #selected: string | undefined
  #latest = 0
  #traced: string | undefined

  constructor(label: string, client: Client, settings: GraphSettings, events: GraphEvents) {
    this.#client = client
    this.#events = events
    this.settings = settings
    this.canvas = new Canvas(label, {
      select: id => this.select(id),
      toggle: id => void this.toggle(id),
      moved: () => events.changed(),
    })
  }

  get selected(): string | undefined {
    return this.#selected
  }

  /** As the worker is asked. */
  viewpoint(): Viewpoint {
    const { document, root, inline, whole, signature, open } = this.settings
    return {
      document,
      inline,
      whole,
      ...(root !== undefined && { root }),
      ...(signature !== undefined && { signature }),
      ...(open !== undefined && { open }),
    }
  }

  #pictureParams(): PictureParams {
    const { ports } = this.settings
    return { ...this.viewpoint(), ...(ports && { ports }) }
  }

  /** Draws what the settings say. `anchor` stays where it is; `start` looks at the beginning. */
  async draw(options: { anchor?: string; start?: boolean } = {}): Promise<void> {
    const turn = ++this.#latest
    try {
      const { layout, open } = await this.#client.call('picture', this.#pictureParams())
      if (turn !== this.#latest) return
      this.settings.open = open
      this.canvas.show(layout, options.anchor)
      if (options.start) this.canvas.camera.start(layout.width, layout.height)
      await this.#retrace()
      this.#events.changed()
    } catch (error) {
      if (!(error instanceof CallError && error.isCancelled)) this.#events.failed(error)
    }
  }

  select(id: string | undefined): void {
    this.#selected = id
    this.canvas.select(id)
    this.canvas.accuse(undefined)
    this.#traced = id
    void this.#retrace()
    this.#events.selected(id)
    this.#events.changed()
  }

  async #retrace(): Promise<void> {
    const id = this.#traced
    const trace = id === undefined ? undefined : await this.#client.call('trace', { ...this.viewpoint(), id })
    if (id === this.#traced) this.canvas.highlight(trace)
  }

  async toggle(id: string): Promise<void> {
    const isOpen = !(this.settings.open ?? []).includes(id)
    await this.setOpen(id, isOpen)
    this.#events.toggled?.(id, isOpen)
  }

  async setOpen(id: string, isOpen: boolean): Promise<void> {
    const others = (this.settings.open ?? []).filter(other => other !== id)
    this.settings.open = isOpen ? [...others, id] : others.filter(other => !other.startsWith(id))
    await this.draw({ anchor: id })
  }

  /** Opens everything, as far as it can be drawn; returns whether that is all. */
  async openAll(): Promise<boolean> {
    const { open, isAll } = await this.#client.call('expand', this.viewpoint())
    this.settings.open = open
    await this.draw({ start: true })
    return isAll
  }

  async closeAll(): Promise<void> {
    this.settings.open = []
    await this.draw({ start: true })
  }

  /** The picture as an SVG file. */
  drawing(): Promise<string> {
    return this.#client.call('drawing', this.#pictureParams())
  }

  /** Opens what is around a box, selects it and looks at it. */
  async reveal(id: string): Promise<void> {
    let found = await this.#client.call('reveal', { ...this.viewpoint(), id })
    if (!found.isFound && !this.settings.whole) {
      this.settings.whole = true // it is what no output needs
      this.settings.open = undefined
      found = await this.#client.call('reveal', { ...this.viewpoint(), id })
    }
    this.settings.open = found.open
    await this.draw()
    this.select(found.id)
    this.canvas.center(found.id)
  }

  /** The same for a node that an error names, which may be deep in a function. */
  async accuse(node: string): Promise<void> {
    const { hits } = await this.#client.call('search', { ...this.viewpoint(), text: `name:${node}`, whole: true })
    const hit = hits.find(h => h.name === node) ?? hits[0]
    if (!hit) return
    await this.reveal(hit.id)
    this.canvas.accuse(this.#selected)
  }
}

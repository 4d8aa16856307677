/** The result of freezing: the graph before and after optimising, side by side, over the report. */
import type { Client } from '../client.ts'
import { h } from '../dom.ts'
import { GraphView } from '../graph/panel.ts'
import type { FreezeResult } from '../protocol.ts'
import { CheckPane } from './check.ts'
import { download, downloadManifest } from './download.ts'
import { ResultPane } from './result.ts'

/** The events of a comparison for its owner. */
export interface ComparisonEvents {
  selected(view: GraphView, id: string | undefined): void
  failed(error: unknown): void
}

export class Comparison {
  readonly before: GraphView
  readonly after: GraphView
  readonly isOptimised: boolean
  readonly #client: Client
  readonly #result: ResultPane
  /** The ending of the file that was asked for last. */
  #taken: string
  #isFollowing = false

  constructor(client: Client, model: string, result: FreezeResult, events: ComparisonEvents) {
    this.#client = client
    this.isOptimised = result.passes.length > 0
    const view = (document: 'before' | 'after', label: string): GraphView => {
      const made: GraphView = new GraphView(
        label,
        client,
        { document, inline: true, whole: true },
        {
          selected: id => events.selected(made, id),
          changed: () => this.#follow(made),
          toggled: (id, isOpen) => void this.#other(made).setOpen(id, isOpen),
          failed: error => events.failed(error),
        },
      )
      return made
    }
    this.before = view('before', 'Frozen, before optimising')
    this.after = view('after', 'The result')
    this.#taken = result.formats[0]!.extension
    const check = new CheckPane(client, this.isOptimised, place => void this.#reveal(place))
    this.#result = new ResultPane(result, check.element, {
      download: format => {
        this.#taken = format
        void download(client, model, format, this.#result)
      },
      manifest: () => void downloadManifest(client, model, this.#taken, this.#result),
      showNode: place => void this.#reveal(place),
    })
  }

  /** The graphs and the report; the result alone where nothing was optimised. */
  elements(): HTMLElement[] {
    const sides = h(
      'div',
      { class: 'sides' },
      this.isOptimised && labelled(this.#choice(), this.before),
      labelled(this.isOptimised ? 'After: optimised' : 'Frozen', this.after),
    )
    return [sides, this.#result.element]
  }

  #choice(): HTMLElement {
    const compare = (): void => void this.#compareWith(select.value as 'model' | 'before') // the values of its options
    const select = h(
      'select',
      { 'aria-label': 'Compare with', onchange: compare },
      h('option', { value: 'before', selected: this.before.settings.document === 'before' }, 'Before: frozen'),
      h('option', { value: 'model', selected: this.before.settings.document === 'model' }, 'Before: the model itself'),
    )
    return select
  }

  #other(view: GraphView): GraphView {
    return view === this.before ? this.after : this.before
  }

  /** Moves the other graph so that a box that both have is at the same place of the screen. */
  #follow(view: GraphView): void {
    if (!this.isOptimised || this.#isFollowing) return
    this.#isFollowing = true
    this.#other(view).canvas.follow(view.canvas)
    this.#isFollowing = false
  }

  /** Takes the model itself, or what was frozen of it, as what the result is compared with. */
  async #compareWith(document: 'model' | 'before'): Promise<void> {
    this.before.settings.document = document
    this.before.settings.open = undefined
    this.before.select(undefined)
    await this.before.draw({ start: true })
  }

  /** A node that a pass worked at: in the result where it is still there, else in what was before. */
  async #reveal(place: string): Promise<void> {
    const name = place.split(' › ').at(-1)!
    for (const view of [this.before, this.after]) {
      const { hits } = await this.#client.call('search', { ...view.viewpoint(), text: `name:${name}` })
      const hit = hits.find(h => h.name === name)
      if (hit) await view.reveal(hit.id)
    }
  }
}

const labelled = (label: string | HTMLElement, view: GraphView): HTMLElement =>
  h('div', { class: 'pane' }, h('h3', {}, label), view.canvas.element)

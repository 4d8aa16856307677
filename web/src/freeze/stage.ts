/** The middle of the page: the graph of the model, or in its place what freezing gave. */
import type { Tab } from '../address.ts'
import { fill, h } from '../dom.ts'
import type { GraphView } from '../graph/panel.ts'
import type { Comparison } from './comparison.ts'

/** The events of a stage for its owner. */
export interface StageEvents {
  /** Whether what freezing gave is shown, which leaves less room for the rest. */
  shown(isResult: boolean): void
}

export class Stage {
  readonly element: HTMLElement
  readonly model: GraphView
  readonly #where = h('div', { class: 'where-bar' })
  readonly #stage = h('div', { class: 'stage' })
  readonly #events: StageEvents
  #tab: Tab = 'graph'
  #comparison: Comparison | undefined
  #isComparing = false

  constructor(model: GraphView, events: StageEvents) {
    this.model = model
    this.#events = events
    this.element = h('div', { class: 'center' }, this.#where, this.#stage)
  }

  /** The last result of freezing, shown or not. */
  get comparison(): Comparison | undefined {
    return this.#comparison
  }

  get isComparing(): boolean {
    return this.#isComparing
  }

  /** The graph that is looked at. */
  get view(): GraphView {
    return this.#shown?.after ?? this.model
  }

  get #shown(): Comparison | undefined {
    return this.#isComparing ? this.#comparison : undefined
  }

  /** As the tab has it: only the one for freezing has what freezing gave. */
  show(tab: Tab): void {
    this.#tab = tab
    if (tab === 'graph') this.#isComparing = false
    this.#fill()
  }

  /** Shows what freezing gave now. */
  compare(comparison: Comparison): void {
    this.#comparison = comparison
    this.#choose(true)
  }

  /** Shows the model; what freezing gave can be chosen still. */
  showModel(): void {
    this.#choose(false)
  }

  /** Shows the model; what freezing gave is lost. */
  forget(): void {
    this.#comparison = undefined
    this.#choose(false)
  }

  #choose(isComparing: boolean): void {
    this.#isComparing = isComparing
    this.#fill()
  }

  #fill(): void {
    const shown = this.#shown
    const canChoose = this.#tab === 'freeze' && this.#comparison !== undefined
    this.#where.hidden = !canChoose
    if (canChoose) fill(this.#where, this.#choice())
    fill(this.#stage, shown ? shown.elements() : this.model.canvas.element)
    this.#stage.classList.toggle('comparing', shown !== undefined)
    this.#events.shown(shown !== undefined)
  }

  #choice(): HTMLElement {
    const choice = (label: string, on: boolean): HTMLElement => {
      const pressed = String(this.#isComparing === on)
      return h('button', { type: 'button', 'aria-pressed': pressed, onclick: () => this.#choose(on) }, label)
    }
    return h(
      'div',
      { class: 'segmented', role: 'group', 'aria-label': 'Shown' },
      choice('Model', false),
      choice('Result', true),
    )
  }
}

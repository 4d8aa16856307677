/** The graph of the open model: what of it is looked at, in step with the address. */
import type { PublicTensor } from '../../../src/picture/parts.ts'
import type { ViewState } from '../address.ts'
import type { Client } from '../client.ts'
import { h } from '../dom.ts'
import type { Opened } from '../protocol.ts'
import { legend } from './legend.ts'
import { type GraphEvents, GraphView } from './panel.ts'
import { savePicture } from './saving.ts'

export interface ModelGraphEvents extends GraphEvents {
  /** The user wants to look at a function, or at the main graph. */
  lookAt(name: string | undefined): void
}

export class ModelGraph {
  readonly view: GraphView
  readonly #opened: Opened
  readonly #state: ViewState
  readonly #events: ModelGraphEvents
  readonly #whole = h('input', { type: 'checkbox', onchange: () => void this.redraw({ whole: this.#whole.checked }) })
  #isDrawn = false

  constructor(client: Client, opened: Opened, state: ViewState, events: ModelGraphEvents) {
    this.#opened = opened
    this.#state = state
    this.#events = events
    const { root, inline, whole, open } = state
    this.view = new GraphView(
      `Graph of ${opened.contents.name}`,
      client,
      { document: 'model', root, inline, whole, open },
      {
        selected: id => events.selected(id),
        changed: () => {
          this.#whole.checked = this.view.settings.whole // revealing a node may have set it
          events.changed()
        },
        failed: error => events.failed(error),
      },
    )
  }

  /** Draws it where it is not drawn yet, as the address says. */
  async draw(): Promise<void> {
    if (this.#isDrawn) return
    const { camera, selected } = this.#state
    this.#isDrawn = true
    await this.view.draw({ start: true })
    if (camera) this.view.canvas.camera.set(camera)
    if (selected !== undefined) this.view.select(selected)
  }

  async redraw(changes: { whole?: boolean; inline?: boolean }): Promise<void> {
    Object.assign(this.view.settings, changes)
    Object.assign(this.#state, changes)
    this.view.settings.open = undefined
    await this.view.draw({ start: true })
  }

  /** Takes a function, or the main graph, as what is to be drawn. */
  turnTo(name: string | undefined): void {
    this.view.settings.root = name
    this.view.settings.open = undefined
    this.#state.root = name
    this.view.select(undefined)
  }

  chooseSignature(name: string | undefined): void {
    const isDefault = name === undefined || name === 'serving_default' || this.#opened.contents.signatures.length === 1
    this.#state.signature = isDefault ? undefined : name
    this.view.settings.signature = this.#state.signature
  }

  /** Marks the chosen inputs and outputs. */
  async mark(ports: readonly PublicTensor[]): Promise<void> {
    const { settings, selected } = this.view
    settings.ports = ports
    if (this.#isDrawn) await this.view.draw({ ...(selected !== undefined && { anchor: selected }) })
  }

  /** Writes what is looked at into the address; where it is looked at only while it is in sight. */
  save(isInSight: boolean): void {
    const { settings, canvas, selected } = this.view
    this.#state.open = settings.open
    this.#state.whole = settings.whole
    this.#state.selected = selected
    if (this.#isDrawn && isInSight) this.#state.camera = canvas.camera.middle
  }

  async #openAll(): Promise<void> {
    if (!(await this.view.openAll()))
      this.#events.failed('The graph is too large to open all of it at once: open the other boxes one by one.')
  }

  async #savePicture(kind: 'svg' | 'png'): Promise<void> {
    try {
      await savePicture(await this.view.drawing(), this.#opened.contents.name, kind)
    } catch (error) {
      this.#events.failed(error)
    }
  }

  /** The choice of what is drawn, as it is now. */
  options(): HTMLElement {
    const { functions, contents } = this.#opened
    const { settings } = this.view
    this.#whole.checked = settings.whole
    const inline = h('input', {
      type: 'checkbox',
      checked: settings.inline,
      onchange: () => void this.redraw({ inline: inline.checked }),
    })
    const choice = h(
      'select',
      { id: 'function', onchange: () => this.#events.lookAt(choice.value || undefined) },
      h('option', { value: '' }, 'Main graph'),
      functions.map(f => h('option', { value: f.name, selected: f.name === settings.root }, `${f.label} (${f.nodes})`)),
    )
    return h(
      'div',
      { class: 'graph-options' },
      h(
        'div',
        { class: 'actions' },
        small('Open all', () => void this.#openAll()),
        small('Close all', () => void this.view.closeAll()),
        small('Save SVG', () => void this.#savePicture('svg')),
        small('Save PNG', () => void this.#savePicture('png')),
      ),
      functions.length > 0
        ? h('div', { class: 'field' }, h('label', { for: 'function' }, 'Function to show'), choice)
        : '',
      functions.length > 0
        ? h('label', { class: 'check' }, inline, 'Show functions inside the nodes that call them')
        : '',
      contents.signatures.length > 0
        ? h('label', { class: 'check' }, this.#whole, 'Show nodes that no output needs')
        : '',
      legend(),
      h(
        'details',
        { class: 'help' },
        h('summary', {}, 'Keys'),
        h(
          'dl',
          { class: 'pairs' },
          KEYS.map(([key, what]) => h('div', {}, h('dt', {}, h('kbd', {}, key)), h('dd', {}, what))),
        ),
      ),
    )
  }
}

const small = (text: string, onclick: () => void): HTMLElement =>
  h('button', { type: 'button', class: 'small', onclick }, text)

const KEYS: readonly (readonly [string, string])[] = [
  ['↑ ↓', 'next box'],
  ['→', 'open'],
  ['←', 'close, go out'],
  ['Enter', 'open or close'],
  ['F', 'fit'],
  ['+ −', 'zoom'],
  ['/', 'search'],
  ['Esc', 'select nothing'],
]

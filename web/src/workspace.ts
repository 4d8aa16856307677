/** An open model: the overview, its graph, and freezing it. */
import type { PublicTensor } from '../../src/picture/picture.ts'
import type { Tab, ViewState } from './address.ts'
import { CallError, type Client } from './client.ts'
import { fill, h } from './dom.ts'
import { save, startDownload } from './freeze/download.ts'
import { FreezeForm } from './freeze/form.ts'
import { ResultPane } from './freeze/result.ts'
import { DetailPane, type Picked } from './graph/details.ts'
import { GraphView } from './graph/panel.ts'
import { SearchPane } from './graph/search.ts'
import { Overview } from './overview.ts'
import type { FreezeParams, FreezeResult, Opened } from './protocol.ts'

export interface WorkspaceEvents {
  /** The state has changed and belongs into the address. */
  saved(): void
  chooseTags(tags: readonly string[]): void
  /** Ends what the worker does; it opens the model anew and answers what is asked after that. */
  interrupt(): Promise<void>
}

const TABS: readonly (readonly [Tab, string])[] = [
  ['overview', 'Overview'],
  ['graph', 'Graph'],
  ['freeze', 'Freeze'],
]
const SAVE_MS = 250

export class Workspace {
  readonly element: HTMLElement
  readonly tabs: HTMLElement
  readonly #client: Client
  readonly #opened: Opened
  readonly #state: ViewState
  readonly #events: WorkspaceEvents
  readonly #overview: Overview
  readonly #graph: GraphView
  readonly #details: DetailPane
  readonly #search: SearchPane
  readonly #form: FreezeForm
  readonly #side = h('div', { class: 'side-pane' })
  readonly #stage = h('div', { class: 'stage' })
  readonly #where = h('div', { class: 'where-bar' })
  readonly #panes: Readonly<Record<'overview' | 'work', HTMLElement>>
  readonly #whole = h('input', {
    type: 'checkbox',
    onchange: () => void this.#redraw({ whole: this.#whole.checked }),
  })
  readonly #toast = h('div', { class: 'toast', role: 'status' })
  #compare: { before: GraphView; after: GraphView; result: ResultPane } | undefined
  #comparing = false
  #isDrawn = false
  #isClosed = false
  #saving: ReturnType<typeof setTimeout> | undefined
  #saying: ReturnType<typeof setTimeout> | undefined

  constructor(client: Client, opened: Opened, state: ViewState, events: WorkspaceEvents) {
    this.#client = client
    this.#opened = opened
    this.#state = state
    this.#events = events
    this.#overview = new Overview(opened, {
      chooseTags: events.chooseTags,
      showNode: name => void this.#showNode(name),
      accuse: node => void this.#accuse(node),
      freeze: name => {
        if (name !== undefined) this.#form.signature(name)
        this.show('freeze')
      },
    })
    const { root, inline, whole, open } = state
    this.#graph = new GraphView(
      `Graph of ${opened.contents.name}`,
      client,
      { document: 'model', root, inline, whole, open },
      {
        selected: id => this.#selected(this.#graph, id),
        changed: () => this.#save(),
        failed: error => this.say(error),
      },
    )
    this.#details = new DetailPane(client, {
      show: id => void this.#current().reveal(id),
      openFunction: name => this.#lookAtFunction(name),
      pick: picked => this.#pick(picked),
      isPicked: picked => this.#form.isPicked(picked),
      close: () => this.#current().select(undefined),
    })
    this.#search = new SearchPane(
      client,
      () => this.#current().viewpoint(),
      id => void this.#current().reveal(id),
      () => this.#redraw({ whole: true }),
    )
    this.#form = new FreezeForm(opened, state.tags, {
      chosen: ports => void this.#choose(ports),
      showNode: name => void this.#showNode(name),
      freeze: params => void this.#freeze(params),
      signature: name => this.#chooseSignature(name),
    })
    if (state.signature !== undefined) this.#form.signature(state.signature)
    this.tabs = h(
      'nav',
      { class: 'tabs', 'aria-label': 'Views' },
      TABS.map(([tab, label]) =>
        h('button', { type: 'button', 'data-tab': tab, onclick: () => this.show(tab) }, label),
      ),
    )
    const work = h(
      'main',
      { class: 'work' },
      this.#side,
      h('div', { class: 'center' }, this.#where, this.#stage),
      this.#details.element,
    )
    this.#panes = { overview: h('main', { class: 'overview-pane' }, this.#overview.element), work }
    this.element = h('div', { class: 'workspace' }, this.#panes.overview, work, this.#toast)
    this.element.addEventListener('keydown', event => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      this.show('graph')
      this.#search.focus()
    })
  }

  /** Shows the view of the address, and finds out whether the model can be frozen. */
  async start(): Promise<void> {
    const { selected, camera } = this.#state
    this.show(this.#state.tab)
    if (this.#state.tab !== 'overview') await this.#draw(camera, selected)
    try {
      this.#form.passes(await this.#answer(() => this.#client.call('passes', undefined)))
      const names = this.#opened.contents.signatures.map(({ name }) => name)
      for (const name of names.length > 0 ? names : [undefined]) {
        const params = name === undefined ? {} : { signature: name }
        this.#overview.verdict(name ?? '', await this.#answer(() => this.#client.call('verdict', params)))
      }
    } catch (error) {
      this.say(error)
    }
  }

  /** Another model takes the place of this one. */
  close(): void {
    this.#isClosed = true
  }

  /** Asks once more where the question was lost with something else that was interrupted. */
  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (this.#isClosed || !(error instanceof CallError && error.isCancelled)) throw error
      }
    }
  }

  show(tab: Tab): void {
    this.#state.tab = tab
    for (const button of this.tabs.querySelectorAll('button')) {
      const isCurrent = button.dataset['tab'] === tab
      if (isCurrent) button.setAttribute('aria-current', 'page')
      else button.removeAttribute('aria-current')
    }
    this.#panes.work.classList.remove('has-details')
    this.#panes.overview.hidden = tab !== 'overview'
    this.#panes.work.hidden = tab === 'overview'
    if (tab !== 'overview') {
      fill(this.#side, tab === 'graph' ? this.#graphSide() : this.#form.element)
      if (tab === 'graph') this.#comparing = false
      this.#stageFor()
      if (!this.#isDrawn) void this.#draw(this.#state.camera, this.#state.selected)
    }
    this.#save()
  }

  async #draw(camera: ViewState['camera'], selected: string | undefined): Promise<void> {
    if (this.#isDrawn) return
    this.#isDrawn = true
    await this.#graph.draw({ start: true })
    if (camera) this.#graph.canvas.camera.set(camera)
    if (selected !== undefined) this.#graph.select(selected)
  }

  #graphSide(): HTMLElement {
    return h('div', {}, this.#search.element, this.#options())
  }

  #options(): HTMLElement {
    const { functions } = this.#opened
    const { settings } = this.#graph
    const inline = h('input', {
      type: 'checkbox',
      checked: settings.inline,
      onchange: () => void this.#redraw({ inline: inline.checked }),
    })
    const choice = h(
      'select',
      { id: 'function', onchange: () => this.#lookAtFunction(choice.value || undefined) },
      h('option', { value: '' }, 'Main graph'),
      functions.map(f => h('option', { value: f.name, selected: f.name === settings.root }, `${f.label} (${f.nodes})`)),
    )
    return h(
      'div',
      { class: 'graph-options' },
      functions.length > 0 ? h('div', { class: 'field' }, h('label', { for: 'function' }, 'Look at'), choice) : '',
      functions.length > 0 ? h('label', { class: 'check' }, inline, 'Open functions where they are called') : '',
      this.#opened.contents.signatures.length > 0
        ? h('label', { class: 'check' }, this.#whole, 'Also what no output needs')
        : '',
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

  async #redraw(changes: { whole?: boolean; inline?: boolean }): Promise<void> {
    Object.assign(this.#graph.settings, changes)
    Object.assign(this.#state, changes)
    this.#graph.settings.open = undefined
    await this.#graph.draw({ start: true })
  }

  #lookAtFunction(name: string | undefined): void {
    this.#graph.settings.root = name
    this.#graph.settings.open = undefined
    this.#state.root = name
    this.#graph.select(undefined)
    this.show('graph')
    void this.#graph.draw({ start: true })
  }

  #current(): GraphView {
    return this.#comparing && this.#compare ? this.#compare.after : this.#graph
  }

  #selected(view: GraphView, id: string | undefined): void {
    this.#panes.work.classList.toggle('has-details', id !== undefined)
    this.#panes.work.classList.toggle('bare', this.#comparing && id === undefined)
    if (id === undefined) this.#details.clear()
    else void this.#details.show(view.viewpoint(), id).catch(error => this.say(error))
  }

  /** Shows a node of the main graph by its name. */
  async #showNode(name: string): Promise<void> {
    if (this.#state.tab === 'overview') this.show('graph')
    if (this.#graph.settings.root !== undefined && !this.#comparing) this.#lookAtFunction(undefined)
    await this.#draw(undefined, undefined)
    await this.#current().reveal(name)
  }

  #pick(picked: Picked): void {
    const isNew = this.#form.toggle(picked)
    this.show('freeze')
    this.say(`${picked.tensor} is ${isNew ? 'now' : 'no longer'} an ${picked.kind} of the frozen graph.`)
    if (this.#graph.selected !== undefined) this.#selected(this.#graph, this.#graph.selected)
    this.#panes.work.classList.remove('has-details')
  }

  #chooseSignature(name: string | undefined): void {
    const isDefault = name === undefined || name === 'serving_default' || this.#opened.contents.signatures.length === 1
    this.#state.signature = isDefault ? undefined : name
    this.#graph.settings.signature = this.#state.signature
  }

  async #choose(ports: readonly PublicTensor[]): Promise<void> {
    this.#graph.settings.ports = ports
    if (this.#isDrawn)
      await this.#graph.draw({ ...(this.#graph.selected !== undefined && { anchor: this.#graph.selected }) })
  }

  async #freeze(params: FreezeParams): Promise<void> {
    const stop = (): void => void this.#interrupt()
    this.#form.running({ what: 'Freezing' }, stop)
    try {
      const frozen = this.#client.call('freeze', params, progress => this.#form.running(progress, stop))
      await this.#showResult(await frozen)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      if (!error.isCancelled) await this.#refused(error)
    } finally {
      this.#form.ready()
    }
  }

  async #refused({ message, failure }: CallError): Promise<void> {
    this.#form.problem(message)
    this.#comparing = false
    this.#stageFor()
    if (failure.node !== undefined) await this.#graph.accuse(failure.node)
    this.#panes.work.classList.remove('has-details') // the sentence is in the form
  }

  /** Stops the freezing. What was frozen before is lost with it; the model and what is chosen stay. */
  async #interrupt(): Promise<void> {
    this.#compare = undefined
    this.#comparing = false
    this.#stageFor()
    this.say('Cancelled.')
    await this.#events.interrupt()
  }

  async #accuse(node: string): Promise<void> {
    this.show('graph')
    await this.#draw(undefined, undefined)
    await this.#graph.accuse(node)
  }

  async #showResult(result: FreezeResult): Promise<void> {
    const view = (document: 'before' | 'after', label: string): GraphView => {
      const made: GraphView = new GraphView(
        label,
        this.#client,
        { document, inline: true, whole: true },
        {
          selected: id => this.#selected(made, id),
          changed: () => {},
          failed: error => this.say(error),
        },
      )
      return made
    }
    const pane = new ResultPane(result, {
      download: format => void this.#download(format),
      showNode: name => void this.#showChanged(name),
    })
    this.#compare = {
      before: view('before', 'Frozen, before optimising'),
      after: view('after', 'The result'),
      result: pane,
    }
    this.#comparing = true
    this.#details.clear()
    this.#stageFor()
    if (result.passes.length > 0) await this.#compare.before.draw({ start: true })
    await this.#compare.after.draw({ start: true })
  }

  /** A node that a pass worked at: in the result where it is still there, else in what was before. */
  async #showChanged(place: string): Promise<void> {
    if (!this.#compare) return
    const name = place.split(' › ').at(-1)!
    for (const view of [this.#compare.before, this.#compare.after]) {
      const { hits } = await this.#client.call('search', { ...view.viewpoint(), text: `name:${name}` })
      const hit = hits.find(h => h.name === name)
      if (hit) await view.reveal(hit.id)
    }
  }

  /** The graph, or before and after side by side. */
  #stageFor(): void {
    const compare = this.#comparing ? this.#compare : undefined
    const isFreezing = this.#state.tab === 'freeze' && this.#compare !== undefined
    this.#where.hidden = !isFreezing
    if (isFreezing) {
      const choice = (label: string, on: boolean): HTMLElement =>
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(this.#comparing === on),
            onclick: () => {
              this.#comparing = on
              this.#stageFor()
            },
          },
          label,
        )
      fill(
        this.#where,
        h(
          'div',
          { class: 'segmented', role: 'group', 'aria-label': 'Shown' },
          choice('Model', false),
          choice('Result', true),
        ),
      )
    }
    if (!compare) fill(this.#stage, this.#graph.canvas.element)
    else {
      const isCompared = compare.before.canvas !== undefined && this.#isOptimised()
      fill(
        this.#stage,
        h(
          'div',
          { class: 'sides' },
          isCompared ? labelled('Before: frozen', compare.before) : '',
          labelled(isCompared ? 'After: optimised' : 'Frozen', compare.after),
        ),
        compare.result.element,
      )
    }
    this.#stage.classList.toggle('comparing', compare !== undefined)
    this.#panes.work.classList.toggle('bare', compare !== undefined)
    this.#panes.work.classList.toggle('has-result', compare !== undefined)
  }

  #isOptimised(): boolean {
    return this.#form.params().passes !== undefined
  }

  async #download(format: '.pb' | '.pbtxt'): Promise<void> {
    const pane = this.#compare?.result
    if (!pane) return
    const name = `${this.#opened.contents.name.replace(/\.(h5|hdf5|keras|pb|pbtxt|zip|tar|tar\.gz|tgz)$/i, '')}${/\.pb(txt)?$/.test(this.#opened.contents.name) ? '.frozen' : ''}${format}`
    let cancel = (): void => {}
    try {
      const download = await startDownload(this.#client, name, ({ share }) => pane.running(share, () => cancel()))
      if (!download) return
      cancel = () => download.written.cancel()
      pane.running(undefined, () => cancel())
      const { bytes, blob } = await download.written
      if (blob) save(blob, download.name)
      pane.says(
        `${download.name}: ${bytes.toLocaleString('en')} bytes ${download.isStreamed ? 'written' : 'handed to the browser'}.`,
      )
    } catch (error) {
      if (error instanceof CallError && error.isCancelled) pane.says('Cancelled; nothing was written.')
      else
        pane.says(
          h('p', { class: 'sentence error', role: 'alert' }, error instanceof Error ? error.message : String(error)),
        )
    }
  }

  /** Says something for a moment; an error for longer. */
  say(what: unknown): void {
    if (what instanceof CallError && what.isCancelled) return
    fill(
      this.#toast,
      h(
        'p',
        { class: what instanceof Error ? 'sentence error' : '' },
        what instanceof Error ? what.message : String(what),
      ),
    )
    this.#toast.classList.add('shown')
    clearTimeout(this.#saying)
    this.#saying = setTimeout(() => this.#toast.classList.remove('shown'), what instanceof Error ? 12_000 : 3000)
  }

  #save(): void {
    this.#whole.checked = this.#graph.settings.whole
    clearTimeout(this.#saving)
    this.#saving = setTimeout(() => {
      const { settings, canvas, selected } = this.#graph
      this.#state.open = settings.open
      this.#state.whole = settings.whole
      this.#state.selected = selected
      if (this.#isDrawn && !this.#comparing && this.#state.tab !== 'overview') this.#state.camera = canvas.camera.middle
      this.#events.saved()
    }, SAVE_MS)
  }
}

const labelled = (label: string, view: GraphView): HTMLElement =>
  h('div', { class: 'pane' }, h('h3', {}, label), view.canvas.element)

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

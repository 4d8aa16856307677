/** An open model: the overview, its graph, and freezing it. */
import type { Tab, ViewState } from './address.ts'
import { CallError, type Client } from './client.ts'
import { fill, h } from './dom.ts'
import { FreezeForm } from './freeze/form.ts'
import { FreezeRun } from './freeze/run.ts'
import { Stage } from './freeze/stage.ts'
import { DetailPane, type Picked } from './graph/details.ts'
import { ModelGraph } from './graph/model.ts'
import type { GraphView } from './graph/panel.ts'
import { SearchPane } from './graph/search.ts'
import { Overview } from './overview.ts'
import type { Opened } from './protocol.ts'
import { Toast } from './toast.ts'

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
  readonly #model: ModelGraph
  readonly #stage: Stage
  readonly #details: DetailPane
  readonly #search: SearchPane
  readonly #form: FreezeForm
  readonly #side = h('div', { class: 'side-pane' })
  readonly #panes: Readonly<Record<'overview' | 'work', HTMLElement>>
  readonly #toast = new Toast()
  #isClosed = false
  #saving: ReturnType<typeof setTimeout> | undefined

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
    this.#model = new ModelGraph(client, opened, state, {
      selected: id => this.#selected(this.#model.view, id),
      changed: () => this.#save(),
      failed: error => this.say(error),
      lookAt: name => this.#lookAt(name),
    })
    this.#stage = new Stage(this.#model.view, {
      shown: isResult => {
        this.#panes.work.classList.toggle('bare', isResult)
        this.#panes.work.classList.toggle('has-result', isResult)
      },
    })
    this.#details = new DetailPane(client, {
      show: id => void this.#stage.view.reveal(id),
      openFunction: name => this.#lookAt(name),
      pick: picked => this.#pick(picked),
      isPicked: picked => this.#form.isPicked(picked),
      close: () => this.#stage.view.select(undefined),
    })
    this.#search = new SearchPane(
      client,
      () => this.#stage.view.viewpoint(),
      id => void this.#stage.view.reveal(id),
      () => this.#model.redraw({ whole: true }),
    )
    this.#form = new FreezeForm(opened, state.tags, {
      chosen: ports => void this.#model.mark(ports),
      showNode: name => void this.#showNode(name),
      accuse: node => void this.#accuse(node),
      close: () => this.show('graph'),
      freeze: params => void run.start(params),
      signature: name => this.#model.chooseSignature(name),
      chooseTags: events.chooseTags,
      names: (kind, text) => this.#quiet(client.call('names', { kind, text, ...this.#signature() })),
      named: (kind, text) => client.call('named', { kind, text, ...this.#signature() }),
    })
    if (state.signature !== undefined) this.#form.signature(state.signature)
    const run = new FreezeRun(client, opened.contents.name, this.#form, this.#stage, {
      selected: (view, id) => this.#selected(view, id),
      frozen: () => {
        this.#details.clear()
        this.#hideDetails()
      },
      refused: () => this.#hideDetails(), // the sentence is in the form
      interrupt: events.interrupt,
      say: what => this.say(what),
    })
    this.tabs = h(
      'nav',
      { class: 'tabs', 'aria-label': 'Views' },
      TABS.map(([tab, label]) =>
        h('button', { type: 'button', 'data-tab': tab, onclick: () => this.show(tab) }, label),
      ),
    )
    const work = h('main', { class: 'work' }, this.#side, this.#stage.element, this.#details.element)
    this.#panes = { overview: h('main', { class: 'overview-pane' }, this.#overview.element), work }
    this.element = h('div', { class: 'workspace' }, this.#panes.overview, work, this.#toast.element)
    this.element.addEventListener('keydown', event => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      this.show('graph')
      this.#search.focus()
    })
  }

  /** Shows the view of the address, and finds out whether the model can be frozen. */
  async start(): Promise<void> {
    this.show(this.#state.tab)
    try {
      this.#form.passes(await this.#answer(() => this.#client.call('passes', undefined)))
      const formats = await this.#answer(() => this.#client.call('formats', undefined))
      this.#form.offer(formats, await this.#answer(() => this.#client.call('targets', undefined)))
      const names = this.#opened.contents.signatures.map(({ name }) => name)
      for (const name of names.length > 0 ? names : [undefined]) {
        const params = name === undefined ? {} : { signature: name }
        this.#overview.verdict(name ?? '', await this.#answer(() => this.#client.call('verdict', params)))
      }
    } catch (error) {
      this.say(error)
    }
  }

  /** The chosen signature, for questions about it. */
  #signature(): { readonly signature?: string } {
    const { signature } = this.#form.params()
    return signature === undefined ? {} : { signature }
  }

  /** Suggestions, or none where the worker was interrupted. */
  async #quiet<T>(asked: Promise<readonly T[]>): Promise<readonly T[]> {
    try {
      return await asked
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      return []
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
    this.#hideDetails()
    this.#panes.overview.hidden = tab !== 'overview'
    this.#panes.work.hidden = tab === 'overview'
    this.#panes.work.classList.toggle('has-form', tab === 'freeze')
    if (tab !== 'overview') {
      fill(this.#side, tab === 'graph' ? h('div', {}, this.#search.element, this.#model.options()) : this.#form.element)
      this.#stage.show(tab)
      void this.#model.draw()
    }
    this.#save()
  }

  /** Shows a function, or the main graph. */
  #lookAt(name: string | undefined): void {
    this.#model.turnTo(name)
    this.show('graph')
    void this.#model.view.draw({ start: true })
  }

  #selected(view: GraphView, id: string | undefined): void {
    const isSelected = id !== undefined
    this.#panes.work.classList.toggle('has-details', isSelected)
    this.#panes.work.classList.toggle('bare', this.#stage.isComparing && !isSelected)
    if (isSelected) void this.#details.show(view.viewpoint(), id).catch(error => this.say(error))
    else this.#details.clear()
  }

  /** On a phone the details lie over the rest. */
  #hideDetails(): void {
    this.#panes.work.classList.remove('has-details')
  }

  /** Shows a node of the main graph by its name. */
  async #showNode(name: string): Promise<void> {
    if (this.#state.tab === 'overview' || this.#isCovered) this.show('graph')
    if (this.#model.view.settings.root !== undefined && !this.#stage.isComparing) this.#lookAt(undefined)
    await this.#stage.view.reveal(name)
  }

  /** On a phone the form lies over the graph. */
  get #isCovered(): boolean {
    return this.#state.tab === 'freeze' && !this.#stage.isComparing && matchMedia('(max-width: 640px)').matches
  }

  async #accuse(node: string): Promise<void> {
    if (this.#state.tab === 'overview' || this.#isCovered) this.show('graph')
    await this.#model.view.accuse(node)
  }

  #pick(picked: Picked): void {
    const isNew = this.#form.toggle(picked)
    this.show('freeze')
    this.say(`${picked.tensor} is ${isNew ? 'now' : 'no longer'} an ${picked.kind} of the frozen graph.`)
    const { view } = this.#model
    if (view.selected !== undefined) this.#selected(view, view.selected)
    this.#hideDetails()
  }

  /** Says something for a moment; an error for longer. */
  say(what: unknown): void {
    this.#toast.say(what)
  }

  #save(): void {
    clearTimeout(this.#saving)
    this.#saving = setTimeout(() => {
      this.#model.save(!this.#stage.isComparing && this.#state.tab !== 'overview')
      this.#events.saved()
    }, SAVE_MS)
  }
}

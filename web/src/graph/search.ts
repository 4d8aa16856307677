/** Searching: a field and the list of hits. */
import type { Client } from '../client.ts'
import { fill, h } from '../dom.ts'
import type { Hit, Viewpoint } from '../protocol.ts'

const WAIT_MS = 120

export class SearchPane {
  readonly element: HTMLElement
  readonly #field = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'op:Conv2D padding=SAME',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  readonly #hits = h('ul', { class: 'hits', 'aria-label': 'Hits' })
  readonly #count = h('p', { class: 'where', role: 'status' })
  readonly #client: Client
  readonly #view: () => Viewpoint
  readonly #show: (id: string) => void
  readonly #showAll: () => Promise<void>
  #timer: ReturnType<typeof setTimeout> | undefined
  #turn = 0

  /** `showAll` brings what no output needs into the picture too. */
  constructor(client: Client, view: () => Viewpoint, show: (id: string) => void, showAll: () => Promise<void>) {
    this.#client = client
    this.#view = view
    this.#show = show
    this.#showAll = showAll
    this.#field.addEventListener('input', () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => void this.#search(), WAIT_MS)
    })
    this.#field.addEventListener('keydown', event => {
      if (event.key !== 'Enter') return
      clearTimeout(this.#timer)
      void this.#search().then(() => this.#hits.querySelector('button')?.click())
    })
    this.element = h(
      'div',
      { class: 'search' },
      h('label', { for: 'search' }, 'Search'),
      this.#field,
      this.#count,
      this.#hits,
    )
  }

  focus(): void {
    this.#field.focus()
    this.#field.select()
  }

  async #search(): Promise<void> {
    const turn = ++this.#turn
    const text = this.#field.value
    const { hits, total, hidden } = await this.#client.call('search', { ...this.#view(), text })
    if (turn !== this.#turn) return
    fill(this.#count, text.trim() !== '' && [summary(total, hits.length), hidden > 0 && this.#hidden(hidden)])
    fill(
      this.#hits,
      hits.map(hit => h('li', {}, this.#hit(hit))),
    )
  }

  #hidden(count: number): (string | HTMLElement)[] {
    const show = (): void => void this.#showAll().then(() => this.#search())
    const more = `${count.toLocaleString('en')} in what no output needs`
    return [' ', h('button', { type: 'button', class: 'link', onclick: show }, more)]
  }

  #hit(hit: Hit): HTMLElement {
    return h(
      'button',
      { type: 'button', onclick: () => this.#show(hit.id) },
      h('span', { class: 'hit-op' }, hit.op, hit.inside ? ` · in ${hit.inside}` : ''),
      h('span', { class: 'hit-name' }, hit.name),
      hit.attribute ? h('span', { class: 'hit-op' }, hit.attribute) : '',
    )
  }
}

function summary(total: number, listed: number): string {
  if (total === 0) return 'Nothing matches.'
  const matches = total.toLocaleString('en')
  return total > listed ? `${matches} matches; the first ${listed}.` : `${matches} match${total === 1 ? '' : 'es'}.`
}

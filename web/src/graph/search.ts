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
  #timer: ReturnType<typeof setTimeout> | undefined
  #turn = 0

  constructor(client: Client, view: () => Viewpoint, show: (id: string) => void) {
    this.#client = client
    this.#view = view
    this.#show = show
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
    this.#count.textContent = text.trim() === '' ? '' : summary(total, hits.length, hidden)
    fill(
      this.#hits,
      hits.map(hit => h('li', {}, this.#hit(hit))),
    )
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

function summary(total: number, listed: number, hidden: number): string {
  const number = (n: number): string => n.toLocaleString('en')
  const found =
    total === 0
      ? 'Nothing matches'
      : total > listed
        ? `${number(total)} matches; the first ${listed}`
        : `${number(total)} match${total === 1 ? '' : 'es'}`
  return hidden > 0 ? `${found}; ${number(hidden)} in what no output needs.` : `${found}.`
}

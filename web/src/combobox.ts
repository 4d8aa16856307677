/** A text field with suggestions that come while one types: a combobox with a list, as WAI-ARIA 1.2 has it. */
import { fill, h } from './dom.ts'

/** A suggestion: the text that is taken, and a word about it. */
export interface Choice {
  readonly text: string
  readonly note: string
}

export interface ComboboxOptions {
  readonly id: string
  readonly label: string
  readonly placeholder: string
  /** The suggestions for a text. */
  readonly suggest: (text: string) => Promise<readonly Choice[]>
  /** The text is another, and these are suggested for it. */
  readonly typed: (text: string, suggested: readonly Choice[]) => void
  /** Enter was pressed, or a suggestion was chosen. */
  readonly taken: (text: string) => void
}

/** Milliseconds after the last key. */
const PAUSE_MS = 120

export class Combobox {
  readonly element: HTMLElement
  readonly input: HTMLInputElement
  readonly #list: HTMLElement
  readonly #options: ComboboxOptions
  #choices: readonly Choice[] = []
  #active = -1
  #waiting: ReturnType<typeof setTimeout> | undefined
  /** The number of the last question: answers to earlier ones are dropped. */
  #asked = 0

  constructor(options: ComboboxOptions) {
    const { id, label, placeholder } = options
    this.#options = options
    this.#list = h('ul', { id: `${id}-list`, class: 'suggestions', role: 'listbox', 'aria-label': label, hidden: true })
    this.input = h('input', {
      type: 'text',
      id,
      role: 'combobox',
      placeholder,
      spellcheck: 'false',
      autocomplete: 'off',
      autocapitalize: 'off',
      'aria-autocomplete': 'list',
      'aria-expanded': 'false',
      'aria-controls': `${id}-list`,
      oninput: () => this.#later(),
      onfocus: () => this.#later(),
      onblur: () => this.close(),
      onkeydown: (event: KeyboardEvent) => this.#key(event),
    })
    this.element = h(
      'div',
      { class: 'combobox' },
      h('label', { for: id, class: 'unseen' }, label),
      this.input,
      this.#list,
    )
  }

  get text(): string {
    return this.input.value.trim()
  }

  /** Empties the field. */
  clear(): void {
    this.input.value = ''
    this.close()
  }

  close(): void {
    clearTimeout(this.#waiting)
    this.#asked++
    this.#show([])
  }

  #later(): void {
    clearTimeout(this.#waiting)
    this.#waiting = setTimeout(() => void this.#ask(), PAUSE_MS)
  }

  async #ask(): Promise<void> {
    const asked = ++this.#asked
    const found = await this.#options.suggest(this.text)
    if (asked !== this.#asked) return
    this.#options.typed(this.text, found)
    if (document.activeElement === this.input)
      this.#show(found.length === 1 && found[0]!.text === this.text ? [] : found)
  }

  #show(choices: readonly Choice[]): void {
    this.#choices = choices
    this.#active = -1
    this.#list.hidden = choices.length === 0
    this.input.setAttribute('aria-expanded', String(choices.length > 0))
    fill(
      this.#list,
      choices.map(({ text, note }, i) =>
        h(
          'li',
          {
            id: `${this.#list.id}-${i}`,
            role: 'option',
            'aria-selected': 'false',
            onpointerdown: (event: Event) => event.preventDefault(), // the field keeps the focus
            onclick: () => this.#take(text),
          },
          h('span', { class: 'suggested' }, text),
          h('span', { class: 'where' }, note),
        ),
      ),
    )
    this.#mark()
  }

  #take(text: string): void {
    this.input.value = text
    this.close()
    this.#options.taken(text)
  }

  #key(event: KeyboardEvent): void {
    const { key } = event
    if (key === 'Enter') {
      event.preventDefault() // the form is not sent
      this.#take(this.#choices[this.#active]?.text ?? this.text)
    } else if (key === 'Escape' && this.#choices.length > 0) {
      event.stopPropagation()
      this.close()
    } else if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault()
      if (this.#choices.length === 0) this.#later()
      else this.#move(key === 'ArrowDown' ? 1 : -1)
    }
  }

  /** From the field through the list and back to the field. */
  #move(by: number): void {
    const places = this.#choices.length + 1
    this.#active = ((this.#active + 1 + by + places) % places) - 1
    this.#mark()
  }

  #mark(): void {
    for (const [i, item] of [...this.#list.children].entries()) {
      item.setAttribute('aria-selected', String(i === this.#active))
      if (i === this.#active) item.scrollIntoView({ block: 'nearest' })
    }
    if (this.#active < 0) this.input.removeAttribute('aria-activedescendant')
    else this.input.setAttribute('aria-activedescendant', `${this.#list.id}-${this.#active}`)
  }
}

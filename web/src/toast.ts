/** A sentence that is shown for a moment. */
import { CallError } from './client.ts'
import { fill, h } from './dom.ts'

/** Milliseconds that an error is shown, and anything else. */
const ERROR_MS = 12_000
const WORD_MS = 3000

export class Toast {
  readonly element = h('div', { class: 'toast', role: 'status' })
  #hiding: ReturnType<typeof setTimeout> | undefined

  /** Says something; not that the user cancelled it. */
  say(what: unknown): void {
    if (what instanceof CallError && what.isCancelled) return
    const isError = what instanceof Error
    fill(this.element, h('p', { class: isError ? 'sentence error' : '' }, isError ? what.message : String(what)))
    this.element.classList.add('shown')
    clearTimeout(this.#hiding)
    this.#hiding = setTimeout(() => this.element.classList.remove('shown'), isError ? ERROR_MS : WORD_MS)
  }
}

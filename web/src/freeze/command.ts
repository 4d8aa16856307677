/** The command line that does what the page is set to do. */
import type { Values } from '../../../src/options/index.ts'
import { wordsOf } from '../../../src/options/text.ts'
import { fill, h } from '../dom.ts'

const plainWord = /^[\w@%+=:,./-]+$/

const quoted = (word: string): string => (plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** `tfreeze freeze MODEL -o OUT …`, with the options that differ from their defaults. */
export const commandLine = (model: string, output: string, values: Values): string =>
  ['tfreeze', 'freeze', model, ...wordsOf({ output, ...values })].map(quoted).join(' ')

/** Milliseconds that it says that the command was copied. */
const COPIED_MS = 2000

/** Shows it, to be copied. */
export class CommandCard {
  readonly element: HTMLElement
  readonly #command = h('code', { class: 'command', tabindex: 0 })
  readonly #copied = h('span', { class: 'where', role: 'status' })

  constructor() {
    this.element = h(
      'section',
      {},
      h(
        'div',
        { class: 'card-head' },
        h('h3', {}, 'The same as a command'),
        this.#copied,
        h('button', { type: 'button', class: 'small', onclick: () => void this.#copy() }, 'Copy'),
      ),
      this.#command,
    )
  }

  show(line: string): void {
    this.#command.textContent = line
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#command.textContent ?? '')
      this.#copied.textContent = 'Copied'
    } catch {
      getSelection()?.selectAllChildren(this.#command) // the browser does not let the page copy: the user can
      this.#copied.textContent = 'Selected'
    }
    setTimeout(() => fill(this.#copied), COPIED_MS)
  }
}

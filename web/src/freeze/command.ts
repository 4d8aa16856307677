/** The command line that does what the page is set to do. */
import { fill, h } from '../dom.ts'
import type { FreezeParams } from '../protocol.ts'

const plainWord = /^[\w@%+=:,./-]+$/

const quoted = (word: string): string => (plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

const shape = (sizes: readonly (number | null)[]): string => sizes.map(size => size ?? '?').join(',')

/** `tfreeze freeze MODEL -o OUT …`, with the options that are not as they are anyway. */
export function commandLine(
  model: string,
  out: string,
  params: FreezeParams,
  tags: readonly string[] | undefined,
  isDefaultSignature: boolean,
): string {
  const words = ['tfreeze', 'freeze', model, '-o', out]
  if (tags) words.push('--tags', tags.join(','))
  if (params.signature !== undefined && !isDefaultSignature) words.push('--signature', params.signature)
  if (params.outputs) words.push('--outputs', params.outputs.join(','))
  if (params.inputs) words.push('--inputs', params.inputs.join(','))
  for (const [name, sizes] of params.shapes) words.push('--shape', `${name}=${shape(sizes)}`)
  for (const [from, to] of params.renames) words.push('--rename', `${from}=${to}`)
  if (params.controlFlow === 'v2') words.push('--control-flow', 'v2')
  if (params.tables === 'constants') words.push('--tables', 'constants')
  if (params.rnn !== 'auto') words.push('--rnn', params.rnn)
  if (params.passes === 'default') words.push('-O')
  else if (params.passes !== undefined) words.push('--passes', params.passes)
  return words.map(quoted).join(' ')
}

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

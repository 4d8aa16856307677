/** What is seldom chosen: how control flow, lookup tables and recurrent layers are written. */
import { h } from '../dom.ts'
import type { FreezeParams, Opened } from '../protocol.ts'

type Name = 'controlFlow' | 'tables' | 'rnn'

/** The part of the form that is under “More”. */
export class Options {
  readonly element: HTMLElement
  readonly #values: { -readonly [N in Name]: FreezeParams[N] } = { controlFlow: 'v1', tables: 'graph', rnn: 'auto' }
  readonly #changed: () => void

  constructor(opened: Opened, changed: () => void) {
    this.#changed = changed
    this.element = h(
      'details',
      { class: 'more' },
      h('summary', {}, 'More'),
      this.#select('Control flow', 'control-flow', 'controlFlow', [
        ['v1', 'Switch, Merge, Enter…'],
        ['v2', 'If and While with functions'],
      ]),
      this.#select('Lookup tables', 'tables', 'tables', [
        ['graph', 'as tables'],
        ['constants', 'as constants that are searched'],
      ]),
      opened.contents.kind.startsWith('keras') &&
        this.#select('Recurrent layers', 'rnn', 'rnn', [
          ['auto', 'unrolled where the length is known'],
          ['unroll', 'unrolled'],
          ['loop', 'as loops'],
        ]),
    )
  }

  get values(): Pick<FreezeParams, Name> {
    return this.#values
  }

  #select<N extends Name>(
    label: string,
    id: string,
    name: N,
    options: readonly (readonly [FreezeParams[N], string])[],
  ): HTMLElement {
    const choose = (): void => {
      this.#values[name] = options[select.selectedIndex]![0]
      this.#changed()
    }
    const select = h(
      'select',
      { id, onchange: choose },
      options.map(([value, text]) => h('option', { value }, text)),
    )
    return h('div', { class: 'field' }, h('label', { for: id }, label), select)
  }
}

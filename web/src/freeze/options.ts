/** Options that are seldom changed: the choices of the table of options that have a label. */
import { optionRows } from '../../../src/options/index.ts'
import type { OptionDef } from '../../../src/options/option.ts'
import { flagOf } from '../../../src/options/text.ts'
import { h } from '../dom.ts'
import type { FreezeParams, Opened } from '../protocol.ts'

type Choice = OptionDef & { readonly kind: 'choice' }

/** The part of the form that is under “More”. */
export class Options {
  readonly element: HTMLElement
  readonly #values: Record<string, string> = {}
  readonly #changed: () => void

  constructor({ contents: { madeFrom } }: Opened, changed: () => void) {
    this.#changed = changed
    const offered = optionRows.flatMap(([name, def]) =>
      def.kind === 'choice' && def.label !== undefined && (!def.madeFrom || def.madeFrom === madeFrom)
        ? [this.#select(name, def.label, def)]
        : [],
    )
    this.element = h('details', { class: 'more' }, h('summary', {}, 'More'), offered)
  }

  /** Those that were changed; the others are as their defaults. */
  get values(): FreezeParams {
    return this.#values // each one of its row's choices
  }

  #select(name: string, label: string, def: Choice): HTMLElement {
    const id = flagOf(name, def).slice(2)
    const choose = (): void => {
      if (select.value === def.default) delete this.#values[name]
      else this.#values[name] = select.value
      this.#changed()
    }
    const select = h(
      'select',
      { id, onchange: choose },
      Object.entries(def.choices).map(([value, text]) => h('option', { value, selected: value === def.default }, text)),
    )
    return h('div', { class: 'field' }, h('label', { for: id }, label), select)
  }
}

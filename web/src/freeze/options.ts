/** Options that are seldom changed: the choices of the table of options that have a label. */
import { type OptionName, optionRows } from '../../../src/options/index.ts'
import type { OptionDef } from '../../../src/options/option.ts'
import { flagOf, names } from '../../../src/options/text.ts'
import { fill, h } from '../dom.ts'
import type { FreezeParams, Methods, Opened } from '../protocol.ts'

/** Variables that are suggested. */
const MAX_SUGGESTED = 200

type Choice = OptionDef & { readonly kind: 'choice' }

/** The part of the form that is under “More”. */
export class Options {
  readonly element: HTMLElement
  readonly #values: Record<string, string | readonly string[]> = {}
  readonly #changed: () => void
  readonly #targetField = h('div', { class: 'field' })

  constructor({ contents }: Opened, changed: () => void) {
    this.#changed = changed
    const { madeFrom } = contents
    const offered = optionRows.flatMap(([name, def]) =>
      def.kind === 'choice' && def.label !== undefined && (!def.madeFrom || def.madeFrom === madeFrom)
        ? [this.#select(name, def.label, def)]
        : [],
    )
    this.element = h(
      'div',
      {},
      this.#targetField,
      h('details', { class: 'more' }, h('summary', {}, 'More'), offered, this.#kept(contents.variables)),
    )
  }

  /** The programs to choose from. */
  offer(targets: Methods['targets']['result']): void {
    const select = h(
      'select',
      { id: 'target', onchange: () => this.#set('target', select.value || undefined) },
      h('option', { value: '' }, 'any program'),
      targets.map(({ name, description }) => h('option', { value: name }, `${name}: ${description}`)),
    )
    fill(this.#targetField, h('label', { for: 'target' }, 'To be read by'), select)
  }

  /** Variables that are not frozen. */
  #kept(variables: Opened['contents']['variables']): HTMLElement | '' {
    if (variables.length === 0) return ''
    const input = h('input', {
      type: 'text',
      id: 'keep-variables',
      list: 'kept-list',
      spellcheck: 'false',
      placeholder: 'Names, with commas between',
      oninput: () => {
        const kept = names(input.value)
        this.#set('keepVariables', kept.length > 0 ? kept : undefined)
      },
    })
    return h(
      'div',
      { class: 'field' },
      h('label', { for: 'keep-variables' }, 'Variables to keep'),
      input,
      h(
        'datalist',
        { id: 'kept-list' },
        variables.slice(0, MAX_SUGGESTED).map(v => h('option', { value: v.name })),
      ),
    )
  }

  /** Those that were changed; the others are as their defaults. */
  get values(): FreezeParams {
    return this.#values // each is one of its row's choices, or what its row's kind holds
  }

  /** Undefined for the default. */
  #set(name: OptionName, value: string | readonly string[] | undefined): void {
    if (value === undefined) delete this.#values[name]
    else this.#values[name] = value
    this.#changed()
  }

  #select(name: OptionName, label: string, def: Choice): HTMLElement {
    const id = flagOf(name, def).slice(2)
    const choose = (): void => this.#set(name, select.value === def.default ? undefined : select.value)
    const select = h(
      'select',
      { id, onchange: choose },
      Object.entries(def.choices).map(([value, text]) => h('option', { value, selected: value === def.default }, text)),
    )
    return h('div', { class: 'field' }, h('label', { for: id }, label), select)
  }
}

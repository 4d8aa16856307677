/** Options that are seldom changed: those of the table of options that have a label and no place of their own. */
import { type OptionName, optionRows } from '../../../src/options/index.ts'
import { flagOf } from '../../../src/options/text.ts'
import { fill, h } from '../dom.ts'
import { field } from '../fields.ts'
import type { FormatInfo, FreezeParams, Methods, Opened } from '../protocol.ts'

/** Options that stand elsewhere in the form, or choose what is opened. */
const PLACED: ReadonlySet<OptionName> = new Set<OptionName>([
  ...(['signature', 'outputs', 'inputs', 'shapes', 'renames', 'target', 'passes'] as const),
  'tags',
])

/** The part of the form that is under “More”. */
export class Options {
  readonly element: HTMLElement
  readonly #values: Partial<Record<OptionName, unknown>> = {}
  readonly #changed: () => void
  readonly #formatField = h('div', { class: 'field' })
  readonly #targetField = h('div', { class: 'field' })
  #format: FormatInfo | undefined

  constructor({ contents, inputs }: Opened, changed: () => void) {
    this.#changed = changed
    const { madeFrom, variables } = contents
    const suggested: Readonly<Partial<Record<OptionName, readonly string[]>>> = {
      keepVariables: variables.map(({ name }) => name),
      inputsChannelsFirst: inputs,
    }
    const rows = optionRows.filter(
      ([name, { label, stages, madeFrom: of }]) =>
        label !== undefined &&
        !PLACED.has(name) &&
        stages.some(stage => stage === 'open' || stage === 'freeze' || stage === 'optimize') &&
        (!of || of === madeFrom) &&
        (name !== 'keepVariables' || variables.length > 0),
    )
    const fields = rows.map(([name, def]) =>
      field(flagOf(name, def).slice(2), def, value => this.#set(name, value), suggested[name]),
    )
    const more = h('details', { class: 'more' }, h('summary', {}, 'More'), fields)
    this.element = h('div', { class: 'options' }, this.#formatField, this.#targetField, more)
  }

  /** The files and the programs to choose from. A file that only one kind of program reads chooses that, too. */
  offer(formats: readonly FormatInfo[], targets: Methods['targets']['result']): void {
    const target = this.#targets(targets)
    const select = h(
      'select',
      {
        id: 'format',
        onchange: () => {
          this.#format = formats[select.selectedIndex]
          const { requires = {} } = this.#format ?? {}
          target.value = requires.target ?? ''
          target.disabled = requires.target !== undefined
          this.#set('target', undefined)
        },
      },
      formats.map(({ extension, description }) => h('option', { value: extension }, `${extension}: ${description}`)),
    )
    fill(this.#formatField, h('label', { for: 'format' }, 'To be written as'), select)
    fill(this.#targetField, h('label', { for: 'target' }, 'To be read by'), target)
  }

  #targets(targets: Methods['targets']['result']): HTMLSelectElement {
    const select: HTMLSelectElement = h(
      'select',
      { id: 'target', onchange: () => this.#set('target', select.value || undefined) },
      h('option', { value: '' }, 'any program'),
      targets.map(({ name, description }) => h('option', { value: name }, `${name}: ${description}`)),
    )
    return select
  }

  /** The file that was chosen. */
  get format(): FormatInfo | undefined {
    return this.#format
  }

  /** Those that were changed; the others are as their defaults. */
  get values(): FreezeParams {
    return this.#values as FreezeParams // each is what its row's kind holds; files are those that were picked
  }

  /** Undefined for the default. */
  #set(name: OptionName, value: unknown): void {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) delete this.#values[name]
    else this.#values[name] = value
    this.#changed()
  }
}

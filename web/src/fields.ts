/** Fields for options: a row of the table of options becomes what its kind is edited with. */
import type { OptionDef } from '../../src/options/option.ts'
import { pageWords } from '../../src/options/page-words.ts'
import { parsed } from '../../src/options/text.ts'
import { fill, h } from './dom.ts'

/** Suggestions of a field. */
const MAX_SUGGESTED = 200

/** Takes the option's value; undefined where nothing is chosen. */
export type Told = (value: unknown) => void

/** A field with its label. What is wrong with a text stands below it as long as it is there, and it has no value then. */
export function field(id: string, def: OptionDef, told: Told, suggested: readonly string[] = []): HTMLElement {
  const label = def.label ?? id
  const hint = h('p', { class: 'where', id: `${id}-hint` }, said(def))
  if (def.kind === 'flag') {
    const box = h('input', { type: 'checkbox', id, onchange: () => told(box.checked || undefined) })
    return h('div', { class: 'field' }, h('label', { class: 'check', for: id }, box, label), hint)
  }
  const { control, extra = [] } = controlOf(id, def, told, suggested)
  control.setAttribute('aria-describedby', hint.id)
  return h('div', { class: 'field' }, h('label', { for: id }, label), control, extra, def.kind !== 'choice' && hint)
}

/** The description in the page's words: what the command line repeats is written in one field. */
const said = ({ description }: OptionDef): string =>
  pageWords(description.replace(' (repeatable)', '; several have semicolons between')).text

interface Control {
  readonly control: HTMLElement
  readonly extra?: readonly HTMLElement[]
}

function controlOf(
  id: string,
  def: Exclude<OptionDef, { kind: 'flag' }>,
  told: Told,
  suggested: readonly string[],
): Control {
  switch (def.kind) {
    case 'choice':
      return { control: select(id, def, told) }
    case 'file':
    case 'module':
      return { control: filePicker(id, def.kind === 'module' ? '.js,.mjs' : '.json', told) }
    case 'names':
    case 'text':
    case 'number':
    case 'shapes':
    case 'renames':
    case 'constants':
      return textField(id, def, told, suggested)
  }
}

function select(id: string, def: OptionDef & { readonly kind: 'choice' }, told: Told): HTMLElement {
  const made = h(
    'select',
    { id, onchange: () => told(made.value === def.default ? undefined : made.value) },
    Object.entries(def.choices).map(([value, text]) => h('option', { value, selected: value === def.default }, text)),
  )
  return made
}

function filePicker(id: string, accept: string, told: Told): HTMLElement {
  const made = h('input', { type: 'file', id, accept, onchange: () => told(made.files?.[0]) })
  return made
}

function textField(id: string, def: OptionDef, told: Told, suggested: readonly string[]): Control {
  const fault = h('div', { role: 'alert' })
  const input = h('input', {
    type: 'text',
    id,
    spellcheck: 'false',
    placeholder: PLACEHOLDERS[def.kind] ?? '',
    ...(suggested.length > 0 && { list: `${id}-list` }),
    oninput: () => {
      const read = readText(def, input.value)
      fill(fault, read.fault !== undefined && h('p', { class: 'sentence error' }, read.fault))
      input.setAttribute('aria-invalid', String(read.fault !== undefined))
      told(read.value)
    },
  })
  const options = suggested.slice(0, MAX_SUGGESTED).map(value => h('option', { value }))
  return {
    control: input,
    extra: [...(suggested.length > 0 ? [h('datalist', { id: `${id}-list` }, options)] : []), fault],
  }
}

const PLACEHOLDERS: Readonly<Partial<Record<OptionDef['kind'], string>>> = {
  names: 'Names, with commas between',
  renames: 'old=new',
  constants: 'name=value',
}

/** The value that a text stands for; several values of a repeatable option have semicolons between. */
function readText(def: OptionDef, text: string): { readonly value?: unknown; readonly fault?: string } {
  const isRepeated = def.kind === 'renames' || def.kind === 'constants' || def.kind === 'shapes'
  const words = (isRepeated ? text.split(';') : [text]).map(word => word.trim()).filter(Boolean)
  try {
    return { value: words.reduce<unknown>((before, word) => parsed(def, word, before), undefined) }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}

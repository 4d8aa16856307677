/** The page where a model could not be opened: why, and what may open it. */
import { OPTIONS, type OptionName } from '../../src/options/index.ts'
import type { OptionDef } from '../../src/options/option.ts'
import { CallError } from './client.ts'
import { h } from './dom.ts'
import { field } from './fields.ts'
import type { OpenChoice } from './protocol.ts'

export interface RefusedEvents {
  another(): void
  /** The same is to be opened with what was chosen. */
  again(choice: OpenChoice): void
}

/** Options that the message may name which are chosen here. */
const ASKED = ['architecture', 'tags'] as const satisfies readonly OptionName[]

export function refusedPage(name: string, error: unknown, events: RefusedEvents): HTMLElement {
  const message = error instanceof Error ? error.message : String(error)
  const named = error instanceof CallError ? (error.failure.options ?? []) : []
  const asked = ASKED.filter(option => named.includes(option))
  const chosen: { [N in (typeof ASKED)[number]]?: unknown } = {}
  const open = h(
    'button',
    { type: 'button', class: 'primary', disabled: true, onclick: () => events.again(chosen as OpenChoice) }, // as the fields' kinds say
    'Open with it',
  )
  const fields = asked.map(option =>
    field(option, OPTIONS[option] as OptionDef, value => {
      if (value === undefined) delete chosen[option]
      else chosen[option] = value
      open.disabled = Object.keys(chosen).length === 0
    }),
  )
  const another = h(
    'button',
    { type: 'button', class: asked.length === 0 && 'primary', onclick: () => events.another() },
    'Open another',
  )
  return h(
    'main',
    { class: 'start' },
    h('h1', {}, `${name} cannot be opened`),
    h('p', { class: 'sentence error', role: 'alert' }, message),
    fields,
    h('div', { class: 'actions' }, asked.length > 0 && open, another),
  )
}

/** Adds an input or output by its name: a field with suggestions that is checked at once, and the likely outputs to choose from. */
import { CallError } from '../client.ts'
import { Combobox } from '../combobox.ts'
import { fill, h } from '../dom.ts'
import type { Methods, Opened, Suggestion } from '../protocol.ts'
import type { PortKind } from './ports.ts'

/** Likely outputs that are listed. */
const MAX_LISTED = 12

export interface AdderEvents {
  /** Names with the text in them. */
  names(kind: PortKind, text: string): Promise<Methods['names']['result']>
  /** The tensor of a name. Refused where there is none. */
  named(kind: PortKind, text: string): Promise<Suggestion>
  add(name: string, found: Suggestion): void
}

/** The field, and below it what is wrong with the name. */
export function adder(kind: PortKind, opened: Opened, events: AdderEvents): HTMLElement {
  const problem = h('div', { class: 'problem', role: 'alert', id: `add-${kind}-problem` })
  const says = (message: string | undefined): void => {
    fill(problem, message !== undefined && h('p', { class: 'sentence error' }, message))
    box.input.setAttribute('aria-invalid', String(message !== undefined))
  }
  const check = async (name: string): Promise<Suggestion | undefined> => {
    try {
      const found = await events.named(kind, name)
      says(undefined)
      return found
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      if (!error.isCancelled) says(error.message)
      return undefined
    }
  }
  const take = async (name: string): Promise<void> => {
    if (name === '') return says(undefined)
    const found = await check(name)
    if (!found) return
    events.add(name, found)
    box.clear()
  }
  const box = new Combobox({
    id: `add-${kind}`,
    label: `Add an ${kind}`,
    placeholder: 'Layer, node or tensor',
    suggest: async text =>
      (await events.names(kind, text)).map(({ name, what, type }) => ({ text: name, note: `${what} ${type}`.trim() })),
    // A name that other names begin with may be on its way to one of them.
    typed: (text, suggested) => {
      if (text === '' || suggested.length > 0) says(undefined)
      else void check(text)
    },
    taken: text => void take(text),
  })
  box.input.setAttribute('aria-describedby', problem.id)
  return h(
    'div',
    { class: 'adder' },
    box.element,
    h('button', { type: 'button', class: 'small', onclick: () => void take(box.text) }, 'Add'),
    problem,
    kind === 'output' && opened.likely.length > 0 ? likelyOutputs(opened, name => void take(name)) : '',
  )
}

function likelyOutputs({ likely, contents }: Opened, choose: (name: string) => void): HTMLElement {
  const other = contents.signatures.length === 0 ? '' : 'other '
  return h(
    'details',
    { class: 'likely' },
    h('summary', {}, likely.length === 1 ? `1 ${other}likely output` : `${likely.length} ${other}likely outputs`),
    h(
      'ol',
      {},
      likely
        .slice(0, MAX_LISTED)
        .map(({ tensor, reason }) =>
          h(
            'li',
            {},
            h('button', { type: 'button', class: 'link', onclick: () => choose(tensor) }, tensor),
            h('span', { class: 'where' }, ` ${reason}`),
          ),
        ),
    ),
  )
}

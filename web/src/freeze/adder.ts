/** Adds an input or output by the name of its tensor: a field with suggestions, and the likely outputs to choose from. */
import { h } from '../dom.ts'
import type { Opened } from '../protocol.ts'
import type { PortKind } from './ports.ts'

/** Suggestions of the field, and those that are listed below it. */
const MAX_SUGGESTED = 50
const MAX_LISTED = 12

/** The field; `add` is told a name, as `node` or `node:1`. */
export function adder(kind: PortKind, opened: Opened, add: (name: string) => void): HTMLElement {
  const id = `add-${kind}`
  const input = h('input', {
    type: 'text',
    id,
    list: `${id}-list`,
    placeholder: 'Name of a node or tensor',
    spellcheck: 'false',
  })
  const take = (): void => {
    const name = input.value.trim()
    if (!name) return
    add(name)
    input.value = ''
  }
  input.addEventListener('keydown', event => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    take()
  })
  const suggested =
    kind === 'output'
      ? opened.likely.slice(0, MAX_SUGGESTED).map(({ tensor, reason }) => h('option', { value: tensor }, reason))
      : opened.inputs.slice(0, MAX_SUGGESTED).map(name => h('option', { value: name }))
  return h(
    'div',
    { class: 'adder' },
    h('label', { for: id, class: 'unseen' }, `Add an ${kind}`),
    input,
    h('datalist', { id: `${id}-list` }, suggested),
    h('button', { type: 'button', class: 'small', onclick: take }, 'Add'),
    kind === 'output' && opened.likely.length > 0
      ? likelyOutputs(opened, name => {
          input.value = name
          take()
        })
      : '',
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

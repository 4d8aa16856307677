/** The meaning of the picture's colours and forms. */
import type { Family } from '../../../src/picture/families.ts'
import { h } from '../dom.ts'

const FAMILIES: readonly (readonly [Family, string])[] = [
  ['product', 'convolution, matrix product'],
  ['norm', 'normalisation, bias'],
  ['activation', 'activation'],
  ['pool', 'pooling, reduction'],
  ['shape', 'shape, slice, join'],
  ['math', 'arithmetic'],
  ['io', 'input, decoding'],
  ['control', 'branch, loop'],
  ['state', 'variable, table'],
  ['text', 'text'],
  ['call', 'function call'],
]

const OTHERS: readonly (readonly [string, string])[] = [
  ['boxes', 'several nodes: + opens them'],
  ['variable', 'variables, with the shape of the largest'],
  ['constant', 'constants'],
  ['input', 'input of the model'],
  ['output', 'output of the model'],
]

export const legend = (): HTMLElement =>
  h(
    'details',
    { class: 'help' },
    h('summary', {}, 'Legend'),
    h(
      'ul',
      { class: 'picture legend-list' },
      FAMILIES.map(([family, text]) => h('li', { class: `family-${family}` }, h('span', { class: 'swatch' }), text)),
      OTHERS.map(([kind, text]) => h('li', {}, h('span', { class: `swatch swatch-${kind}` }), text)),
    ),
  )

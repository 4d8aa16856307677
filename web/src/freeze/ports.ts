/** The chosen inputs, or outputs, of the frozen graph: a list with what each is to be called, and what shape it has. */

import { isFreezeError } from '../../../src/errors.ts'
import type { PartialShape } from '../../../src/graph/attr.ts'
import { legalName } from '../../../src/graph/names.ts'
import type { InspectedTensor } from '../../../src/inspect/contents.ts'
import { OPTIONS } from '../../../src/options/index.ts'
import { shape } from '../../../src/options/text.ts'
import type { PublicTensor } from '../../../src/picture/parts.ts'
import { fill, h } from '../dom.ts'
import { typed } from '../format.ts'
import type { Picked } from '../graph/details.ts'

export type PortKind = Picked['kind']

/** The events of a list of ports for its owner. */
export interface PortEvents {
  /** Others are chosen; the list is to be shown anew. */
  chosen(): void
  /** A name or a shape is another. */
  edited(): void
  showNode(name: string): void
}

interface Port {
  /** As `--outputs` takes it. */
  readonly key: string
  readonly tensor: PublicTensor
  readonly type?: string
  rename: string
  shape: string
}

export class PortList {
  readonly element = h('div')
  readonly #kind: PortKind
  readonly #events: PortEvents
  #ports: readonly Port[] = []
  /** Whether others are chosen than those that freezing takes anyway. */
  #isOwn = false

  constructor(kind: PortKind, events: PortEvents) {
    this.#kind = kind
    this.#events = events
  }

  get tensors(): readonly PublicTensor[] {
    return this.#ports.map(port => port.tensor)
  }

  /** As `--inputs` or `--outputs` takes them; undefined where freezing takes them anyway. */
  get keys(): readonly string[] | undefined {
    return this.#isOwn ? this.#ports.map(port => port.key) : undefined
  }

  get renames(): ReadonlyMap<string, string> {
    const named = this.#ports.filter(({ rename }) => rename.trim() !== '')
    return new Map(named.map(({ key, rename }) => [key, rename.trim()]))
  }

  /** Those that can be read; `fault` says which cannot. */
  get shapes(): ReadonlyMap<string, PartialShape> {
    const fixed = this.#ports.flatMap(({ key, shape: text }) => {
      const sizes = text.trim() === '' ? undefined : shapeOrFault(text)
      return sizes === undefined || typeof sizes === 'string' ? [] : [[key, sizes] as const]
    })
    return new Map(fixed)
  }

  /** The fault of a shape or a name; undefined where all are right. */
  get fault(): string | undefined {
    for (const port of this.#ports) {
      const found = FIELDS.flatMap(name => faultOf(name, port[name]) ?? [])[0]
      if (found !== undefined) return `${port.key}: ${found}`
    }
    return undefined
  }

  /** Takes those of a signature. */
  take(tensors: readonly InspectedTensor[]): void {
    this.#isOwn = false
    this.#ports = tensors.map(({ key, tensor, dtype, shape }) => {
      const [, id, index] = /^(.*):(\d+)$/.exec(tensor)!
      return {
        key,
        tensor: { kind: this.#kind, key, id: id!, index: Number(index) },
        type: typed(dtype, shape),
        rename: '',
        shape: '',
      }
    })
  }

  has(picked: Picked): boolean {
    return this.#ports.some(port => isSame(port, picked))
  }

  /** Adds a tensor, where it is not there yet. */
  add(picked: Picked): void {
    if (this.has(picked)) return
    const { kind, tensor: key, id, index, type } = picked
    const port = { key, tensor: { kind, key, id, index }, ...(type && { type }), rename: '', shape: '' }
    this.#isOwn = true
    this.#ports = [...this.#ports, port]
    this.#events.chosen()
  }

  remove(picked: Picked): void {
    this.#keep(port => !isSame(port, picked))
  }

  /** Without an input of its own the graph has the placeholders that the outputs need; without an output it has none. */
  #keep(isKept: (port: Port) => boolean): void {
    this.#ports = this.#ports.filter(isKept)
    this.#isOwn = this.#ports.length > 0 || this.#kind === 'output'
    this.#events.chosen()
  }

  show(): void {
    const list = h(
      'ul',
      { class: 'ports' },
      this.#ports.map(port => this.#item(port)),
    )
    fill(this.element, this.#ports.length > 0 ? list : h('p', { class: 'hint' }, HINTS[this.#kind]))
  }

  #item(port: Port): HTMLElement {
    const kind = this.#kind
    const show = (): void => this.#events.showNode(port.tensor.id)
    const remove = (): void => this.#keep(other => other !== port)
    return h(
      'li',
      { class: `port ${kind}` },
      h(
        'div',
        { class: 'port-head' },
        h('button', { type: 'button', class: 'link', title: 'Show it in the graph', onclick: show }, port.key),
        h(
          'button',
          {
            type: 'button',
            class: 'remove',
            'aria-label': `Remove ${kind} ${port.key}`,
            title: 'Remove',
            onclick: remove,
          },
          '×',
        ),
      ),
      port.type ? h('code', {}, port.type) : '',
      h(
        'details',
        {},
        h('summary', {}, kind === 'input' ? 'Rename, fix shape' : 'Rename'),
        this.#field(port, 'rename', port.key),
        kind === 'input' ? this.#field(port, 'shape', SHAPE) : '',
      ),
    )
  }

  #field(port: Port, name: Field, placeholder: string): HTMLElement {
    const label = OPTIONS[name === 'shape' ? 'shapes' : 'renames'].label
    const fault = h('div', { role: 'alert' })
    const input = h('input', {
      type: 'text',
      value: port[name],
      placeholder,
      spellcheck: 'false',
      'aria-label': `${label} of ${port.key}`,
      oninput: () => {
        port[name] = input.value
        const found = faultOf(name, input.value)
        input.setAttribute('aria-invalid', String(found !== undefined))
        fill(fault, found !== undefined && h('p', { class: 'sentence error' }, found))
        this.#events.edited()
      },
    })
    return h('div', {}, h('label', { class: 'field' }, h('span', {}, label), input), fault)
  }
}

/** The fields of a port. */
const FIELDS = ['rename', 'shape'] as const
type Field = (typeof FIELDS)[number]

const HINTS: Readonly<Record<PortKind, string>> = {
  input: 'The placeholders that the outputs need.',
  output: 'None yet: select a node in the graph and press “Use as output”.',
}

/** A tensor may go by its key in a signature, and by its node. */
const isSame = ({ key, tensor }: Port, picked: Picked): boolean =>
  key === picked.tensor || (tensor.id === picked.id && tensor.index === picked.index)

const SHAPE = '1,224,224,3'

/** The fault of a text; undefined for a right one. */
function faultOf(field: Field, text: string): string | undefined {
  const word = text.trim()
  if (word === '') return undefined
  if (field === 'shape') {
    const found = shapeOrFault(word)
    return typeof found === 'string' ? found : undefined
  }
  if (legalName(word) === word) return undefined
  return `'${word}' is not a legal node name. Use letters, digits and _ . - / only, and begin with a letter, a digit or a dot.`
}

/** `1,?,3` as on the command line, or the sentence that says what is wrong with it. */
function shapeOrFault(text: string): PartialShape | string {
  try {
    return shape(text)
  } catch (error) {
    return isFreezeError(error) ? `${error.what}. Write it as ${SHAPE}.` : String(error)
  }
}

/** The overview: what is in the model, and whether it can be frozen. */
import type { InspectedSignature, InspectedTensor } from '../../src/inspect/contents.ts'
import { MODEL_KINDS, type VariableInfo } from '../../src/models/model.ts'
import { fill, h } from './dom.ts'
import { bytes, plural, typed } from './format.ts'
import type { LayerInfo, Opened, Verdict } from './protocol.ts'
import { type Cell, sortableTable, table } from './table.ts'
import { tagChoice } from './tags.ts'

/** The actions of the overview. */
export interface OverviewEvents {
  /** Another metagraph. */
  chooseTags(tags: readonly string[]): void
  /** A tensor or node by its name in the main graph. */
  showNode(name: string): void
  /** A node, wherever it is, that something is wrong with. */
  accuse(node: string): void
  freeze(signature?: string): void
}

export class Overview {
  readonly element = h('div', { class: 'overview' })
  readonly #verdicts = new Map<string, HTMLElement>()
  readonly #events: OverviewEvents
  readonly #notes = h('section', { class: 'card notes' })

  constructor(opened: Opened, events: OverviewEvents) {
    const { contents } = opened
    this.#events = events
    this.element.append(
      this.#heading(opened, events),
      ...contents.signatures.map(signature => this.#signature(signature, events)),
    )
    if (contents.signatures.length === 0) this.element.append(this.#unsigned(opened, events))
    this.element.append(this.#notes)
    if (opened.layers) this.element.append(layers(opened.layers))
    if (contents.variables.length > 0) this.element.append(variables(contents.variables))
    if (opened.constants.length > 0) this.element.append(constants(opened, events))
    if (opened.tables.length > 0) this.element.append(tables(opened, events))
    if (opened.assets.length > 0) this.element.append(assets(opened))
    this.element.append(ops(opened))
    this.notes(contents.notes)
  }

  /** Says whether a signature can be frozen. */
  verdict(name: string, { refusal, notes }: Verdict): void {
    this.notes(notes)
    const place = this.#verdicts.get(name)
    if (!place) return
    const node = refusal?.node
    const show = (): void => this.#events.accuse(node!)
    fill(
      place,
      refusal
        ? h('p', { class: 'verdict no' }, 'Cannot be frozen: ', h('span', { class: 'sentence' }, refusal.message))
        : h('p', { class: 'verdict yes' }, 'Can be frozen'),
      node !== undefined && h('button', { type: 'button', class: 'small', onclick: show }, 'Show the node'),
    )
  }

  notes(notes: readonly string[]): void {
    const listed = [...new Set(notes)]
    this.#notes.hidden = listed.length === 0
    fill(
      this.#notes,
      h('h2', {}, 'Notes'),
      h(
        'ul',
        {},
        listed.map(note => h('li', {}, note)),
      ),
    )
  }

  #verdict(name: string): HTMLElement {
    const place = h(
      'div',
      { class: 'verdict-place', role: 'status' },
      h('p', { class: 'verdict' }, 'Trying to freeze it …'),
    )
    this.#verdicts.set(name, place)
    return place
  }

  #heading({ contents, functions }: Opened, events: OverviewEvents): HTMLElement {
    const weights = contents.variables.reduce((sum, v) => sum + v.bytes, 0)
    const facts: [string, string | HTMLElement][] = [['Kind', MODEL_KINDS[contents.kind]]]
    if (contents.writer) facts.push(['Written by', contents.writer])
    if (contents.tags)
      facts.push([
        'Tags',
        contents.metagraphs.length > 1 ? tagChoice(contents, events.chooseTags) : contents.tags.join(', ') || '(none)',
      ])
    facts.push([
      'Graph',
      `${plural(contents.nodes, 'node')}${functions.length > 0 ? `, ${plural(functions.length, 'function')}` : ''}`,
    ])
    if (contents.variables.length > 0)
      facts.push(['Weights', `${plural(contents.variables.length, 'variable')}, ${bytes(weights)}`])
    return h(
      'section',
      { class: 'card heading' },
      h('h1', {}, contents.name),
      h(
        'dl',
        { class: 'facts' },
        facts.map(([term, fact]) => h('div', {}, h('dt', {}, term), h('dd', {}, fact))),
      ),
    )
  }

  #signature(signature: InspectedSignature, events: OverviewEvents): HTMLElement {
    return h(
      'section',
      { class: 'card' },
      h(
        'div',
        { class: 'card-head' },
        h('h2', {}, 'Signature ', h('code', {}, signature.name)),
        h('button', { type: 'button', class: 'small', onclick: () => events.freeze(signature.name) }, 'Freeze this'),
      ),
      this.#verdict(signature.name),
      table(
        ['', 'Key', 'Type and shape', 'Tensor'],
        [...signature.inputs.map(t => row('in', t, events)), ...signature.outputs.map(t => row('out', t, events))],
      ),
    )
  }

  #unsigned({ likely }: Opened, events: OverviewEvents): HTMLElement {
    return h(
      'section',
      { class: 'card' },
      h(
        'div',
        { class: 'card-head' },
        h('h2', {}, 'Likely outputs'),
        h('button', { type: 'button', class: 'small', onclick: () => events.freeze() }, 'Choose outputs'),
      ),
      h('p', {}, 'The model has no signature that names its outputs. These look like it, the likeliest first.'),
      this.#verdict(''),
      table(
        ['Tensor', 'Why'],
        likely.slice(0, 20).map(l => [link(l.tensor, events), l.reason]),
      ),
    )
  }
}

const link = (tensor: string, events: OverviewEvents): HTMLElement =>
  h(
    'button',
    {
      type: 'button',
      class: 'link',
      title: 'Show it in the graph',
      onclick: () => events.showNode(tensor.replace(/:\d+$/, '')),
    },
    tensor,
  )

const row = (side: 'in' | 'out', t: InspectedTensor, events: OverviewEvents): Cell[] => [
  h('span', { class: `side ${side}` }, side === 'in' ? 'input' : 'output'),
  h('strong', {}, t.key),
  h('code', {}, typed(t.dtype, t.shape)),
  link(t.tensor, events),
]

/** The table that `model.summary()` prints. */
function layers(all: readonly LayerInfo[]): HTMLElement {
  const total = all.reduce((sum, layer) => sum + layer.parameters, 0)
  return h(
    'section',
    { class: 'card' },
    h('h2', {}, `${plural(all.length, 'layer')}, ${plural(total, 'parameter')}`),
    sortableTable(
      [
        { title: 'Layer', cell: layer => h('strong', {}, layer.path), key: layer => layer.path },
        { title: 'Class', cell: layer => layer.className, key: layer => layer.className },
        { title: 'Output', cell: layer => h('code', {}, layer.shape), key: layer => layer.shape },
        {
          title: 'Parameters',
          cell: layer => h('span', { class: 'number' }, layer.parameters.toLocaleString('en')),
          key: layer => layer.parameters,
        },
      ],
      all,
      { label: 'layers', text: layer => `${layer.path} ${layer.className}` },
    ),
  )
}

const parameters = ({ shape }: VariableInfo): number => (shape ?? []).reduce<number>((n, size) => n * (size ?? 1), 1)

function variables(all: readonly VariableInfo[]): HTMLElement {
  const total = all.reduce((sum, v) => sum + v.bytes, 0)
  const count = all.reduce((sum, v) => sum + parameters(v), 0)
  return h(
    'section',
    { class: 'card' },
    h('h2', {}, `${plural(all.length, 'variable')}, ${plural(count, 'parameter')}, ${bytes(total)}`),
    sortableTable(
      [
        { title: 'Name', cell: v => v.name, key: v => v.name },
        {
          title: 'Type and shape',
          cell: v => h('code', {}, typed(v.dtype, v.shape)),
          key: v => typed(v.dtype, v.shape),
        },
        {
          title: 'Parameters',
          cell: v => h('span', { class: 'number' }, parameters(v).toLocaleString('en')),
          key: parameters,
        },
        { title: 'Size', cell: v => bytes(v.bytes), key: v => v.bytes },
        { title: 'Where it lies', cell: v => h('span', { class: 'where' }, v.where), key: v => v.where },
      ],
      all,
      { label: 'variables', text: v => v.name },
    ),
  )
}

const constants = ({ constants: all }: Opened, events: OverviewEvents): HTMLElement =>
  h(
    'section',
    { class: 'card' },
    h('h2', {}, 'Weights: constants of the graph'),
    table(
      ['Name', 'Type and shape', 'Size', 'Where it lies'],
      all.map(c => [
        link(c.name, events),
        h('code', {}, c.type),
        bytes(c.bytes),
        h('span', { class: 'where' }, c.where),
      ]),
    ),
  )

const tables = ({ tables: all }: Opened, events: OverviewEvents): HTMLElement =>
  h(
    'section',
    { class: 'card' },
    h('h2', {}, 'Lookup tables'),
    table(
      ['Node', 'In', 'Kind', 'Types'],
      all.map(t => [
        t.inside === undefined ? link(t.name, events) : h('code', {}, t.name),
        t.inside === undefined ? 'the main graph' : h('span', {}, 'function ', h('code', {}, t.inside)),
        t.op,
        h('code', {}, t.types),
      ]),
    ),
  )

const assets = ({ assets: all }: Opened): HTMLElement =>
  h(
    'section',
    { class: 'card' },
    h('h2', {}, 'Assets'),
    table(
      ['File', 'Size'],
      all.map(a => [a.path, bytes(a.bytes)]),
    ),
  )

/** Kinds of operations that are listed at first: the rest is rare. */
const MAX_KINDS = 60

function ops({ contents }: Opened): HTMLElement {
  const counts = Object.entries(contents.ops)
  const most = counts[0]?.[1] ?? 1
  const list = h('ul', { class: 'ops' })
  const show = (some: typeof counts): void => list.append(...some.map(([op, count]) => opBar(op, count, most)))
  show(counts.slice(0, MAX_KINDS))
  const rest = counts.slice(MAX_KINDS)
  const more = h('button', { type: 'button', class: 'small' }, `Show ${rest.length} more`)
  more.addEventListener('click', () => {
    show(rest)
    more.remove()
  })
  return h(
    'section',
    { class: 'card' },
    h('h2', {}, `${plural(counts.length, 'kind')} of operations`),
    list,
    rest.length > 0 && h('div', {}, more),
  )
}

function opBar(op: string, count: number, most: number): HTMLElement {
  const bar = h('span', { class: 'bar' })
  bar.style.width = `${Math.max(2, (count / most) * 100)}%`
  return h(
    'li',
    {},
    h('span', { class: 'op', title: op }, op),
    h('span', { class: 'track', 'aria-hidden': 'true' }, bar),
    h('span', { class: 'count' }, count.toLocaleString('en')),
  )
}

/** The details of the selected box. */
import type { Client } from '../client.ts'
import { fill, h, s } from '../dom.ts'
import { bytes, plural } from '../format.ts'
import type { DetailInput, DetailOutput, Details, Reference, TensorValues, Viewpoint, Weight } from '../protocol.ts'

/** An output of a node that is, or is to be, an output or input of the frozen graph. */
export interface Picked {
  readonly kind: 'input' | 'output'
  /** As `--outputs` takes it. */
  readonly tensor: string
  readonly id: string
  readonly index: number
  readonly type: string
}

export interface DetailEvents {
  show(id: string): void
  openFunction(name: string): void
  /** Adds to the outputs or inputs of the frozen graph, or removes. */
  pick(picked: Picked): void
  isPicked(picked: Picked): boolean
  close(): void
}

export class DetailPane {
  readonly element = h('aside', { class: 'details', 'aria-label': 'Details', tabindex: 0 })
  readonly #client: Client
  readonly #events: DetailEvents
  #turn = 0

  constructor(client: Client, events: DetailEvents) {
    this.#client = client
    this.#events = events
    this.clear()
  }

  clear(): void {
    this.#turn++
    fill(
      this.element,
      h(
        'p',
        { class: 'hint' },
        'Select a box to see what it is, what it reads and who reads it. Double-click, or its +, opens what is inside.',
      ),
    )
  }

  async show(view: Viewpoint, id: string): Promise<void> {
    const turn = ++this.#turn
    const found = await this.#client.call('details', { ...view, id })
    if (turn !== this.#turn) return
    if (!found) this.clear()
    else fill(this.element, this.#closer(), found.kind === 'scope' ? this.#scope(found) : this.#node(found, view))
    this.element.scrollTop = 0
  }

  /** Where there is room for one pane only, the details lie over the others. */
  #closer(): HTMLElement {
    const close = (): void => this.#events.close()
    return h('button', { type: 'button', class: 'closer', 'aria-label': 'Close the details', onclick: close }, '×')
  }

  #scope(found: Details): HTMLElement {
    return h(
      'div',
      {},
      h('p', { class: 'eyebrow' }, found.inside ? `Scope in ${found.inside}` : 'Scope'),
      h('h2', {}, found.name || 'all'),
      h('p', {}, plural(found.nodes ?? 0, 'node')),
      h(
        'dl',
        { class: 'pairs' },
        (found.ops ?? []).slice(0, 40).map(([op, count]) => h('div', {}, h('dt', {}, op), h('dd', {}, count))),
      ),
    )
  }

  #node(found: Details, view: Viewpoint): HTMLElement {
    const parts = [
      h('p', { class: 'eyebrow' }, found.inside ? `${found.op} in ${found.inside}` : (found.op ?? '')),
      h('h2', {}, found.name),
      found.device ? h('p', { class: 'where' }, `on ${found.device}`) : '',
      this.#bodies(found),
      found.weight ? this.#weight(found.weight, view, found.id) : '',
      section(
        'Outputs',
        found.outputs.map(output => this.#output(output, found, view)),
      ),
      section(
        'Inputs',
        found.inputs.map(input => this.#input(input, view)),
      ),
      section(
        'Waits for',
        found.controls.map(before => h('li', {}, this.#link(before))),
      ),
      found.attributes.length > 0 &&
        h(
          'section',
          {},
          h('h3', {}, 'Attributes'),
          h(
            'dl',
            { class: 'pairs' },
            found.attributes.map(a => h('div', {}, h('dt', {}, a.name), h('dd', {}, a.text))),
          ),
        ),
    ]
    return h('div', {}, parts)
  }

  #bodies({ bodies }: Details): HTMLElement | false {
    const open = (name: string) => (): void => this.#events.openFunction(name)
    return section(
      'Runs',
      bodies.map(({ attr, name }) =>
        h(
          'li',
          {},
          h('span', { class: 'slot' }, attr),
          h(
            'button',
            { type: 'button', class: 'link', title: 'Look at the function on its own', onclick: open(name) },
            name,
          ),
        ),
      ),
    )
  }

  #link({ id, name }: Reference): HTMLElement {
    return id === ''
      ? h('span', {}, name)
      : h('button', { type: 'button', class: 'link', onclick: () => this.#events.show(id) }, name)
  }

  #output(output: DetailOutput, { id }: Details, view: Viewpoint): HTMLElement {
    const canPick = view.document === 'model' && view.root === undefined && output.tensor !== undefined
    const picks = (['output', 'input'] as const).map(kind => this.#pick(kind, output, id))
    const readers = output.readers.length
    return h(
      'li',
      {},
      h('div', {}, h('span', { class: 'slot' }, output.index), h('code', {}, output.type || 'unknown type')),
      readers > 0
        ? h(
            'details',
            {},
            h('summary', {}, `read by ${plural(readers, 'node')}`),
            h(
              'ul',
              {},
              output.readers.map(r => h('li', {}, this.#link(r))),
            ),
          )
        : output.results.length === 0 && h('p', { class: 'where' }, 'nothing reads it'),
      output.results.length > 0 && h('p', { class: 'where' }, `result ${output.results.join(', ')}`),
      canPick && h('div', { class: 'picks' }, picks),
    )
  }

  #pick(kind: Picked['kind'], { tensor = '', index, type }: DetailOutput, id: string): HTMLElement {
    const picked: Picked = { kind, tensor, id, index, type }
    const isPicked = this.#events.isPicked(picked)
    const label = kind === 'output' ? 'Use as output' : 'Cut here: input'
    const press = (): void => this.#events.pick(picked)
    return h('button', { type: 'button', class: 'small', onclick: press }, isPicked ? `Remove from ${kind}s` : label)
  }

  #input(input: DetailInput, view: Viewpoint): HTMLElement {
    const isWeight = input.weight !== undefined
    return h(
      'li',
      {},
      h(
        'div',
        {},
        isWeight
          ? h(
              'span',
              { class: `chip ${input.op === 'Const' ? 'constant' : 'variable'}` },
              input.op === 'Const' ? 'constant' : 'variable',
            )
          : '',
        this.#link(input),
      ),
      h('code', {}, input.weight?.type || input.type),
      isWeight && this.#weight(input.weight!, view, input.id),
    )
  }

  #weight(weight: Weight, view: Viewpoint, id: string): HTMLElement {
    const place = h('div', { class: 'values' })
    const button = h('button', { type: 'button', class: 'small', onclick: () => void look() }, 'Show values')
    const look = async (): Promise<void> => {
      button.disabled = true
      button.textContent = 'Reading …'
      try {
        fill(place, valueList(await this.#client.call('values', { ...view, id })))
        button.remove()
      } catch (error) {
        fill(place, h('p', { class: 'sentence error' }, error instanceof Error ? error.message : String(error)))
        button.remove()
      }
    }
    return h(
      'div',
      { class: 'weight' },
      h('p', { class: 'where' }, weight.bytes > 0 ? `${bytes(weight.bytes)}, ` : '', weight.where),
      weight.canRead && button,
      place,
    )
  }
}

function section(title: string, items: readonly HTMLElement[]): HTMLElement | false {
  return items.length > 0 && h('section', {}, h('h3', {}, title), h('ul', { class: 'plain' }, items))
}

function valueList({ first, count, read, statistics, histogram }: TensorValues): HTMLElement {
  const number = (n: number): string => String(Number(n.toPrecision(5)))
  return h(
    'div',
    {},
    histogram && statistics && statistics.max > statistics.min
      ? bars(histogram, number(statistics.min), number(statistics.max))
      : '',
    statistics &&
      h(
        'p',
        { class: 'where' },
        `mean ${number(statistics.mean)}, ${plural(statistics.zeros, 'zero')}${statistics.notFinite > 0 ? `, ${statistics.notFinite} not finite` : ''}${read < count ? `; of the first ${read.toLocaleString('en')}` : ''}`,
      ),
    h('p', { class: 'numbers' }, `${first.join(' ')}${first.length < count ? ' …' : ''}`),
  )
}

function bars(counts: readonly number[], min: string, max: string): HTMLElement {
  const [width, height] = [256, 56]
  const most = Math.max(...counts, 1)
  const step = width / counts.length
  const svg = s('svg', {
    viewBox: `0 0 ${width} ${height}`,
    class: 'histogram',
    role: 'img',
    'aria-label': `Histogram from ${min} to ${max}`,
  })
  counts.forEach((count, i) => {
    const tall = count === 0 ? 0 : Math.max(1, (count / most) * height)
    svg.append(s('rect', { x: i * step + 0.5, y: height - tall, width: step - 1, height: tall }))
  })
  return h('div', {}, svg as unknown as Node, h('div', { class: 'ends' }, h('span', {}, min), h('span', {}, max)))
}

/** What to freeze, and how: signature, outputs, inputs, names, passes. */
import type { PublicTensor } from '../../../src/picture/picture.ts'
import { fill, h } from '../dom.ts'
import { typed } from '../format.ts'
import type { FreezeParams, Opened } from '../protocol.ts'
import { commandLine } from './command.ts'

export interface FormEvents {
  /** The chosen inputs and outputs, for the picture. */
  chosen(ports: readonly PublicTensor[]): void
  showNode(name: string): void
  freeze(params: FreezeParams): void
  signature(name: string | undefined): void
}

/** An input or output in the form. */
interface Entry {
  /** As `--outputs` takes it. */
  readonly key: string
  readonly tensor: PublicTensor
  readonly type?: string
  rename: string
  shape: string
}

type Side = 'inputs' | 'outputs'

export class FreezeForm {
  readonly element = h('form', { class: 'freeze-form' })
  readonly #opened: Opened
  readonly #events: FormEvents
  readonly #tags: readonly string[] | undefined
  readonly #lists: Readonly<Record<Side, HTMLElement>> = { inputs: h('div'), outputs: h('div') }
  readonly #command = h('code', { class: 'command', tabindex: 0 })
  readonly #problem = h('div', { role: 'alert' })
  readonly #entries: Record<Side, Entry[]> = { inputs: [], outputs: [] }
  readonly #isOwn: Record<Side, boolean> = { inputs: false, outputs: false }
  readonly #passes: Set<string>
  #signature: string | undefined
  #optimise: 'off' | 'all' | 'some' = 'all'
  #controlFlow: 'v1' | 'v2' = 'v1'
  #tables: 'graph' | 'constants' = 'graph'

  constructor(opened: Opened, tags: readonly string[] | undefined, events: FormEvents) {
    this.#opened = opened
    this.#events = events
    this.#tags = tags
    this.#passes = new Set(opened.passes.filter(p => p.isOn).map(p => p.name))
    const names = opened.contents.signatures.map(s => s.name)
    this.element.addEventListener('submit', event => {
      event.preventDefault()
      this.problem(undefined)
      events.freeze(this.params())
    })
    this.#build()
    this.signature(names.includes('serving_default') ? 'serving_default' : names[0])
  }

  #build(): void {
    const names = this.#opened.contents.signatures.map(s => s.name)
    this.element.append(
      h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'primary' }, 'Freeze')),
      this.#problem,
      names.length > 0 ? this.#signatureChoice(names) : '',
      h('section', {}, h('h3', {}, 'Outputs'), this.#lists.outputs, this.#adder('outputs')),
      h('section', {}, h('h3', {}, 'Inputs'), this.#lists.inputs, this.#adder('inputs')),
      this.#optimisation(),
      this.#more(),
      h(
        'section',
        {},
        h(
          'div',
          { class: 'card-head' },
          h('h3', {}, 'The same as a command'),
          h('button', { type: 'button', class: 'small', onclick: () => void this.#copy() }, 'Copy'),
        ),
        this.#command,
      ),
    )
  }

  /** Takes the inputs and outputs of a signature. */
  signature(name: string | undefined): void {
    this.#signature = name
    const select = this.element.querySelector<HTMLSelectElement>('#signature')
    if (select) select.value = name ?? ''
    const signature = this.#opened.contents.signatures.find(s => s.name === name)
    const entry =
      (kind: PublicTensor['kind']) =>
      (t: { key: string; tensor: string; dtype: string; shape: readonly (number | null)[] | null }): Entry => {
        const [, id, index] = /^(.*):(\d+)$/.exec(t.tensor)!
        return {
          key: t.key,
          tensor: { kind, key: t.key, id: id!, index: Number(index) },
          type: typed(t.dtype, t.shape),
          rename: '',
          shape: '',
        }
      }
    this.#entries.inputs = signature?.inputs.map(entry('input')) ?? []
    this.#entries.outputs = signature?.outputs.map(entry('output')) ?? []
    this.#isOwn.inputs = false
    this.#isOwn.outputs = false
    const [likely] = signature ? [] : (this.#opened.contents.likelyOutputs ?? [])
    if (likely)
      this.pick(
        'output',
        likely.tensor,
        likely.tensor.replace(/:\d+$/, ''),
        Number(/:(\d+)$/.exec(likely.tensor)?.[1] ?? 0),
      )
    this.#events.signature(name)
    this.#changed()
  }

  /** Adds an output, or an input where the graph is cut. Returns false where it was there. */
  pick(kind: 'input' | 'output', tensor: string, id: string, index: number): boolean {
    const side: Side = kind === 'input' ? 'inputs' : 'outputs'
    if (this.#entries[side].some(e => e.key === tensor || (e.tensor.id === id && e.tensor.index === index)))
      return false
    this.#isOwn[side] = true
    this.#entries[side].push({ key: tensor, tensor: { kind, key: tensor, id, index }, rename: '', shape: '' })
    this.#changed()
    return true
  }

  /** The sentence of an error, where the freezing failed. */
  problem(message: string | undefined): void {
    fill(this.#problem, message === undefined ? '' : h('p', { class: 'sentence error' }, message))
  }

  params(): FreezeParams {
    const { inputs, outputs } = this.#entries
    const all = [...inputs, ...outputs]
    const passes =
      this.#optimise === 'all'
        ? 'default'
        : this.#optimise === 'some'
          ? this.#opened.passes
              .filter(p => this.#passes.has(p.name))
              .map(p => p.name)
              .join(',')
          : ''
    return {
      ...(this.#signature !== undefined && { signature: this.#signature }),
      ...(this.#isOwn.outputs && { outputs: outputs.map(e => e.key) }),
      ...(this.#isOwn.inputs && { inputs: inputs.map(e => e.key) }),
      shapes: inputs.flatMap(e => (e.shape.trim() ? [[e.key, sizes(e.shape)] as const] : [])),
      renames: all.flatMap(e => (e.rename.trim() ? [[e.key, e.rename.trim()] as const] : [])),
      controlFlow: this.#controlFlow,
      tables: this.#tables,
      ...(passes && { passes }),
    }
  }

  #changed(): void {
    for (const side of ['inputs', 'outputs'] as const) fill(this.#lists[side], this.#list(side))
    this.#told()
    this.#events.chosen([...this.#entries.inputs, ...this.#entries.outputs].map(e => e.tensor))
  }

  #told(): void {
    const { contents } = this.#opened
    const isDefault = this.#signature === 'serving_default' || contents.signatures.length <= 1
    this.#command.textContent = commandLine(contents.name, 'frozen.pb', this.params(), this.#tags, isDefault)
  }

  async #copy(): Promise<void> {
    await navigator.clipboard.writeText(this.#command.textContent ?? '')
  }

  #signatureChoice(names: readonly string[]): HTMLElement {
    const select = h(
      'select',
      { id: 'signature', onchange: () => this.signature(select.value) },
      names.map(name => h('option', { value: name }, name)),
    )
    return h('section', {}, h('label', { for: 'signature' }, 'Signature'), select)
  }

  #list(side: Side): HTMLElement {
    const entries = this.#entries[side]
    if (entries.length === 0) {
      const hint =
        side === 'outputs'
          ? 'None yet: select a node in the graph and press “Use as output”.'
          : 'The placeholders that the outputs need.'
      return h('p', { class: 'hint' }, hint)
    }
    return h(
      'ul',
      { class: 'ports' },
      entries.map(entry => this.#entry(side, entry)),
    )
  }

  #entry(side: Side, entry: Entry): HTMLElement {
    const what = side === 'inputs' ? 'input' : 'output'
    const remove = (): void => {
      this.#entries[side] = this.#entries[side].filter(other => other !== entry)
      this.#isOwn[side] = this.#entries[side].length > 0 || side === 'outputs'
      this.#changed()
    }
    const field = (name: 'rename' | 'shape', label: string, placeholder: string): HTMLElement => {
      const input = h('input', {
        type: 'text',
        value: entry[name],
        placeholder,
        spellcheck: 'false',
        'aria-label': `${label} of ${entry.key}`,
        oninput: () => {
          entry[name] = input.value
          this.#told()
        },
      })
      return h('label', { class: 'field' }, h('span', {}, label), input)
    }
    return h(
      'li',
      { class: `port ${what}` },
      h(
        'div',
        { class: 'port-head' },
        h(
          'button',
          {
            type: 'button',
            class: 'link',
            title: 'Show it in the graph',
            onclick: () => this.#events.showNode(entry.tensor.id),
          },
          entry.key,
        ),
        h(
          'button',
          {
            type: 'button',
            class: 'remove',
            'aria-label': `Remove ${what} ${entry.key}`,
            title: 'Remove',
            onclick: remove,
          },
          '×',
        ),
      ),
      entry.type ? h('code', {}, entry.type) : '',
      h(
        'details',
        {},
        h('summary', {}, side === 'inputs' ? 'Rename, fix shape' : 'Rename'),
        field('rename', 'New name', entry.key),
        side === 'inputs' ? field('shape', 'Shape', '1,224,224,3') : '',
      ),
    )
  }

  #adder(side: Side): HTMLElement {
    const what = side === 'inputs' ? 'input' : 'output'
    const id = `add-${what}`
    const input = h('input', {
      type: 'text',
      id,
      list: `${id}-list`,
      placeholder: `Name of a node or tensor`,
      spellcheck: 'false',
    })
    const suggestions =
      side === 'outputs'
        ? (this.#opened.contents.likelyOutputs ?? []).map(l => [l.tensor, l.reason])
        : this.#opened.inputs.map(name => [name, ''])
    const add = (): void => {
      const name = input.value.trim()
      if (!name) return
      this.pick(what, name, name.replace(/:\d+$/, ''), Number(/:(\d+)$/.exec(name)?.[1] ?? 0))
      input.value = ''
    }
    input.addEventListener('keydown', event => {
      if (event.key !== 'Enter') return
      event.preventDefault()
      add()
    })
    return h(
      'div',
      { class: 'adder' },
      h('label', { for: id, class: 'unseen' }, `Add an ${what}`),
      input,
      h(
        'datalist',
        { id: `${id}-list` },
        suggestions.slice(0, 50).map(([value, why]) => h('option', { value }, why)),
      ),
      h('button', { type: 'button', class: 'small', onclick: add }, 'Add'),
      side === 'outputs' && suggestions.length > 0
        ? h(
            'details',
            { class: 'likely' },
            h('summary', {}, `${suggestions.length} likely outputs`),
            h(
              'ol',
              {},
              suggestions.slice(0, 12).map(([value, why]) =>
                h(
                  'li',
                  {},
                  h(
                    'button',
                    {
                      type: 'button',
                      class: 'link',
                      onclick: () => {
                        input.value = value!
                        add()
                      },
                    },
                    value!,
                  ),
                  h('span', { class: 'where' }, ` ${why}`),
                ),
              ),
            ),
          )
        : '',
    )
  }

  #optimisation(): HTMLElement {
    const radio = (value: 'off' | 'all' | 'some', label: string): HTMLElement =>
      h(
        'label',
        { class: 'radio' },
        h('input', {
          type: 'radio',
          name: 'optimise',
          value,
          checked: this.#optimise === value,
          onchange: () => {
            this.#optimise = value
            list.hidden = value !== 'some'
            this.#told()
          },
        }),
        label,
      )
    const list = h(
      'fieldset',
      { class: 'passes', hidden: true },
      h('legend', { class: 'unseen' }, 'Passes'),
      this.#opened.passes.map(pass => this.#pass(pass)),
    )
    return h(
      'section',
      {},
      h(
        'fieldset',
        { class: 'choice' },
        h('legend', {}, 'Optimise for inference'),
        radio('all', 'Yes'),
        radio('some', 'Choose passes'),
        radio('off', 'No'),
      ),
      list,
    )
  }

  #pass({ name, sentence, isOn }: Opened['passes'][number]): HTMLElement {
    const box = h('input', {
      type: 'checkbox',
      checked: isOn,
      onchange: () => {
        if (box.checked) this.#passes.add(name)
        else this.#passes.delete(name)
        this.#told()
      },
    })
    return h(
      'label',
      { class: 'pass' },
      box,
      h('span', {}, h('strong', {}, name), h('span', { class: 'where' }, ` ${sentence}`)),
    )
  }

  #more(): HTMLElement {
    const select = (
      label: string,
      id: string,
      options: readonly (readonly [string, string])[],
      set: (value: string) => void,
    ): HTMLElement => {
      const made = h(
        'select',
        {
          id,
          onchange: () => {
            set(made.value)
            this.#told()
          },
        },
        options.map(([value, text]) => h('option', { value }, text)),
      )
      return h('div', { class: 'field' }, h('label', { for: id }, label), made)
    }
    return h(
      'details',
      { class: 'more' },
      h('summary', {}, 'More'),
      select(
        'Control flow',
        'control-flow',
        [
          ['v1', 'Switch, Merge, Enter…'],
          ['v2', 'If and While with functions'],
        ],
        value => {
          this.#controlFlow = value === 'v2' ? 'v2' : 'v1'
        },
      ),
      select(
        'Lookup tables',
        'tables',
        [
          ['graph', 'as tables'],
          ['constants', 'as constants that are searched'],
        ],
        value => {
          this.#tables = value === 'constants' ? 'constants' : 'graph'
        },
      ),
    )
  }
}

/** `1,?,3`: a size that is not a number stays open. */
const sizes = (text: string): (number | null)[] =>
  text.split(',').map(size => (/^\s*\d+\s*$/.test(size) ? Number(size) : null))

/** What to freeze, and how: signature, outputs, inputs, names, passes. */
import type { PublicTensor } from '../../../src/picture/picture.ts'
import { fill, h } from '../dom.ts'
import { typed } from '../format.ts'
import type { Picked } from '../graph/details.ts'
import type { FreezeParams, Opened, PassInfo, Progress } from '../protocol.ts'
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
const SIDES = { input: 'inputs', output: 'outputs' } as const

export class FreezeForm {
  readonly element = h('form', { class: 'freeze-form' })
  readonly #opened: Opened
  readonly #events: FormEvents
  readonly #tags: readonly string[] | undefined
  readonly #lists: Readonly<Record<Side, HTMLElement>> = { inputs: h('div'), outputs: h('div') }
  readonly #command = h('code', { class: 'command', tabindex: 0 })
  readonly #problem = h('div', { role: 'alert' })
  readonly #actions = h('div', { class: 'actions' })
  readonly #doing = h('span', { class: 'doing', role: 'status' })
  readonly #copied = h('span', { class: 'where', role: 'status' })
  readonly #passList = h('fieldset', { class: 'passes', hidden: true })
  readonly #entries: Record<Side, Entry[]> = { inputs: [], outputs: [] }
  readonly #isOwn: Record<Side, boolean> = { inputs: false, outputs: false }
  /** All passes, once they are known, and the names of those that are chosen. */
  #known: readonly PassInfo[] = []
  readonly #passes = new Set<string>()
  #signature: string | undefined
  #optimise: 'off' | 'all' | 'some' = 'all'
  #controlFlow: 'v1' | 'v2' = 'v1'
  #tables: 'graph' | 'constants' = 'graph'
  #rnn: FreezeParams['rnn'] = 'auto'

  constructor(opened: Opened, tags: readonly string[] | undefined, events: FormEvents) {
    this.#opened = opened
    this.#events = events
    this.#tags = tags
    const names = opened.contents.signatures.map(s => s.name)
    this.element.addEventListener('submit', event => {
      event.preventDefault()
      this.problem(this.#fault())
      if (this.#fault() === undefined) events.freeze(this.params())
    })
    this.#build()
    this.ready()
    this.signature(names.includes('serving_default') ? 'serving_default' : names[0])
  }

  #build(): void {
    const names = this.#opened.contents.signatures.map(s => s.name)
    this.element.append(
      this.#actions,
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
          this.#copied,
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
    const [likely] = signature ? [] : this.#opened.likely
    if (likely) this.#add(named('output', likely.tensor))
    this.#events.signature(name)
    this.#changed()
  }

  /** Whether a tensor is an output or input of the frozen graph. */
  isPicked({ kind, tensor, id, index }: Picked): boolean {
    return this.#entries[SIDES[kind]].some(e => e.key === tensor || (e.tensor.id === id && e.tensor.index === index))
  }

  /** Adds a tensor to the outputs, or cuts the graph at it; takes it away where it was there. Returns whether it is there now. */
  toggle(picked: Picked): boolean {
    if (this.isPicked(picked)) {
      const { kind, tensor, id, index } = picked
      this.#keep(SIDES[kind], e => e.key !== tensor && !(e.tensor.id === id && e.tensor.index === index))
      return false
    }
    this.#add(picked)
    return true
  }

  #add(picked: Picked): void {
    if (this.isPicked(picked)) return
    const { kind, tensor, id, index, type } = picked
    const entry = {
      key: tensor,
      tensor: { kind, key: tensor, id, index },
      ...(type && { type }),
      rename: '',
      shape: '',
    }
    this.#isOwn[SIDES[kind]] = true
    this.#entries[SIDES[kind]].push(entry)
    this.#changed()
  }

  #keep(side: Side, isKept: (entry: Entry) => boolean): void {
    this.#entries[side] = this.#entries[side].filter(isKept)
    this.#isOwn[side] = this.#entries[side].length > 0 || side === 'outputs'
    this.#changed()
  }

  /** The sentence of an error, where the freezing failed. */
  problem(message: string | undefined): void {
    fill(this.#problem, message === undefined ? '' : h('p', { class: 'sentence error' }, message))
  }

  /** Shows what is being done, with a way to stop it, in the place of the button that began it. */
  running({ what, share }: Progress, cancel: () => void): void {
    if (!this.#doing.isConnected) {
      const stop = h('button', { type: 'button', class: 'small', onclick: () => cancel() }, 'Cancel')
      fill(this.#actions, h('progress', { 'aria-label': 'Freezing' }), stop, this.#doing)
      stop.focus()
    }
    this.#doing.textContent = share === undefined ? `${what} …` : `${what}: ${Math.floor(share * 100)} %`
  }

  /** Can be asked to freeze. */
  ready(): void {
    const wasRunning = this.#doing.isConnected && this.#actions.contains(document.activeElement)
    const submit = h('button', { type: 'submit', class: 'primary' }, 'Freeze')
    fill(this.#actions, submit)
    if (wasRunning) submit.focus()
  }

  /** The passes to choose from. */
  passes(all: readonly PassInfo[]): void {
    this.#known = all
    for (const { name, isOn } of all) if (isOn) this.#passes.add(name)
    fill(
      this.#passList,
      h('legend', { class: 'unseen' }, 'Passes'),
      all.map(pass => this.#pass(pass)),
    )
    this.#told()
  }

  /** What cannot be meant; undefined where there is no such thing. */
  #fault(): string | undefined {
    for (const { key, shape } of this.#entries.inputs) {
      const odd = words(shape).find(size => sizeOf(size) === undefined)
      if (odd !== undefined) return `${key}: '${odd}' is not a size. Write its shape as 1,224,224,3.`
    }
    return undefined
  }

  params(): FreezeParams {
    const { inputs, outputs } = this.#entries
    const all = [...inputs, ...outputs]
    const passes =
      this.#optimise === 'all'
        ? 'default'
        : this.#optimise === 'some'
          ? this.#known
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
      rnn: this.#rnn,
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
    try {
      await navigator.clipboard.writeText(this.#command.textContent ?? '')
      this.#copied.textContent = 'Copied'
    } catch {
      getSelection()?.selectAllChildren(this.#command) // the browser does not let the page copy: the user can
      this.#copied.textContent = 'Selected'
    }
    setTimeout(() => fill(this.#copied), 2000)
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
    const remove = (): void => this.#keep(side, other => other !== entry)
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
        ? this.#opened.likely.map(l => [l.tensor, l.reason])
        : this.#opened.inputs.map(name => [name, ''])
    const add = (): void => {
      const name = input.value.trim()
      if (!name) return
      this.#add(named(what, name))
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
            h('summary', {}, this.#likelyTitle(suggestions.length)),
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

  #likelyTitle(count: number): string {
    const other = this.#opened.contents.signatures.length === 0 ? '' : 'other '
    return count === 1 ? `1 ${other}likely output` : `${count} ${other}likely outputs`
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
            this.#passList.hidden = value !== 'some'
            this.#told()
          },
        }),
        label,
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
      this.#passList,
    )
  }

  #pass({ name, sentence, isOn }: PassInfo): HTMLElement {
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
      this.#opened.contents.kind.startsWith('keras') &&
        select(
          'Recurrent layers',
          'rnn',
          [
            ['auto', 'unrolled where the length is known'],
            ['unroll', 'unrolled'],
            ['loop', 'as loops'],
          ],
          value => {
            this.#rnn = value === 'unroll' || value === 'loop' ? value : 'auto'
          },
        ),
    )
  }
}

/** A tensor of the main graph by its name, as `node` or `node:1`. */
const named = (kind: Picked['kind'], tensor: string): Picked => ({
  kind,
  tensor,
  id: tensor.replace(/:\d+$/, ''),
  index: Number(/:(\d+)$/.exec(tensor)?.[1] ?? 0),
  type: '',
})

/** `1,?,3` as on the command line: `?` or -1 is a size that stays open. */
const words = (text: string): string[] =>
  text
    .split(',')
    .map(size => size.trim())
    .filter(Boolean)

const sizeOf = (size: string): number | null | undefined =>
  size === '?' || size === '-1' ? null : /^\d+$/.test(size) ? Number(size) : undefined

const sizes = (text: string): (number | null)[] => words(text).map(size => sizeOf(size) ?? null)

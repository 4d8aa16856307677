/** The form of freezing: signature, outputs, inputs, names, passes. */
import { OPTIONS } from '../../../src/options/index.ts'
import type { PublicTensor } from '../../../src/picture/parts.ts'
import { fill, h } from '../dom.ts'
import type { Picked } from '../graph/details.ts'
import type { Failure, FormatInfo, FreezeParams, Methods, Opened, PassInfo, Progress } from '../protocol.ts'
import { tagChoice } from '../tags.ts'
import { type AdderEvents, adder } from './adder.ts'
import { CommandCard, commandLine } from './command.ts'
import { Options } from './options.ts'
import { PassChoice } from './passes.ts'
import { type PortKind, PortList } from './ports.ts'
import { nodesAtFault } from './unreadable.ts'

export interface FormEvents {
  /** The chosen inputs and outputs, for the picture. */
  chosen(ports: readonly PublicTensor[]): void
  showNode(name: string): void
  /** A node that something is wrong with. */
  accuse(node: string): void
  /** On a phone, where the form lies over the graph. */
  close(): void
  freeze(params: FreezeParams): void
  signature(name: string | undefined): void
  /** Another metagraph is to be opened. */
  chooseTags(tags: readonly string[]): void
  names: AdderEvents['names']
  named: AdderEvents['named']
}

export class FreezeForm {
  readonly element = h('form', { class: 'freeze-form' })
  readonly #opened: Opened
  readonly #events: FormEvents
  readonly #tags: readonly string[] | undefined
  readonly #actions = h('div', { class: 'actions' })
  readonly #doing = h('span', { class: 'doing', role: 'status' })
  readonly #problem = h('div', { role: 'alert' })
  readonly #select: HTMLSelectElement
  readonly #ports: Readonly<Record<PortKind, PortList>>
  readonly #passes = new PassChoice(() => this.#told())
  readonly #options: Options
  readonly #command = new CommandCard()
  #signature: string | undefined

  constructor(opened: Opened, tags: readonly string[] | undefined, events: FormEvents) {
    this.#opened = opened
    this.#events = events
    this.#tags = tags
    const { contents } = opened
    const names = contents.signatures.map(s => s.name)
    this.#select = h(
      'select',
      { id: 'signature', onchange: () => this.signature(this.#select.value) },
      names.map(name => h('option', { value: name }, name)),
    )
    const ports = (kind: PortKind): PortList =>
      new PortList(kind, {
        chosen: () => this.#chosen(),
        edited: () => this.#told(),
        showNode: name => events.showNode(name),
      })
    this.#ports = { input: ports('input'), output: ports('output') }
    this.#options = new Options(opened, () => this.#told())
    fill(
      this.element,
      h(
        'button',
        { type: 'button', class: 'closer', 'aria-label': 'Close the form', onclick: () => events.close() },
        '×',
      ),
      this.#actions,
      this.#problem,
      contents.metagraphs.length > 1 &&
        h(
          'section',
          {},
          h('label', { for: 'tags' }, OPTIONS.tags.label),
          tagChoice(contents, events.chooseTags, 'tags'),
        ),
      names.length > 0 ? h('section', {}, h('label', { for: 'signature' }, OPTIONS.signature.label), this.#select) : '',
      h('section', {}, h('h3', {}, OPTIONS.outputs.label), this.#ports.output.element, this.#adder('output')),
      h('section', {}, h('h3', {}, OPTIONS.inputs.label), this.#ports.input.element, this.#adder('input')),
      this.#passes.element,
      this.#options.element,
      this.#command.element,
    )
    this.element.addEventListener('submit', event => {
      event.preventDefault()
      const fault = this.#ports.output.fault ?? this.#ports.input.fault
      this.problem(fault === undefined ? undefined : { message: fault })
      if (fault === undefined) events.freeze(this.params())
    })
    this.ready()
    this.signature(names.includes('serving_default') ? 'serving_default' : names[0])
  }

  #adder(kind: PortKind): HTMLElement {
    const { names, named } = this.#events
    return adder(kind, this.#opened, {
      names,
      named,
      add: (tensor, { id, index, type }) => this.#ports[kind].add({ kind, tensor, id, index, type }),
    })
  }

  /** Takes the inputs and outputs of a signature. */
  signature(name: string | undefined): void {
    this.#signature = name
    this.#select.value = name ?? ''
    const signature = this.#opened.contents.signatures.find(s => s.name === name)
    this.#ports.input.take(signature?.inputs ?? [])
    this.#ports.output.take(signature?.outputs ?? [])
    const [likely] = signature ? [] : this.#opened.likely
    if (likely) this.#ports.output.add(named('output', likely.tensor))
    this.#events.signature(name)
    this.#chosen()
  }

  /** Whether a tensor is an output or input of the frozen graph. */
  isPicked(picked: Picked): boolean {
    return this.#ports[picked.kind].has(picked)
  }

  /** Adds a tensor to the outputs, or cuts the graph at it; takes it away where it was there. Returns whether it is there now. */
  toggle(picked: Picked): boolean {
    const ports = this.#ports[picked.kind]
    const isNew = !ports.has(picked)
    if (isNew) ports.add(picked)
    else ports.remove(picked)
    return isNew
  }

  /** The passes to choose from. */
  passes(all: readonly PassInfo[]): void {
    this.#passes.offer(all)
  }

  /** The files that it can be written as, and the programs that it can be rewritten for. */
  offer(formats: readonly FormatInfo[], targets: Methods['targets']['result']): void {
    this.#options.offer(formats, targets)
  }

  /** The sentence of an error, where the freezing failed, and the nodes that it is about. */
  problem(failure: Failure | undefined): void {
    const { accuse } = this.#events
    const parts = failure
      ? [h('p', { class: 'sentence error' }, failure.message), ...nodesAtFault(failure, accuse)]
      : []
    fill(this.#problem, parts)
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

  params(): FreezeParams {
    const { format } = this.#options
    return { ...this.#values(), ...(format && { ...format.requires, format: format.extension }) }
  }

  /** The values without those that follow from the file that is wanted. */
  #values(): FreezeParams {
    const { input, output } = this.#ports
    const { shapes } = input
    const renames = new Map([...input.renames, ...output.renames])
    return {
      ...(this.#signature !== undefined && { signature: this.#signature }),
      ...(output.keys && { outputs: output.keys }),
      ...(input.keys && { inputs: input.keys }),
      ...(shapes.size > 0 && { shapes }),
      ...(renames.size > 0 && { renames }),
      ...this.#options.values,
      ...this.#passes.values(),
    }
  }

  #chosen(): void {
    const { input, output } = this.#ports
    input.show()
    output.show()
    this.#told()
    this.#events.chosen([...input.tensors, ...output.tensors])
  }

  #told(): void {
    const { contents, architecture } = this.#opened
    const isDefault = this.#signature === 'serving_default' || contents.signatures.length <= 1
    const { signature, ...values } = this.#values()
    const tags = this.#tags
    const opened = architecture === undefined ? {} : { architecture: { name: architecture } }
    const chosen = { ...(tags && { tags }), ...(!isDefault && { signature }), ...opened, ...values }
    this.#command.show(commandLine(contents.name, outputName(this.#options.format), chosen))
  }
}

/** An ending that is a whole name, as `model.json`, stands alone. */
const outputName = ({ extension }: Pick<FormatInfo, 'extension'> = { extension: '.pb' }): string =>
  extension.startsWith('.') ? `frozen${extension}` : extension

/** A tensor of the main graph by its name, as `node` or `node:1`. */
const named = (kind: PortKind, tensor: string): Picked => ({
  kind,
  tensor,
  id: tensor.replace(/:\d+$/, ''),
  index: Number(/:(\d+)$/.exec(tensor)?.[1] ?? 0),
  type: '',
})

/** “Check the numbers”: runs the graph before and after optimising on the same inputs, and says how far they are apart. */
import { OPTIONS } from '../../../src/options/index.ts'
import { CallError, type Client } from '../client.ts'
import { fill, h } from '../dom.ts'
import type { Checked } from '../protocol.ts'

/** How the pixels of an image become numbers, as `--normalize` has it; the first is as the type of the input asks. */
const RANGES = [
  ['', 'the usual range'],
  ['0..1', '0 to 1'],
  ['-1..1', '−1 to 1'],
  ['0..255', '0 to 255'],
  ['imagenet', "ImageNet's mean and deviation"],
  ['caffe', "Caffe's mean, as blue, green, red"],
] as const

export class CheckPane {
  readonly element: HTMLElement
  readonly #client: Client
  readonly #showNode: (name: string) => void
  readonly #outcome = h('div', { role: 'status' })
  readonly #file = h('input', {
    type: 'file',
    id: 'check-data',
    accept: '.npz,.npy,.json,.png,.jpg,.jpeg',
    onchange: () => void this.#check(),
  })
  readonly #range = h(
    'select',
    { id: 'check-range' },
    RANGES.map(([value, text]) => h('option', { value }, text)),
  )
  #seed = 0

  constructor(client: Client, isOptimised: boolean, showNode: (name: string) => void) {
    this.#client = client
    this.#showNode = showNode
    this.element = h(
      'section',
      { class: 'number-check', 'aria-label': 'Check the numbers' },
      h('h3', {}, 'Check the numbers'),
      h(
        'p',
        { class: 'where' },
        isOptimised
          ? 'Runs the graph before and after optimising, in this page, and compares the outputs. A file with recorded outputs is compared with them.'
          : 'Runs the graph in this page on inputs from a file, and compares the outputs with those that the file holds.',
      ),
      h(
        'div',
        { class: 'actions' },
        isOptimised && h('button', { type: 'button', onclick: () => void this.#check() }, 'Run on random inputs'),
        h(
          'div',
          { class: 'field' },
          h('label', { for: 'check-data' }, `${OPTIONS.data.label} (.npz, .npy, .json, or an image)`),
          this.#file,
        ),
        h('div', { class: 'field' }, h('label', { for: 'check-range' }, OPTIONS.normalize.label), this.#range),
      ),
      this.#outcome,
    )
    this.element.addEventListener('drop', event => {
      const { files } = event.dataTransfer ?? {}
      if (!files?.length) return
      event.preventDefault()
      event.stopPropagation()
      this.#file.files = files
      void this.#check()
    })
  }

  async #check(): Promise<void> {
    const [data] = this.#file.files ?? []
    this.#file.value = ''
    const bar = h('progress', { 'aria-label': 'Running', max: 1 })
    const running = this.#client.call(
      'check',
      { seed: ++this.#seed, ...(data && { data, normalize: this.#range.value }) },
      ({ share }) => {
        if (share !== undefined) bar.value = share
      },
    )
    fill(this.#outcome, bar)
    try {
      fill(this.#outcome, this.#told(await running))
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      fill(this.#outcome, !error.isCancelled && h('p', { class: 'sentence error' }, error.message))
    }
  }

  #told({ agrees, against, inputs, outputs, node, unverified }: Checked): HTMLElement {
    if (unverified !== undefined) return h('p', { class: 'sentence error' }, `Not compared: ${unverified}.`)
    const weak = outputs.some(output => output.isInsensitive)
    return h(
      'div',
      { class: 'checked-lines' },
      h(
        'p',
        { class: `checked ${agrees ? 'agrees' : 'sentence error'}` },
        agrees ? `✓ The numbers agree with ${against}.` : `The numbers differ from ${against}.`,
      ),
      h('p', { class: 'where' }, `Inputs: ${inputs.join(', ') || 'none'}`),
      h(
        'ul',
        {},
        outputs.map(output => h('li', {}, h('strong', {}, output.key), `: largest difference ${output.difference}`)),
      ),
      weak && h('p', { class: 'where' }, 'Other random inputs give the same numbers here: try inputs of your own.'),
      node !== undefined &&
        h(
          'p',
          {},
          'The first node that differs: ',
          h('button', { type: 'button', class: 'link', onclick: () => this.#showNode(node) }, node),
        ),
    )
  }
}

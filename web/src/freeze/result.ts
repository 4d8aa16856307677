/** The result of freezing: sizes before and after, what each pass did, and the file to take. */
import { OPTIONS } from '../../../src/options/index.ts'
import { CallError } from '../client.ts'
import { fill, h } from '../dom.ts'
import { bytes, plural, short } from '../format.ts'
import type { FreezeResult, PassReport, Summary } from '../protocol.ts'
import { nodesAtFault } from './unreadable.ts'

export interface ResultEvents {
  /** Asks for the file of this kind, by its ending. */
  download(extension: string): void
  /** Asks for the manifest of the file that was asked for last, else of the usual one. */
  manifest(): void
  showNode(name: string): void
}

export class ResultPane {
  readonly element = h('section', { class: 'result', 'aria-label': 'Result', tabindex: 0 })
  readonly progress = h('div', { class: 'progress', role: 'status' })
  readonly #bar = h('progress', { 'aria-label': 'Written', max: 1 })
  readonly #share = h('span')
  readonly #showNode: (name: string) => void

  constructor(result: FreezeResult, check: HTMLElement, events: ResultEvents) {
    this.#showNode = events.showNode
    this.element.append(
      h(
        'div',
        { class: 'result-head' },
        h(
          'div',
          {},
          h('h2', {}, result.after.bytes === undefined ? 'Frozen' : `Frozen: ${bytes(result.after.bytes)}`),
          h('p', { class: 'where' }, names(result)),
        ),
        h(
          'div',
          { class: 'actions' },
          result.formats.map(({ extension, description }, i) =>
            h(
              'button',
              {
                type: 'button',
                ...(i === 0 && { class: 'primary' }),
                title: description,
                onclick: () => events.download(extension),
              },
              i === 0 ? `Download ${extension}` : extension,
            ),
          ),
          h(
            'button',
            { type: 'button', title: OPTIONS.manifest.description, onclick: () => events.manifest() },
            'Manifest',
          ),
        ),
      ),
      this.progress,
      check,
      h('div', { class: 'result-body' }, figures(result), changes(result, events)),
    )
  }

  /** How far writing is, with a way to stop it. */
  running(share: number | undefined, cancel: () => void): void {
    if (!this.#bar.isConnected) {
      const stop = h('button', { type: 'button', class: 'small', onclick: () => cancel() }, 'Cancel')
      fill(this.progress, this.#bar, this.#share, stop)
    }
    if (share === undefined) this.#bar.removeAttribute('value')
    else this.#bar.value = share
    this.#share.textContent = share === undefined ? 'Writing …' : `${Math.floor(share * 100)} %`
  }

  says(what: string): void {
    fill(this.progress, what)
  }

  /** Why no file was written, and the nodes that stand in the way. */
  refused(error: unknown): void {
    const failure =
      error instanceof CallError ? error.failure : { message: error instanceof Error ? error.message : String(error) }
    const sentence = h('p', { class: 'sentence error', role: 'alert' }, failure.message)
    fill(this.progress, sentence, nodesAtFault(failure, this.#showNode))
  }
}

const names = ({ inputs, outputs }: FreezeResult): string =>
  `${inputs.map(p => `${p.tensor} ${p.type}`).join(', ') || 'no inputs'} → ${outputs.map(p => `${p.tensor} ${p.type}`).join(', ')}`

function figures({ before, after, notes, passes }: FreezeResult): HTMLElement {
  const rows: [string, (s: Summary) => string][] = [
    ['File', s => (s.bytes === undefined ? '' : bytes(s.bytes))],
    ['Nodes', s => s.nodes.toLocaleString('en')],
    ['Kinds of ops', s => String(s.kinds)],
    ['Constants', s => bytes(s.constantBytes)],
    ['Multiply-adds', s => short(s.multiplyAdds)],
  ]
  const isCompared = passes.length > 0
  return h(
    'div',
    {},
    h(
      'table',
      { class: 'figures' },
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('td'),
          isCompared && h('th', { scope: 'col' }, 'frozen'),
          h('th', { scope: 'col' }, isCompared ? 'optimised' : 'frozen'),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map(([label, figure]) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, label),
            isCompared && h('td', {}, figure(before)),
            h('td', {}, figure(after)),
          ),
        ),
      ),
    ),
    notes.length > 0 &&
      h(
        'ul',
        { class: 'notes' },
        [...new Set(notes)].map(note => h('li', {}, note)),
      ),
  )
}

/** Near misses that are listed. */
const MAX_DECLINED = 200

function changes({ passes, changes: counts }: FreezeResult, events: ResultEvents): HTMLElement {
  const worked = passes.filter(p => p.applied.length > 0)
  return h(
    'div',
    { class: 'changes' },
    h(
      'p',
      { class: 'legend' },
      h('span', { class: 'key removed' }, `${counts.removed} removed`),
      h('span', { class: 'key folded' }, `${counts.folded} folded`),
      h('span', { class: 'key new' }, `${counts.new} new`),
    ),
    passes.length === 0
      ? h('p', { class: 'where' }, 'Not optimised.')
      : worked.length === 0
        ? h('p', { class: 'where' }, 'No pass found anything to do.')
        : worked.map(pass => report(pass, events)),
    declined(passes, events),
  )
}

const report = ({ pass, description, count, applied }: PassReport, events: ResultEvents): HTMLElement =>
  h(
    'details',
    {},
    h(
      'summary',
      {},
      h('strong', {}, pass),
      ` ${plural(count, 'time')}`,
      h('span', { class: 'where' }, ` ${description}`),
    ),
    h(
      'ul',
      {},
      applied.map(a => h('li', {}, `applied ${a.rule} at `, place(a.at, events))),
    ),
    count > applied.length && h('p', { class: 'where' }, `and ${count - applied.length} more`),
  )

function declined(passes: readonly PassReport[], events: ResultEvents): HTMLElement | false {
  const all = passes.flatMap(p => p.declined)
  if (all.length === 0) return false
  return h(
    'details',
    {},
    h('summary', {}, h('strong', {}, 'Not applied'), ` at ${plural(all.length, 'place')}, with the reason`),
    h(
      'ul',
      {},
      all.slice(0, MAX_DECLINED).map(d => h('li', {}, `declined ${d.rule} at `, place(d.at, events), `: ${d.reason}`)),
    ),
  )
}

const place = (at: string, events: ResultEvents): HTMLElement =>
  h('button', { type: 'button', class: 'link', onclick: () => events.showNode(at) }, at)

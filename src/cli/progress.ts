/** How far a step has come: a bar on a terminal once it takes over a second; with --verbose, each step with its time. */

import { makeFolder } from '../bytes/folder.ts'
import { type ByteSource, type Folder, type Input, isFolder } from '../bytes/source.ts'
import type { OutputFile } from '../export/output.ts'
import { bytes } from './print.ts'

/** Milliseconds after which a bar appears, and between two pictures of it. */
const PATIENCE_MS = 1000
const REDRAW_MS = 100
const BAR_CELLS = 24

/** How far the step is: of `total`, where that is known. */
interface Measure {
  readonly done: number
  readonly total?: number
  /** How an amount reads; without it only the share is shown. */
  readonly text?: (amount: number) => string
  readonly note?: string
}

/** The step that reads a model; weights are read while others go on. */
export const READING = 'reading'

let current: Step | undefined

/** A step of a command on its way. */
class Step {
  readonly what: string
  readonly #start = Date.now()
  #drawn = 0
  #isShown = false

  constructor(what: string) {
    this.what = what
  }

  get seconds(): number {
    return (Date.now() - this.#start) / 1000
  }

  update(measure: Measure): void {
    const now = Date.now()
    if (!process.stderr.isTTY || now - this.#start < PATIENCE_MS || now - this.#drawn < REDRAW_MS) return
    this.#drawn = now
    this.#isShown = true
    process.stderr.write(`\r\u001b[K${line(this.what, measure, this.seconds)}`.slice(0, process.stderr.columns + 3))
  }

  clear(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K')
    this.#isShown = false
  }
}

/** `writing ████████░░░░ 61 %  62.0 MB of 102 MB, 48.1 MB/s, 1 s left` */
export function line(what: string, { done, total, text, note }: Measure, seconds: number): string {
  const share = total ? Math.min(1, done / total) : undefined
  const filled = Math.round((share ?? 0) * BAR_CELLS)
  const bar =
    share === undefined ? '' : ` ${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${Math.floor(share * 100)} %`
  const left = share && share < 1 ? `${Math.ceil((seconds / share) * (1 - share))} s left` : ''
  const amount = text && `${text(done)}${total ? ` of ${text(total)}` : ''}, ${text(done / seconds)}/s`
  const rest = [note, amount, left].filter(Boolean).join(', ')
  return `${what}${bar}${rest ? `  ${rest}` : ''}`
}

/** Runs a step of a command, and tells how long it took where `verbose`. */
export async function step<T>(
  what: string,
  { verbose, quiet }: { verbose?: boolean | undefined; quiet?: boolean | undefined },
  act: () => Promise<T>,
): Promise<T> {
  const own = new Step(what)
  current = quiet ? undefined : own
  try {
    return await act()
  } finally {
    own.clear()
    current = undefined
    if (verbose) process.stderr.write(`${what}: ${own.seconds.toFixed(2)} s\n`)
  }
}

/** The same files; as they go out, the step that writes them is told. Nothing is in between where nobody sees it. */
export function withProgress(files: readonly OutputFile[]): readonly OutputFile[] {
  if (!process.stderr.isTTY) return files
  const total = files.reduce((n, f) => n + (f.size ?? 0), 0)
  let done = 0
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      done += chunk.length
      current?.update({ done, total, text: bytes })
      yield chunk
    }
    current?.clear() // the report follows
  }
  return files.map(file => ({ ...file, chunks: counted(file.chunks) }))
}

/** The same input; as it is read, the step that reads it is told. Nothing is in between where nobody sees it. */
export function watched(input: Input): Input {
  if (!process.stderr.isTTY) return input
  return isFolder(input) ? watchedFolder(input) : watchedFile(input, input.size)
}

const watchedFolder = (folder: Folder): Folder =>
  makeFolder(folder.name, {
    paths: () => folder.paths(),
    open: async path => {
      const file = await folder.file(path)
      return file && watchedFile(file, file.size)
    },
  })

function watchedFile(source: ByteSource, total: number): ByteSource {
  let done = 0
  const count = (read: Uint8Array): Uint8Array => {
    done += read.length
    if (current?.what === READING)
      current.update({ done: Math.min(done, total), total, text: bytes, note: source.name })
    return read
  }
  const readSync = source.readSync?.bind(source)
  return {
    name: source.name,
    size: source.size,
    read: async (offset, length) => count(await source.read(offset, length)),
    ...(readSync && { readSync: (offset: number, length: number) => count(readSync(offset, length)) }),
    ...(source.atOnce && { atOnce: source.atOnce.bind(source) }),
  }
}

/** Tells the step that optimises which pass begins. */
export function passBegins(pass: string): void {
  current?.update({ done: 0, note: pass })
}

let running: Step | undefined

/** How far a run has come, on a terminal: for those that take seconds. */
export function runProgress(done: number, total: number): void {
  if (done === 1) running = new Step('running')
  if (done === total) running?.clear()
  else running?.update({ done, total, note: `node ${done} of ${total}` })
}

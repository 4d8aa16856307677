/** How far writing or running has come: one line on a terminal's standard error, nothing elsewhere. */
import type { OutputFile } from '../export/output.ts'
import { bytes } from './print.ts'

/** Bytes below which writing is over before a line could be read. */
const MIN_BYTES = 50_000_000
const STEP_BYTES = 10_000_000

/** The same files, that tell how many bytes have gone out. */
export function withProgress(files: readonly OutputFile[]): readonly OutputFile[] {
  const total = files.reduce((n, f) => n + (f.size ?? 0), 0)
  if (!process.stderr.isTTY || total < MIN_BYTES) return files
  let done = 0
  let shown = 0
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      done += chunk.length
      if (done - shown >= STEP_BYTES) {
        shown = done
        process.stderr.write(`\rwriting ${bytes(done)} of ${bytes(total)}, ${Math.floor((done / total) * 100)} %`)
      }
      yield chunk
    }
    process.stderr.write('\r\u001b[K') // clears the line
  }
  return files.map(file => ({ ...file, chunks: counted(file.chunks) }))
}

/** Milliseconds between two lines of progress. */
const STEP_MS = 200
let shownAt = 0

/** How far a run has come, on a terminal: for those that take seconds. */
export function runProgress(done: number, steps: number): void {
  if (!process.stderr.isTTY) return
  if (done === steps) process.stderr.write('\r\u001b[K') // clears the line
  if (done === 1) shownAt = Date.now()
  if (done === steps || Date.now() - shownAt < STEP_MS) return
  shownAt = Date.now()
  process.stderr.write(`\rrunning node ${done} of ${steps}`)
}

/** How far a batch has come: one line on a terminal's standard error, nothing elsewhere. */

/** Milliseconds between two lines. */
const STEP_MS = 200

export class BatchProgress {
  readonly #total: number
  readonly #began = Date.now()
  #done = 0
  #failed = 0
  #shownAt = 0

  constructor(total: number) {
    this.#total = total
  }

  add(hasFailed: boolean): void {
    this.#done++
    if (hasFailed) this.#failed++
    if (!process.stderr.isTTY || Date.now() - this.#shownAt < STEP_MS) return
    this.#shownAt = Date.now()
    process.stderr.write(`\r\u001b[K${progressText(this.#done, this.#total, this.#failed, Date.now() - this.#began)}`)
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K') // clears the line
  }
}

/** `120 of 1000, 45.1 a second, 20 s left, 2 failed`. */
export function progressText(done: number, total: number, failed: number, milliseconds: number): string {
  const rate = done / Math.max(milliseconds / 1000, 0.001)
  const left = Math.ceil((total - done) / rate)
  const time = left < 120 ? `${left} s` : `${Math.ceil(left / 60)} min`
  return `${done} of ${total}, ${rate.toFixed(1)} a second, ${time} left${failed > 0 ? `, ${failed} failed` : ''}`
}

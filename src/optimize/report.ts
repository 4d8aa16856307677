/** The effect of a pass on a graph, and rules that nearly applied. */
import type { Applied, Declined, RewriteReport } from '../rewrite/engine.ts'

/** Collects it, for one pass. */
export class ReportBuilder implements RewriteReport {
  readonly applied: Applied[] = []
  readonly declined: Declined[] = []
  readonly #pass: string

  constructor(pass: string) {
    this.#pass = pass
  }

  /** It did its work at the node of this name; `rule` where the pass has several. */
  apply(at: string, rule = this.#pass): void {
    this.applied.push({ rule, at })
  }
  /** It came close, and why it was not applied: a sentence without its full stop. */
  decline(at: string, reason: string, rule = this.#pass): void {
    this.declined.push({ rule, at, reason })
  }
  /** The changes that rules made. */
  add({ applied, declined }: RewriteReport): void {
    for (const entry of applied) this.applied.push(entry)
    for (const entry of declined) this.declined.push(entry)
  }
}

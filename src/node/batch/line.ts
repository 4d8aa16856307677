/** The result of a batch for one model: a line of JSON in its report. */

/** `planned`: it would be frozen, and nothing was written (`--dry-run`). */
export type Status = 'frozen' | 'skipped' | 'failed' | 'planned'

export interface Line {
  readonly path: string
  readonly output: string
  readonly status: Status
  /** For a failure: the code of the error, `usage`, or `crash`. */
  readonly code?: string
  readonly message?: string
  readonly nodes?: number
  readonly bytes?: number
  readonly seconds?: number
  /** For the graph's file. */
  readonly sha256?: string
  readonly notes?: readonly string[]
}

/** How many models of each status. */
export function totals(lines: Iterable<Line>): Record<Status, number> {
  const counts = { frozen: 0, skipped: 0, failed: 0, planned: 0 }
  for (const { status } of lines) counts[status]++
  return counts
}

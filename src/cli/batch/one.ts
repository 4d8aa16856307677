/** One model of a batch: skipped where it is done, else frozen; what goes wrong is a line of the report. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CommanderError } from 'commander'
import { isFreezeError } from '../../errors.ts'
import { freeze } from '../../freeze/index.ts'
import { openDetected } from '../../models/index.ts'
import type { Line } from '../../node/batch/line.ts'
import { done, keyOf, note } from '../../node/batch/state.ts'
import { attempt } from '../../node/target.ts'
import { optionsOf } from '../../options/index.ts'
import { given } from '../input.ts'
import { checkOutput, type OutputFlags, withRequirements, writeGraph } from '../output.ts'
import { optimized, plan } from '../passes.ts'
import { plugin } from '../plugin.ts'
import { filesRead, openOptions } from '../settings.ts'

/** What a thread is told. */
export interface Job {
  readonly path: string
  readonly output: string
  readonly flags: OutputFlags
  /** Whether nothing is written. */
  readonly isDry: boolean
}

export async function freezeOne({ path, output, flags, isDry }: Job): Promise<Line> {
  const began = performance.now()
  const line = (rest: Omit<Line, 'path' | 'output'>): Line => ({ path, output, ...rest })
  try {
    const key = statSync(path, { throwIfNoEntry: false }) ? keyOf(path, filesRead(flags), textOf(flags)) : undefined
    const before = key === undefined ? undefined : done(output, key)
    if (before) return { ...before, path, output, status: 'skipped' }
    if (isDry) return line({ status: 'planned' })
    const made = await frozen(path, flags)
    const result = line({ status: 'frozen', ...made, seconds: secondsSince(began) })
    if (key !== undefined) await note(output, key, result)
    return result
  } catch (error) {
    return line({ status: 'failed', ...described(error), seconds: secondsSince(began) })
  }
}

/** Options as text, in one order, without what says nothing about the result. */
const textOf = ({ output, quiet, jobs, shard, json, jsonLine, failFast, dryRun, ...flags }: OutputFlags): string =>
  JSON.stringify(Object.entries(flags).sort(), (_, value: unknown) => (value instanceof Map ? [...value] : value))

async function frozen(path: string, asked: OutputFlags) {
  const { passes, exporters } = await plugin(asked.plugin)
  attempt(asked.output, () => mkdirSync(dirname(asked.output), { recursive: true }))
  const exporter = await checkOutput(asked, { models: [path], files: filesRead(asked) }, exporters)
  const flags = withRequirements(asked, exporter)
  const optimizing = await plan(flags, passes)
  const model = await openDetected(await given(path), await openOptions(flags))
  const result = await optimized(await freeze(model, optionsOf('freeze', flags)), optimizing)
  const { size, sha256 } = await writeGraph(result.frozen, exporter, flags, true)
  return { nodes: result.frozen.graph.nodes.size, bytes: size, sha256, notes: result.frozen.notes }
}

const secondsSince = (began: number): number => Math.round(performance.now() - began) / 1000

function described(error: unknown): { readonly code: string; readonly message: string } {
  if (isFreezeError(error)) return { code: error.code, message: error.message }
  if (error instanceof CommanderError) return { code: 'usage', message: error.message.replace(/^error: /, '') }
  return { code: 'crash', message: error instanceof Error ? error.message : String(error) }
}

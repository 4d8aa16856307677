/** One model of a batch: skipped where it is done, else frozen; what goes wrong is a line of the report. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { CommanderError } from 'commander'
import { isFreezeError } from '../../errors.ts'
import type { Line } from '../../node/batch/line.ts'
import { done, keyOf, note } from '../../node/batch/state.ts'
import { attempt } from '../../node/target.ts'
import { isRemote } from '../../remote/address.ts'
import { frozenModel } from '../commands/freeze.ts'
import { type OutputFlags, writeGraph } from '../output.ts'
import { optimized } from '../passes.ts'
import { planned } from '../produce.ts'
import { filesRead } from '../settings.ts'

/** One model's work for a thread. */
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
    const key = await keyOf(path, filesRead(flags), textOf(flags))
    const before = key === undefined ? undefined : await done(output, key)
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
  if (!isRemote(asked.output)) attempt(asked.output, () => mkdirSync(dirname(asked.output), { recursive: true }))
  const { exporter, flags, optimizing } = await planned([path], asked)
  const result = await optimized(await frozenModel(path, flags), optimizing)
  const { size, sha256, notes } = await writeGraph(result.frozen, exporter, flags, true)
  return { nodes: result.frozen.graph.nodes.size, bytes: size, sha256, notes }
}

const secondsSince = (began: number): number => Math.round(performance.now() - began) / 1000

function described(error: unknown): { readonly code: string; readonly message: string } {
  if (isFreezeError(error)) return { code: error.code, message: error.message }
  if (error instanceof CommanderError) return { code: 'usage', message: error.message.replace(/^error: /, '') }
  return { code: 'crash', message: error instanceof Error ? error.message : String(error) }
}

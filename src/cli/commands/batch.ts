/** `tfreeze batch`: many models, each as `freeze` would, with a report. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Line, totals } from '../../node/batch/line.ts'
import { filled, partsOf } from '../../node/batch/pattern.ts'
import { inThreads } from '../../node/batch/pool.ts'
import { below, checkOutputs } from '../../node/batch/remote.ts'
import { beginReport, merge, type Report } from '../../node/batch/report.ts'
import { shardOf, shareOf } from '../../node/batch/shard.ts'
import type { Source } from '../../node/batch/source.ts'
import { sourcesOf } from '../../node/batch/sources.ts'
import { isRemote } from '../../remote/address.ts'
import { freezeOne, type Job } from '../batch/one.ts'
import { withOwn } from '../batch/own-options.ts'
import { BatchProgress } from '../batch/progress.ts'
import { bytes, longTable, plural, printsJson, terminal } from '../print.ts'
import type { Flags } from '../settings.ts'
import { fromUsage, wrongUsage } from '../wrong-usage.ts'

export async function run(given: readonly string[], flags: Flags): Promise<void> {
  if (flags.merge !== undefined) return joined(flags.merge, flags)
  const { output } = flags
  if (given.length === 0) wrongUsage('batch', 'name the models: a list, a pattern, or a folder')
  if (output === undefined) wrongUsage('batch', 'name the folder of the outputs with -o')
  if (flags.jobs !== undefined && !(Number.isInteger(flags.jobs) && flags.jobs > 0))
    wrongUsage('batch', '--jobs is not a count')
  fromUsage('batch', () => checkOutputs(output))
  const shard = fromUsage('batch', () => shardOf(flags.shard, process.env))
  const sources: Source[] = []
  for (const models of given) sources.push(...(await sourcesOf(models, flags.versions ?? 'newest', output)))
  const all = jobsOf(sources, flags, output)
  const jobs = shareOf(all, shard)
  if (all.length === 0) wrongUsage('batch', `there is no model in ${given.join(', ')}`)
  const report = flags.dryRun ? undefined : beginReport(output, shard)
  const lines = await done(jobs, flags, report)
  await report?.close()
  tell(lines, flags, report?.path)
}

/** Each model with its output and options. Throws where two would be written to one place. */
function jobsOf(sources: readonly Source[], flags: Flags, folder: string): Job[] {
  const plain = sources.map(source => fromUsage('batch', () => jobOf(source, flags, folder)))
  const shared = repeated(plain.map(({ output }) => output))
  const jobs = plain.map((job, i) => {
    const source = sources[i]!
    const keepsEnding = flags.name === undefined && source.output === undefined && shared.has(job.output)
    return keepsEnding ? fromUsage('batch', () => jobOf(source, flags, folder, true)) : job
  })
  const taken = new Map<string, string>()
  for (const { path, output } of jobs) {
    const other = taken.get(output)
    if (other !== undefined)
      wrongUsage(
        'batch',
        `${other} and ${path} would both be written to ${output}. Tell them apart in --name, or in the list.`,
      )
    taken.set(output, path)
  }
  return jobs
}

/** The entries that are in a list more than once. */
function repeated(values: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>()
  return new Set(values.filter(value => seen.size === seen.add(value).size))
}

/** `a.h5` and `a.keras` keep their endings, as both cannot go to `a.pb`. */
function jobOf(source: Source, run: Flags, folder: string, keepsEnding = false): Job {
  const { path, relative, version, output, options } = source
  const flags = withOwn(run, options)
  const name = output ?? filled(run.name ?? '{path}.pb', partsOf(relative, version, flags.signature, keepsEnding))
  const place = isRemote(folder) ? below(folder, name) : join(folder, name)
  return { path, output: place, flags: { ...flags, output: place, quiet: true }, isDry: run.dryRun === true }
}

async function done(jobs: readonly Job[], flags: Flags, report: Report | undefined): Promise<Line[]> {
  const lines: Line[] = []
  const progress = new BatchProgress(jobs.length)
  const take = (line: Line): boolean => {
    lines.push(line)
    report?.add(line)
    if (printsJson(flags)) process.stdout.write(`${JSON.stringify(line)}\n`)
    progress.add(line.status === 'failed')
    return !(flags.failFast && line.status === 'failed')
  }
  const threads = flags.jobs ?? availableParallelism()
  if (threads === 1 || jobs.length < 2) {
    for (const job of jobs) if (!take(await freezeOne(job))) break
  } else {
    const died = ({ path, output }: Job, { message }: Error): Line => {
      return { path, output, status: 'failed', code: 'crash', message }
    }
    await inThreads({ script: new URL('./cli/batch-worker.js', import.meta.url), threads, jobs, died, take })
  }
  progress.end()
  return lines
}

/** The table and the totals; exit status 1 where a model failed. */
function tell(lines: readonly Line[], flags: Flags, report: string | undefined): void {
  const counts = totals(lines)
  if (!printsJson(flags) && !flags.quiet) {
    const rows = lines.map(line => [
      line.status,
      line.path,
      line.output,
      line.nodes ? plural(line.nodes, 'node') : '',
      size(line),
    ])
    const parts = Object.entries(counts).filter(([, count]) => count > 0)
    const summary = parts.map(([status, count]) => `${count.toLocaleString('en')} ${status}`).join(', ')
    const where = report === undefined ? '' : `; the report is ${report}`
    process.stdout.write(
      `${terminal(`${longTable(rows, { more: report ?? '--json' })}\n\n${summary || 'nothing to do'}${where}`)}\n`,
    )
  }
  if (counts.failed === 0) return
  const failed = lines.filter(line => line.status === 'failed').slice(0, MAX_MESSAGES)
  const rest = counts.failed - failed.length
  const messages = failed.map(({ path, message }) => `${message?.startsWith(path) ? '' : `${path}: `}${message}`)
  const more = rest > 0 ? [`… and ${rest} more`] : []
  const all = `${counts.failed.toLocaleString('en')} of ${plural(lines.length, 'model')} failed`
  process.stderr.write(`${terminal([...messages, ...more, all].join('\n'))}\n`)
  process.exitCode = 1
}

/** Failures that are printed; the report has all. */
const MAX_MESSAGES = 10

const size = ({ bytes: count }: Line): string => (count === undefined ? '' : bytes(count))

async function joined(folder: string, flags: Flags): Promise<void> {
  const { path, lines, missing } = await merge(folder)
  tell(lines, flags, path)
  if (missing.length === 0) return
  process.stderr.write(`${folder}: there is no report of shard ${missing.join(', ')}. Run it again.\n`)
  process.exitCode = 1
}

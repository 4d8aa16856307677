/** The report of a batch: a line of JSON a model, in the order in which they were done; a file for each shard. */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { FreezeError } from '../../errors.ts'
import { isRemote } from '../../remote/address.ts'
import { attempt } from '../target.ts'
import { wholeFile, writeFile } from '../write-file.ts'
import type { Line } from './line.ts'
import { below, checkOutputs, namesAt, textAt, writeText } from './remote.ts'
import type { Shard } from './shard.ts'

const WHOLE = 'report.jsonl'
const SHARD = /^report-(\d+)-of-(\d+)\.jsonl$/

/** Where the report of a run is. */
function reportPath(folder: string, shard: Shard | undefined): string {
  const number = (n: number): string => String(n).padStart(4, '0')
  const name = shard ? `report-${number(shard.index)}-of-${number(shard.count)}.jsonl` : WHOLE
  return isRemote(folder) ? below(folder, name) : join(folder, name)
}

/** A report that is being written, line by line, so that it can be followed. */
export interface Report {
  readonly path: string
  add(line: Line): void
  close(): Promise<void>
}

/** Begins the report of a run. One in a store appears when the run ends. */
export function beginReport(folder: string, shard: Shard | undefined): Report {
  const path = reportPath(folder, shard)
  return isRemote(folder) ? inStore(path) : onDisk(folder, path)
}

function onDisk(folder: string, path: string): Report {
  attempt(folder, () => mkdirSync(folder, { recursive: true }))
  // A process that was taken for dead may still write its report: it keeps its own file, and this run has another.
  const fd = attempt(path, () => {
    rmSync(path, { force: true })
    return openSync(path, 'w')
  })
  return {
    path,
    add: line => void attempt(path, () => writeSync(fd, textOf(line))),
    close: async () => closeSync(fd),
  }
}

function inStore(path: string): Report {
  const lines: string[] = []
  return {
    path,
    add: line => void lines.push(textOf(line)),
    close: () => writeText(path, lines.join('')),
  }
}

const textOf = (line: Line): string => `${JSON.stringify(line)}\n`

/** The reports of all shards of a folder, as one. */
export interface Merged {
  readonly path: string
  readonly lines: readonly Line[]
  /** The shards of which no report is there. */
  readonly missing: readonly number[]
}

/** A folder of reports: on the disk, or in a store. */
interface Reports {
  names(): Promise<readonly string[]>
  read(name: string): Promise<string>
  write(name: string, text: string): Promise<void>
  path(name: string): string
}

const reportsOnDisk = (folder: string): Reports => ({
  names: async () => attempt(folder, () => readdirSync(folder)),
  read: async name => readFileSync(join(folder, name), 'utf8'),
  write: async (name, text) => void (await writeFile(join(folder, name), wholeFile(text))),
  path: name => join(folder, name),
})

const reportsInStore = (folder: string): Reports => ({
  names: () => namesAt(folder),
  read: async name => (await textAt(below(folder, name))) ?? '',
  write: (name, text) => writeText(below(folder, name), text),
  path: name => below(folder, name),
})

/** Joins them into `report.jsonl`, sorted by path. Throws `missing` where there is none. */
export async function merge(folder: string): Promise<Merged> {
  checkOutputs(folder)
  const reports = isRemote(folder) ? reportsInStore(folder) : reportsOnDisk(folder)
  const shards = (await reports.names()).flatMap(name => {
    const [, index, count] = SHARD.exec(name) ?? []
    return index === undefined ? [] : [{ name, index: Number(index), count: Number(count) }]
  })
  const counts = [...new Set(shards.map(({ count }) => count))]
  const [count] = counts
  if (count === undefined)
    throw new FreezeError('missing', 'there is no report of a shard', {
      file: folder,
      hint: 'Name the folder of the batch.',
    })
  if (counts.length > 1)
    throw new FreezeError(
      'unsupported',
      `it holds reports of runs in ${counts.sort((a, b) => a - b).join(' and in ')} shards`,
      {
        file: folder,
        hint: 'Remove those of the earlier run.',
      },
    )
  const lines = new Map<string, Line>()
  for (const { name } of shards)
    for (const line of linesOf(await reports.read(name), reports.path(name))) lines.set(line.path, line)
  const sorted = [...lines.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  await reports.write(WHOLE, sorted.map(textOf).join(''))
  const there = new Set(shards.map(({ index }) => index))
  return {
    path: reports.path(WHOLE),
    lines: sorted,
    missing: Array.from({ length: count }, (_, i) => i).filter(i => !there.has(i)),
  }
}

/** The whole lines; the last of a run that was killed may be cut. Throws `corrupt` for another that is none. */
function linesOf(report: string, path: string): Line[] {
  const lines = report.split('\n').slice(0, -1)
  return lines.flatMap((text, i) => {
    if (text === '') return []
    try {
      return [JSON.parse(text) as Line] // as `add` wrote it
    } catch (cause) {
      throw new FreezeError('corrupt', 'this line is not part of a report', {
        file: `${path}:${i + 1}`,
        hint: 'Run the task of this report again.',
        cause,
      })
    }
  })
}

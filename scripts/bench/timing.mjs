// Times whole processes: medians of runs that take turns, warm cache, into an empty folder on a disk at rest.
import * as childProcess from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cache, python } from '../networks.mjs'

const execFile = promisify(childProcess.execFile)

export const RUNS = 5
export const models = join(cache, 'bench-models')
export const scratch = join(cache, 'bench-out')
export const out = name => join(scratch, name)
export const cli = ['dist/cli/main.js']

/** One run: seconds of wall time, and the peak resident set in MB. */
export async function once(command, args) {
  const { stdout } = await execFile(python(), ['scripts/bench/measure.py', command, ...args], { maxBuffer: 1 << 28 }) // TensorFlow logs much
  return JSON.parse(stdout)
}

/** The medians of several commands that take turns, after one run of each that warms the cache. */
export async function medians(commands, runs = RUNS) {
  mkdirSync(scratch, { recursive: true })
  const all = commands.map(() => [])
  for (let run = -1; run < runs; run++) {
    for (const [i, [command, args]] of commands.entries()) {
      for (const file of readdirSync(scratch)) rmSync(join(scratch, file), { recursive: true })
      await once('sync', []) // what was removed is given back to the disk now, at nobody's cost
      const measured = await once(command, args)
      if (run >= 0) all[i].push(measured)
    }
  }
  const middle = (of, key) => of.map(r => r[key]).sort((a, b) => a - b)[Math.floor(runs / 2)]
  return all.map(of => ({ seconds: middle(of, 'seconds'), peak: middle(of, 'peak') }))
}

export const median = async (command, args, runs) => (await medians([[command, args]], runs))[0]

export const s = x => (x < 1 ? `${Math.round(x * 1000)} ms` : `${x.toFixed(2)} s`)
export const mb = x => `${Math.round(x)} MB`
export const times = x => `${x >= 10 ? Math.round(x) : x.toFixed(2)}×`
export const table = (head, rows) =>
  [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map(r => `| ${r.join(' | ')} |`)].join(
    '\n',
  )

/** What is above its limit, a line each: `[what, found, limit, text]`. */
export const exceeded = checks =>
  checks.flatMap(([what, found, limit, text]) =>
    found <= limit ? [] : [`${what}: ${text(found)}, and the limit is ${text(limit)}`],
  )

// Where the time of a command goes: self time by what the code does, from a CPU profile of the built program.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cli, models, table } from './timing.mjs'

/** What functions belong to, by name and file; the first that fits. */
const KINDS = [
  ['collecting garbage', ({ functionName }) => functionName === '(garbage collector)'],
  ['waiting for the disk', ({ functionName }) => functionName === '(idle)'],
  [
    'reading and writing files',
    ({ functionName }) => /^(read|writeBuffer|open|fsync|fdatasync|rename)/.test(functionName),
  ],
  ['loading and compiling code', ({ functionName, url }) => url.startsWith('node:') || /compile/i.test(functionName)],
  ['commander', ({ url }) => /\/esm-[^/]*\.js$/.test(url)],
  ['our code', ({ url }) => url.includes('/dist/')],
  ['the rest of Node', () => true],
]

/** Milliseconds by kind. */
function profiled(...args) {
  const folder = mkdtempSync(join(tmpdir(), 'tfreeze-profile-'))
  try {
    const flags = ['--cpu-prof', '--cpu-prof-interval', '200', '--cpu-prof-dir', folder]
    const { status, stderr } = spawnSync(process.execPath, [...flags, ...cli, ...args], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    const profile = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]), 'utf8'))
    const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
    const spent = new Map(KINDS.map(([kind]) => [kind, 0]))
    for (const [i, id] of profile.samples.entries()) {
      const [kind] = KINDS.find(([, fits]) => fits(frames.get(id)))
      spent.set(kind, spent.get(kind) + profile.timeDeltas[i] / 1000)
    }
    return spent
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export async function whereTimeGoes() {
  const output = join(mkdtempSync(join(tmpdir(), 'tfreeze-profiled-')), 'a.pb')
  const small = profiled('freeze', 'fixtures/digits', '-o', output, '--quiet')
  const large = profiled('freeze', join(models, 'chain-100000.pb'), '-o', output, '--quiet')
  return {
    follows:
      'A small model is mostly the start of Node and the loading of code; a large graph is our own code and the garbage collector. A profiler slows what it watches: the shares count.',
    text: table(
      ['milliseconds of', 'the sample', '100,000 nodes'],
      KINDS.map(([kind]) => [kind, small.get(kind).toFixed(0), large.get(kind).toFixed(0)]),
    ),
    above: [],
  }
}

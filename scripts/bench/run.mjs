// npm run bench [-- WORD]: what freezing costs, and how fast the result is, side by side in one run and as ratios; writes
// docs/performance.md. With a word just the sections whose title has it; `-- latency MobileNet` just those networks.
// Each figure is the median of five runs of a whole process, warm cache, into an empty folder on a disk at rest, and
// what is compared takes turns; memory is the process's peak resident set.
import * as childProcess from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cache, python, run } from '../networks.mjs'
import { latency } from './latency.mjs'
import { page } from './page.mjs'

const execFile = promisify(childProcess.execFile)
const models = join(cache, 'bench-models')
const scratch = join(cache, 'bench-out')
const cli = ['dist/cli/main.js']
const RUNS = 5

/** One run: seconds of wall time, and the peak resident set in MB. */
async function once(command, args) {
  const { stdout } = await execFile(python(), ['scripts/bench/measure.py', command, ...args], { maxBuffer: 1 << 28 }) // TensorFlow logs much
  return JSON.parse(stdout)
}

/** The medians of several commands that take turns, after one run of each that warms the cache. */
async function medians(commands, runs = RUNS) {
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

const median = async (command, args, runs) => (await medians([[command, args]], runs))[0]

const s = x => (x < 1 ? `${Math.round(x * 1000)} ms` : `${x.toFixed(2)} s`)
const mb = x => `${Math.round(x)} MB`
const times = x => `${x >= 10 ? Math.round(x) : x.toFixed(2)}×`
const table = (head, rows) =>
  [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map(r => `| ${r.join(' | ')} |`)].join(
    '\n',
  )
const sizeOf = path =>
  statSync(path).isDirectory() ? readdirSync(path).reduce((n, f) => n + sizeOf(join(path, f)), 0) : statSync(path).size

const out = name => join(scratch, name)
const freezing = (model, ...rest) => [
  process.execPath,
  [...cli, 'freeze', join(models, model), '-o', out('a.pb'), '--quiet', ...rest],
]
const freeze = (model, ...rest) => median(...freezing(model, ...rest))
/** `cp` of a file and `sync` of the copy: what writing the same bytes costs at least. */
const copying = file => ['sh', ['-c', 'cp "$1" "$2" && sync "$2"', 'sh', file, out('copy')]]
const dataOf = model => {
  const folder = join(models, model, 'variables')
  return join(
    folder,
    readdirSync(folder).find(f => f.includes('.data-')),
  )
}

async function sizes() {
  const rows = []
  for (const model of ['dense-10', 'dense-100', 'vgg16', 'dense-1900']) {
    const [cp, ours] = await medians([copying(dataOf(model)), freezing(model)])
    rows.push([
      model,
      mb(sizeOf(dataOf(model)) / 1e6),
      s(cp.seconds),
      s(ours.seconds),
      times(ours.seconds / cp.seconds),
      mb(ours.peak),
    ])
  }
  return table(['SavedModel', 'weights', '`cp` + `sync`', 'tfreeze', 'ratio', 'peak memory'], rows)
}

async function against(model) {
  const ours = await freeze(model)
  const theirs = await median(python(), ['scripts/bench/freezer.py', join(models, model), out('b.pb')], 1)
  return [
    model,
    s(ours.seconds),
    s(theirs.seconds),
    times(theirs.seconds / ours.seconds),
    mb(ours.peak),
    mb(theirs.peak),
    times(theirs.peak / ours.peak),
  ]
}

async function startup() {
  const [bare, ours] = await medians([
    [process.execPath, ['-e', '0']],
    [process.execPath, [...cli, '--version']],
  ])
  return table(
    ['start-up', 'bare `node`', '`tfreeze --version`', 'ratio'],
    [['', s(bare.seconds), s(ours.seconds), times(ours.seconds / bare.seconds)]],
  )
}

async function graphs() {
  const rows = []
  for (const nodes of [1_000, 10_000, 100_000]) {
    const model = `chain-${nodes}.pb`
    const [plain, fast] = await medians([freezing(model), freezing(model, '-O')])
    rows.push([
      nodes.toLocaleString('en'),
      s(plain.seconds),
      s(fast.seconds),
      `${Math.round((fast.seconds / nodes) * 1e6)} µs`,
      mb(fast.peak),
    ])
  }
  return table(['nodes', 'freeze', 'freeze -O', 'per node', 'peak memory'], rows)
}

async function keras() {
  const [cp, ours] = await medians([copying(join(models, 'vgg16.h5')), freezing('vgg16.h5')])
  const theirs = await median(python(), ['scripts/bench/freezer.py', join(models, 'vgg16.h5'), out('b.pb')], 1)
  return table(
    ['Keras file', '`cp` + `sync`', 'tfreeze', 'ratio', 'Keras + TensorFlow', 'times faster', 'peak memory', 'theirs'],
    [
      [
        'vgg16.h5 (528 MB)',
        s(cp.seconds),
        s(ours.seconds),
        times(ours.seconds / cp.seconds),
        s(theirs.seconds),
        times(theirs.seconds / ours.seconds),
        mb(ours.peak),
        mb(theirs.peak),
      ],
    ],
  )
}

async function optimising() {
  const [plain, fast] = await medians([freezing('dense-1900'), freezing('dense-1900', '-O')])
  return table(
    ['1.9 GB', 'time', 'peak memory'],
    [
      ['freeze', s(plain.seconds), mb(plain.peak)],
      ['freeze -O', s(fast.seconds), mb(fast.peak)],
    ],
  )
}

/** Work on the models that are frozen here, which are built once. */
const onModels = work => async () => {
  if (!existsSync(join(models, 'chain-100000.pb'))) {
    console.error('building the models to freeze, once')
    await run(python(), ['scripts/bench/models.py', models])
  }
  return work()
}

const freezers = async () =>
  table(
    ['SavedModel', 'tfreeze', 'TensorFlow', 'times faster', 'memory', 'theirs', 'times less'],
    [await against('vgg16'), await against('dense-10')],
  )

mkdirSync(scratch, { recursive: true })
const SECTIONS = [
  ['Against copying the weights', onModels(sizes)],
  ["Against TensorFlow's freezer (its import included)", onModels(freezers)],
  ['Keras files', onModels(keras)],
  ['Optimising', onModels(optimising)],
  ['Start-up', startup],
  ['Graphs of many nodes', onModels(graphs)],
  ['Latency of networks', () => latency(table, scratch, process.argv[3])],
  ['The page', () => page(table)],
]
const only = process.argv[2]
const parts = []
for (const [title, work] of SECTIONS) {
  if (only && !title.toLowerCase().includes(only.toLowerCase())) continue
  const text = await work()
  console.log(`\n## ${title}\n\n${text}`)
  parts.push(`## ${title}\n\n${text}`)
}
rmSync(scratch, { recursive: true, force: true })
if (!only) {
  const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
  writeFileSync(
    'docs/performance.md',
    `# Performance\n\nMade by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine}. Medians of ${RUNS} runs of a whole process, warm cache, into an empty folder on a disk at rest; what is compared takes turns.\n\n${parts.join('\n\n')}\n`,
  )
  console.log('\nwritten to docs/performance.md')
}

// What freezing costs: against copying the file, against TensorFlow, at start, and on graphs of many nodes.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { python, run } from '../networks.mjs'
import { cli, exceeded, mb, median, medians, models, out, s, table, times } from './timing.mjs'

/** Peak memory, whatever the size of the weights. */
const MEMORY = 80

const sizeOf = path =>
  statSync(path).isDirectory() ? readdirSync(path).reduce((n, f) => n + sizeOf(join(path, f)), 0) : statSync(path).size
const freezing = (model, ...rest) => [
  process.execPath,
  [...cli, 'freeze', join(models, model), '-o', out('a.pb'), '--quiet', ...rest],
]
/** `cp` of a file and `sync` of the copy: what writing the same bytes costs at least. */
const copying = file => ['sh', ['-c', 'cp "$1" "$2" && sync "$2"', 'sh', file, out('copy')]]
const dataOf = model => {
  const folder = join(models, model, 'variables')
  return join(
    folder,
    readdirSync(folder).find(f => f.includes('.data-')),
  )
}

/** Builds the models that are frozen here, once. */
async function built() {
  if (existsSync(join(models, 'chain-1000000.pb'))) return
  console.error('building the models to freeze, once')
  await run(python(), ['scripts/bench/models.py', models])
}

export async function copyingWeights() {
  await built()
  const rows = []
  const checks = []
  let large
  for (const model of ['dense-10', 'dense-100', 'vgg16', 'dense-1900']) {
    const [cp, ours] = await medians([copying(dataOf(model)), freezing(model)])
    const ratio = ours.seconds / cp.seconds
    rows.push([model, mb(sizeOf(dataOf(model)) / 1e6), s(cp.seconds), s(ours.seconds), times(ratio), mb(ours.peak)])
    checks.push([`memory of ${model}`, ours.peak, MEMORY, mb])
    if (model === 'vgg16') checks.push(['VGG16 against cp', (large = ratio), 1.15, times])
  }
  return {
    follows: `Freezing 553 MB takes ${times(large)} the time of copying them, and memory does not grow with the weights. A small model takes what starting Node and loading the program take.`,
    text: table(['SavedModel', 'weights', '`cp` + `sync`', 'tfreeze', 'ratio', 'peak memory'], rows),
    above: exceeded(checks),
  }
}

async function against(model) {
  const ours = await median(...freezing(model))
  const theirs = await median(python(), ['scripts/bench/freezer.py', join(models, model), out('b.pb')], 1)
  const row = [
    model,
    s(ours.seconds),
    s(theirs.seconds),
    times(theirs.seconds / ours.seconds),
    mb(ours.peak),
    mb(theirs.peak),
    times(theirs.peak / ours.peak),
  ]
  return { row, faster: theirs.seconds / ours.seconds }
}

export async function freezers() {
  await built()
  const [large, small] = [await against('vgg16'), await against('dense-10')]
  return {
    follows: `TensorFlow's own freezer takes ${times(large.faster)} as long for VGG16 and ${times(small.faster)} for a small model, most of it to be imported; it holds all weights in memory several times.`,
    text: table(
      ['SavedModel', 'tfreeze', 'TensorFlow', 'times faster', 'memory', 'theirs', 'times less'],
      [large.row, small.row],
    ),
    above: [],
  }
}

export async function keras() {
  await built()
  const [cp, ours] = await medians([copying(join(models, 'vgg16.h5')), freezing('vgg16.h5')])
  const theirs = await median(python(), ['scripts/bench/freezer.py', join(models, 'vgg16.h5'), out('b.pb')], 1)
  const ratio = ours.seconds / cp.seconds
  const row = [
    'vgg16.h5 (528 MB)',
    s(cp.seconds),
    s(ours.seconds),
    times(ratio),
    s(theirs.seconds),
    times(theirs.seconds / ours.seconds),
    mb(ours.peak),
    mb(theirs.peak),
  ]
  return {
    follows: `A Keras file takes ${times(ratio)} the time of copying it. Its metadata is read in a few milliseconds, and its weights are ranges of the file.`,
    text: table(
      [
        'Keras file',
        '`cp` + `sync`',
        'tfreeze',
        'ratio',
        'Keras + TensorFlow',
        'times faster',
        'peak memory',
        'theirs',
      ],
      [row],
    ),
    above: exceeded([
      ['vgg16.h5 against cp', ratio, 1.3, times],
      ['memory of vgg16.h5', ours.peak, MEMORY, mb],
    ]),
  }
}

export async function optimising() {
  await built()
  const [plain, fast] = await medians([freezing('dense-1900'), freezing('dense-1900', '-O')])
  return {
    follows: 'Optimising reads no weights before they are written, so it costs nearly nothing on large models.',
    text: table(
      ['1.9 GB', 'time', 'peak memory'],
      [
        ['freeze', s(plain.seconds), mb(plain.peak)],
        ['freeze -O', s(fast.seconds), mb(fast.peak)],
      ],
    ),
    above: [],
  }
}

export async function startup() {
  const sample = [process.execPath, [...cli, 'freeze', 'fixtures/digits', '-o', out('a.pb'), '--quiet']]
  const [bare, version, small] = await medians(
    [[process.execPath, ['-e', '0']], [process.execPath, [...cli, '--version']], sample],
    15,
  )
  const [quick, whole] = [version.seconds / bare.seconds, small.seconds / bare.seconds]
  return {
    follows: `A small model is frozen in ${times(whole)} the time that Node itself takes to start.`,
    text: table(
      ['bare `node`', '`tfreeze --version`', 'ratio', '`tfreeze freeze` of the sample', 'ratio'],
      [[s(bare.seconds), s(version.seconds), times(quick), s(small.seconds), times(whole)]],
    ),
    above: exceeded([
      ['--version against node', quick, 1.2, times],
      ['freezing the sample against node', whole, 1.8, times],
    ]),
  }
}

export async function manyNodes() {
  await built()
  const rows = []
  const checks = []
  for (const nodes of [1_000, 10_000, 100_000, 1_000_000]) {
    const model = `chain-${nodes}.pb`
    const [plain, fast] = await medians([freezing(model), freezing(model, '-O')], nodes > 100_000 ? 1 : 5)
    rows.push([
      nodes.toLocaleString('en'),
      s(plain.seconds),
      mb(plain.peak),
      `${Math.round((plain.seconds / nodes) * 1e6)} µs`,
      s(fast.seconds),
      mb(fast.peak),
    ])
    if (nodes === 100_000)
      checks.push(
        ['freezing 100,000 nodes', plain.seconds, 1.8, s],
        ['memory of 100,000 nodes', plain.peak, 350, mb],
        ['freeze -O of 100,000 nodes', fast.seconds, 3, s],
      )
    if (nodes === 1_000_000) checks.push(['memory of 1,000,000 nodes', plain.peak, 4000, mb])
  }
  return {
    follows:
      'Time and memory grow in proportion to the nodes; a network has some thousands, which take a few milliseconds.',
    text: table(['nodes', 'freeze', 'peak memory', 'per node', 'freeze -O', 'peak memory'], rows),
    above: exceeded(checks),
  }
}

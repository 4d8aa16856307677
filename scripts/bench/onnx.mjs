// ONNX against tf2onnx: what converting a SavedModel costs (its import included), and how fast the results run.
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { network, python, run } from '../networks.mjs'
import { cli, exceeded, mb, median, s, scratch, table, times } from './timing.mjs'

const NETWORKS = ['MobileNetV2', 'ResNet50', 'VGG16']
const OPSET = '18'
/** Ours is nowhere slower than this many times theirs. */
const LIMIT = 1.03
const THREADS = [
  ['one thread', 1],
  ['default threads', 0],
]

/** What a command costs; undefined where the system ended it for want of memory. */
async function affordable(command, words) {
  try {
    return await median(command, words, 1)
  } catch (error) {
    if (!/ends with -9\s*$/.test(error.stderr)) throw error
    return undefined
  }
}

/** A network of Keras 2, converted by both: the cost of each, and the medians of the results' runs by threads. */
async function measure(name) {
  const [folder] = await network(name)
  const model = join(folder, 'saved_model')
  const kept = join(scratch, '..', 'bench-onnx')
  mkdirSync(kept, { recursive: true })
  const [a, b] = ['ours', 'theirs'].map(whose => join(kept, `${name}.${whose}.onnx`))
  const ours = await median(process.execPath, [...cli, 'freeze', model, '-O', '-o', a, '--quiet'])
  const words = ['-m', 'tf2onnx.convert', '--saved-model', model, '--opset', OPSET, '--output', b]
  const theirs = await affordable(python(), words)
  if (!theirs) return { name, ours, bytes: [statSync(a).size / 1e6] }
  const runs = []
  for (const [, threads] of THREADS) {
    const script = ['scripts/bench/onnx_latency.py', join(folder, 'io.npz'), a, b, String(threads)]
    runs.push(JSON.parse(await run(python(), script)))
  }
  const bytes = [a, b].map(path => statSync(path).size / 1e6)
  return { name, ours, theirs, bytes, nodes: runs[0].nodes, milliseconds: runs.map(r => r.milliseconds) }
}

/** Ours by theirs; undefined where one of them does not run, as then its text says why. */
const ratio = ({ ours, theirs }) => (typeof ours === 'number' && typeof theirs === 'number' ? ours / theirs : undefined)
const milliseconds = value => (typeof value === 'number' ? `${value.toFixed(1)} ms` : value)

export async function onnx() {
  const all = []
  for (const name of NETWORKS) all.push(await measure(name))
  const measured = all.filter(({ theirs }) => theirs)
  const costs = table(
    ['SavedModel', 'tfreeze', 'tf2onnx', 'times faster', 'memory', 'theirs', 'size', 'theirs', 'nodes', 'theirs'],
    all.map(({ name, ours, theirs, bytes, nodes }) =>
      theirs
        ? [
            name,
            s(ours.seconds),
            s(theirs.seconds),
            times(theirs.seconds / ours.seconds),
            mb(ours.peak),
            mb(theirs.peak),
            ...bytes.map(mb),
            ...nodes,
          ]
        : [name, s(ours.seconds), 'out of memory', '', mb(ours.peak), 'all there is', ...bytes.map(mb), '', '', ''],
    ),
  )
  const latency = table(
    ['', ...THREADS.flatMap(([title]) => [`tfreeze, ${title}`, '÷ tf2onnx'])],
    measured.map(({ name, milliseconds: each }) => [
      name,
      ...each.flatMap(run => [milliseconds(run.ours), ratio(run)?.toFixed(2) ?? milliseconds(run.theirs)]),
    ]),
  )
  const slower = measured.flatMap(({ name, milliseconds: each }) =>
    each.map((run, i) => [`${name}, ${THREADS[i][0]}`, ratio(run) ?? Number.POSITIVE_INFINITY, LIMIT, times]),
  )
  const more = measured.map(({ name, nodes }) => [`nodes of ${name}`, nodes[0], nodes[1], String])
  return {
    follows: `A network is written as ONNX without TensorFlow, in ${measured.map(m => times(m.theirs.seconds / m.ours.seconds)).join(' and ')} less time than tf2onnx takes with its import, and runs as fast in ONNX Runtime or faster: at most ${LIMIT} of the time, with no more nodes.`,
    text: `${costs}\n\nIn ONNX Runtime, one image, taking turns in one process:\n\n${latency}`,
    above: exceeded([...slower, ...more]),
  }
}

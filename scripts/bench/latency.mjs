// The latency of networks as `tfreeze freeze -O` writes them against TensorFlow's own graphs of the same SavedModel, and
// how many nodes each has. latency.py measures; here are the networks, the limits and the tables.
import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { network, python, run } from '../networks.mjs'

const NETWORKS = ['MobileNetV2', 'ResNet50', 'InceptionV3', 'DenseNet121', 'EfficientNetB0', 'MobileNetV3Small']
const THEIRS = { frozen: 'frozen', inference: '`optimize_for_inference`', grappler: 'Grappler' }
const THREADS = [
  ['one thread', 1],
  ['default threads', 0],
]
const GATED = ['TensorFlow', 'TensorFlow, Grappler off']
const OTHERS = ['OpenVINO', 'OpenCV']
/** Ours is nowhere slower than this many times any of theirs… */
const LIMIT = 1.03
/** …and this fast against the frozen graph where nothing optimises it as it is loaded. */
const isGoal = (name, program, theirs) =>
  name.startsWith('MobileNetV2.') && program === 'TensorFlow, Grappler off' && theirs === 'frozen'
const limitOf = (...cell) => (isGoal(...cell) ? 0.8 : LIMIT)

/** A network in one form: its name, the nodes of each graph, and the milliseconds by threads and program. */
async function measure(folder, scratch) {
  const [name, out] = [basename(folder), join(scratch, basename(folder))]
  console.error(name)
  mkdirSync(out, { recursive: true })
  const ours = join(out, 'ours.pb')
  const model = join(folder, 'saved_model')
  await run(process.execPath, ['dist/cli/main.js', 'freeze', model, '-O', '-o', ours, '--manifest', `${ours}.json`])
  const once = async threads =>
    JSON.parse(await run(python(), ['scripts/bench/latency.py', folder, ours, out, String(threads)]))
  let nodes
  const milliseconds = []
  for (const [title, threads] of THREADS) {
    const runs = [await once(threads)]
    nodes = runs[0].nodes
    // A process may have laid out its memory so that one graph is slow in all its runs.
    if (slower(name, title, runs[0].milliseconds).length > 0) runs.push(await once(threads), await once(threads))
    milliseconds.push(middle(runs.map(r => r.milliseconds)))
  }
  return { name, nodes, milliseconds }
}

/** Of each program and graph the median; why it does not run, where it does not. */
const middle = runs =>
  Object.fromEntries(
    Object.entries(runs[0]).map(([program, first]) => [
      program,
      Object.fromEntries(
        Object.entries(first).map(([graph, value]) => {
          const sorted = runs.map(r => r[program][graph]).sort((a, b) => a - b)
          return [graph, typeof value === 'number' ? sorted[Math.floor(runs.length / 2)] : value]
        }),
      ),
    ]),
  )

/** Ours by theirs; undefined where one of them does not run. */
function ratio(medians, theirs) {
  const [a, b] = [medians.ours, medians[theirs]]
  return typeof a === 'number' && typeof b === 'number' ? a / b : undefined
}

const cells = medians => [
  typeof medians.ours === 'number' ? `${medians.ours.toFixed(1)} ms` : medians.ours,
  ...Object.keys(THEIRS).map(theirs => ratio(medians, theirs)?.toFixed(2) ?? 'does not run'),
]

function timesOf(measured, index, programs, table) {
  const head = programs.flatMap(program => [program, ...Object.values(THEIRS).map(title => `÷ ${title}`)])
  return table(
    ['', ...head],
    measured.map(({ name, milliseconds }) => [name, ...programs.flatMap(p => cells(milliseconds[index][p]))]),
  )
}

/** What is above a limit of time with so many threads, a line each. */
function slower(name, threads, milliseconds) {
  const lines = []
  for (const program of GATED) {
    const medians = milliseconds[program]
    for (const theirs of Object.keys(THEIRS)) {
      const found = ratio(medians, theirs)
      if (found <= limitOf(name, program, theirs)) continue
      const what = found === undefined ? `${medians.ours} against ${medians[theirs]}` : `${found.toFixed(2)} of`
      lines.push(`${name}, ${program}, ${threads}: ${what} ${THEIRS[theirs]}`)
    }
  }
  return lines
}

/** What is above a limit, a line each. */
const above = measured =>
  measured.flatMap(({ name, nodes, milliseconds }) => [
    ...(nodes.ours > nodes.grappler ? [`${name}: ${nodes.ours} nodes, and ${nodes.grappler} by Grappler`] : []),
    ...THREADS.flatMap(([threads], i) => slower(name, threads, milliseconds[i])),
  ])

/** The section: nodes, times by threads, and what is above its limit. `only` is a part of a network's name. */
export async function latency(table, scratch, only = '') {
  const names = NETWORKS.filter(name => name.includes(only))
  if (names.length === 0) throw new Error(`no network has '${only}' in its name: there are ${NETWORKS.join(', ')}`)
  const measured = []
  for (const name of names) {
    for (const folder of await network(name)) measured.push(await measure(folder, scratch))
  }
  const nodes = table(
    ['nodes', 'tfreeze -O', ...Object.values(THEIRS)],
    measured.map(m => [m.name, m.nodes.ours, ...Object.keys(THEIRS).map(theirs => m.nodes[theirs])]),
  )
  const parts = THREADS.flatMap(([title], i) => [
    `TensorFlow, ${title}:\n\n${timesOf(measured, i, GATED, table)}`,
    `Other programs, ${title}, as information:\n\n${timesOf(measured, i, OTHERS, table)}`,
  ])
  return {
    follows: `What \`-O\` writes runs as fast as the fastest of TensorFlow's own graphs or faster. The limits are as many nodes as Grappler leaves, ${LIMIT} of the time of each of TensorFlow's graphs, and 0.80 of the frozen one for MobileNetV2 with Grappler off; what is above one is measured in two more processes, and the median of the three counts. Ratios are ours ÷ theirs, taking turns in one process, one image each.`,
    text: [
      nodes,
      ...parts,
      'Grappler reads the weights and leaves out additions of zeros: in these untrained networks the bias of the last layer, two nodes that a trained one keeps.',
    ].join('\n\n'),
    above: above(measured),
  }
}

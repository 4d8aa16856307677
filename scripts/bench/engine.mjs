// The embedded engine beside TensorFlow: one image through a frozen network, in a process of its own.
import { join } from 'node:path'
import { network, python, run } from '../networks.mjs'
import { cli, exceeded, mb, medians, out, s, table, times } from './timing.mjs'

const NETWORKS = [
  ['MobileNetV2', 3],
  ['ResNet50', 15],
]
const MEMORY = 600

export async function engine() {
  const rows = []
  const checks = []
  for (const [name, limit] of NETWORKS) {
    const [folder] = await network(name)
    const frozen = join(folder, 'bench.pb')
    const data = join(folder, 'bench.npz')
    await run(process.execPath, [...cli, 'freeze', join(folder, 'saved_model'), '-O', '-o', frozen, '--quiet'])
    await run(python(), ['scripts/bench/run_graph.py', frozen, '--data', data])
    const [ours, theirs] = await medians(
      [
        [process.execPath, [...cli, 'run', frozen, '--data', data, '-o', out('out.npz'), '--engine', 'embedded']],
        [python(), ['scripts/bench/run_graph.py', frozen, data]],
      ],
      3,
    )
    rows.push([
      name,
      s(ours.seconds),
      s(theirs.seconds),
      times(ours.seconds / theirs.seconds),
      mb(ours.peak),
      mb(theirs.peak),
    ])
    checks.push(
      [`${name} on the embedded engine`, ours.seconds, limit, s],
      [`memory of ${name}`, ours.peak, MEMORY, mb],
    )
  }
  return {
    follows:
      'The embedded engine is for checking numbers, not for serving: it needs no installation, and about as long as TensorFlow with its import.',
    text: table(['one image', 'embedded', 'TensorFlow, import included', 'ratio', 'memory', 'theirs'], rows),
    above: exceeded(checks),
  }
}

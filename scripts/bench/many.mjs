// Many small models: one batch, one process of TensorFlow that freezes the same, and a run of the command for each.
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cache, python } from '../networks.mjs'
import { cli, exceeded, mb, median, once, out, s, table, times } from './timing.mjs'

const MODELS = 1000
/** Runs of the command that are timed: each takes as long as the others. */
const COMMANDS = 50
/** How many times as fast as TensorFlow a batch has to be. */
const TIMES = 20

/** A folder of copies of the sample. */
function copies(count) {
  const folder = join(cache, 'bench-many')
  rmSync(folder, { recursive: true, force: true })
  for (let i = 0; i < count; i++)
    cpSync('fixtures/digits', join(folder, `model_${String(i).padStart(4, '0')}`), { recursive: true })
  return folder
}

/** The measured section; with a number, of so many models. */
export async function manyModels(count = MODELS) {
  const folder = copies(count)
  const [first] = readdirSync(folder)
  const cores = availableParallelism()
  try {
    const batch = await median(process.execPath, [...cli, 'batch', folder, '-o', out('batch'), '--quiet'], 3)
    const made = existsSync(out('batch')) ? readdirSync(out('batch')).filter(name => name.endsWith('.pb')).length : 0
    if (made !== count) throw new Error(`the batch made ${made} of ${count} models`)
    const theirs = await once(python(), ['scripts/bench/freezer.py', '--all', folder, out('theirs')])
    const runs = Math.min(count, COMMANDS)
    const command = [process.execPath, ...cli, 'freeze', join(folder, first), '-o', out('one.pb'), '--quiet']
    const loop = 'i=0; while [ $i -lt "$0" ]; do "$@" || exit 1; i=$((i+1)); done'
    const single = await once('sh', ['-c', loop, String(runs), ...command])
    const each = (single.seconds * count) / runs
    return described({ count, cores, runs, batch, theirs, single: { ...single, seconds: each } })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function described({ count, cores, runs, batch, theirs, single }) {
  const row = (what, { seconds, peak }) => {
    const rate = count / seconds
    return [what, s(seconds), rate.toFixed(1), (rate / cores).toFixed(1), times(seconds / batch.seconds), mb(peak)]
  }
  const extrapolated = runs < count ? ` (from ${runs})` : ''
  const ratio = theirs.seconds / batch.seconds
  return {
    follows: `${count} small models in one \`tfreeze batch\`, a thread a core (${cores}), take 1/${Math.round(ratio)} of the time of one process of TensorFlow that freezes them one after the other, its import included. The memory of runs of the command is that of one.`,
    text: table(
      [`${count} models`, 'time', 'models a second', 'and a core', 'of the batch', 'peak memory'],
      [
        row('`tfreeze batch`', batch),
        row('TensorFlow, one process', theirs),
        row(`\`tfreeze freeze\`, ${count} runs${extrapolated}`, single),
      ],
    ),
    above: exceeded([['the batch as a share of TensorFlow', batch.seconds / theirs.seconds, 1 / TIMES, share]]),
  }
}

const share = x => `${(100 * x).toFixed(1)} %`

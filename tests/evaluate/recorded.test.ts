import { expect, it } from 'vitest'
import { compareRecorded, type Outcome, RECORDED, recordedFolders } from './recorded.ts'

/** All of them with TFREEZE_FULL=1; a sample otherwise. */
const STRIDE = process.env['TFREEZE_FULL'] ? 1 : 20
/** Of those that can be judged, how many must agree. Raise it as kernels land. */
const FLOOR = 0.95

it('gives what TensorFlow gave on recorded graphs', { timeout: 600_000 }, async context => {
  const folders = recordedFolders(STRIDE)
  if (folders.length === 0) {
    console.log(`skipped: ${RECORDED} is not there`)
    return context.skip()
  }
  const outcomes: Outcome[] = []
  for (const folder of folders) outcomes.push(await compareRecorded(folder))
  const of = (state: Outcome['state']): Outcome[] => outcomes.filter(o => o.state === state)
  const lacking = new Set(of('lacks').flatMap(o => o.why.split(' ')))
  const judged = outcomes.length - of('skipped').length
  console.log(`${of('agrees').length} of ${judged} agree; no kernel for: ${[...lacking].sort().join(' ') || 'none'}`)
  for (const o of [...of('differs'), ...of('fails')]) console.log(o.state, o.name, o.why)
  expect(of('agrees').length / judged).toBeGreaterThanOrEqual(FLOOR)
})

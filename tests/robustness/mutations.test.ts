/**
 * Graphs whose bytes are legal and whose contents are not: nodes dropped, edges
 * led elsewhere, attributes of another kind. Each is refused with a reason, or
 * becomes a graph that the verifier accepts. `TFREEZE_FULL=1` tries many more.
 */
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { change, changed, hasNodes } from './changes.ts'
import { outcome } from './pipeline.ts'
import { samples } from './samples.ts'
import { watchdog } from './watchdog.ts'

const RUNS = process.env['TFREEZE_FULL'] === '1' ? 4000 : 12
const MINUTES = 60_000

const dog = watchdog()
afterAll(dog.stop)

const subjects = (await samples()).filter(hasNodes)

test('there are subjects', () => expect(subjects.length).toBe(4))

for (const sample of subjects) {
  test(sample.name, { timeout: 60 * MINUTES }, async () => {
    const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async changes => {
      dog.watch(`${sample.name} ${JSON.stringify(changes)}`)
      await outcome(sample, changed(sample, changes))
    })
    await fc.assert(property, { numRuns: RUNS, seed: 3 })
  })
}

/** The same numbers: TF.js runs what was written, the evaluator the graph that it was made from; or the refusal. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { evaluate } from '../../src/evaluate/evaluate.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { legalize, targetNamed } from '../../src/optimize/targets/index.ts'
import { BLESS, bless, type GraphCase, readGraphFile } from '../graph-files.ts'
import { countingSource } from '../passes/cases.ts'
import { differenceOf, feedsOf } from '../passes/same-numbers.ts'
import { asTfjs, frozenOf, runFiles, written } from './run.ts'

const FOLDER = 'tests/tfjs'
/** Of the largest number: both add up in float32, in another order. */
const TOLERANCE = 1e-5

const files = readdirSync(FOLDER).filter(file => file.endsWith('.graph'))

it('has cases', () => expect(files.length).toBeGreaterThan(3))

for (const file of files) {
  describe(file, () => {
    const cases = readGraphFile(join(FOLDER, file))
    const results = new Map<GraphCase, string>()
    for (const given of cases) {
      it(given.title, async () => {
        const read = () => parse(given.source, { ckpt: countingSource('ckpt', 1 << 20) })
        const graph = read()
        const { unreadable } = legalize(graph, targetNamed('tfjs'))
        const result =
          unreadable.length > 0 ? unreadable.map(u => `refused ${u.node}: ${u.reason}`).join('\n') : print(graph)
        results.set(given, result.trim())
        if (!BLESS) expect(result.trim()).toBe(given.expected)
        if (unreadable.length > 0) return
        const before = read()
        const feeds = feedsOf(before)
        const expected = await evaluate(before, feeds)
        const keys = graph.outputs.map(port => port.key)
        const found = await runFiles(await written(frozenOf(graph)), feeds, keys)
        for (const [i, key] of keys.entries()) {
          const want = asTfjs(expected[i]!)
          expect(found[i]!.shape, key).toEqual(want.shape)
          expect(differenceOf(want, found[i]!, TOLERANCE), key).toBe('')
        }
      })
    }
    afterAll(() => {
      if (BLESS) bless(join(FOLDER, file), cases, results)
    })
  })
}

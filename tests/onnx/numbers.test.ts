/** The same numbers: ONNX Runtime runs what was written, the evaluator the graph that it was made from. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { evaluate, missingKernels } from '../../src/evaluate/evaluate.ts'
import { readGraphFile } from '../graph-files.ts'
import { differenceOf, feedsOf } from '../passes/same-numbers.ts'
import { converted, readCase } from './cases.ts'
import { fromOrt, toOrt, written } from './runtime.ts'

const FOLDER = 'tests/onnx'
/** Of the largest number: both add up in float32, in another order. */
const TOLERANCE = 1e-5
/** Float16 has eleven bits. */
const HALF_TOLERANCE = 5e-3

const files = readdirSync(FOLDER).filter(file => file.endsWith('.graph'))

it('has cases', () => expect(files.length).toBeGreaterThan(3))

for (const file of files) {
  describe(file, () => {
    for (const given of readGraphFile(join(FOLDER, file))) {
      const { graph, options } = readCase(given)
      const { missing, custom } = converted(graph, options)
      if (missing.length + custom.length > 0) continue // what is refused has no numbers
      const outputs = graph.outputs.map(({ value }) => value)
      if (missingKernels(graph, outputs).length > 0) continue // scripts/conformance judges these
      it(given.title, async () => {
        const feeds = feedsOf(graph)
        const expected = await evaluate(graph, feeds)
        const session = await ort.InferenceSession.create(await written(graph, options))
        const inputs = graph.inputs.map(({ value }) => [value.node.name, toOrt(feeds.get(String(value))!)] as const)
        const found = await session.run(Object.fromEntries(inputs))
        for (const [i, { value }] of graph.outputs.entries()) {
          expect(
            differenceOf(expected[i]!, fromOrt(found[String(value)]!), options.float16 ? HALF_TOLERANCE : TOLERANCE),
            String(value),
          ).toBe('')
        }
      })
    }
  })
}

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

/** Cases whose numbers can be compared: what is refused has none, and scripts/conformance judges ops without a kernel. */
const casesIn = (file: string) =>
  readGraphFile(join(FOLDER, file)).flatMap(given => {
    const { graph, options } = readCase(given)
    const { missing, custom } = converted(graph, options)
    const outputs = graph.outputs.map(({ value }) => value)
    const isJudged = missing.length + custom.length === 0 && missingKernels(graph, outputs).length === 0
    return isJudged ? [{ title: given.title, graph, options }] : []
  })

for (const file of files) {
  const cases = casesIn(file)
  if (cases.length === 0) continue
  describe(file, () => {
    for (const { title, graph, options } of cases) {
      it(title, async () => {
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

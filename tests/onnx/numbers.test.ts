/** The same numbers: ONNX Runtime runs what was written, the evaluator the graph that it was made from. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { evaluate, missingKernels } from '../../src/evaluate/evaluate.ts'
import { parse } from '../../src/graph/text/index.ts'
import { convert } from '../../src/onnx/convert.ts'
import { readGraphFile } from '../graph-files.ts'
import { countingSource } from '../passes/cases.ts'
import { differenceOf, feedsOf } from '../passes/same-numbers.ts'
import { fromOrt, toOrt, written } from './runtime.ts'

const FOLDER = 'tests/onnx'
const OPSET = /^opset: (\d+)\n/
/** Of the largest number: both add up in float32, in another order. */
const TOLERANCE = 1e-5

const files = readdirSync(FOLDER).filter(file => file.endsWith('.graph'))

it('has cases', () => expect(files.length).toBeGreaterThan(3))

for (const file of files) {
  describe(file, () => {
    for (const { title, source } of readGraphFile(join(FOLDER, file))) {
      const opset = Number(OPSET.exec(source)?.[1] ?? 18)
      const graph = parse(source.replace(OPSET, ''), { ckpt: countingSource('ckpt', 1 << 20) })
      if (convert(graph, { opset }).missing.length > 0) continue // what is refused has no numbers
      const outputs = graph.outputs.map(({ value }) => value)
      if (missingKernels(graph, outputs).length > 0) continue // scripts/conformance judges these
      it(title, async () => {
        const feeds = feedsOf(graph)
        const expected = await evaluate(graph, feeds)
        const session = await ort.InferenceSession.create(await written(graph, opset))
        const inputs = graph.inputs.map(({ value }) => [value.node.name, toOrt(feeds.get(String(value))!)] as const)
        const found = await session.run(Object.fromEntries(inputs))
        for (const [i, { value }] of graph.outputs.entries()) {
          expect(differenceOf(expected[i]!, fromOrt(found[String(value)]!), TOLERANCE), String(value)).toBe('')
        }
      })
    }
  })
}

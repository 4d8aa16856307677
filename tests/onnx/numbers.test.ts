/** The same numbers: ONNX Runtime runs what was written, the evaluator the graph that it was made from. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { elementBytes, fromElementBytes, fromText, type NdArray, texts } from '../../src/evaluate/array.ts'
import { evaluate } from '../../src/evaluate/evaluate.ts'
import { onnx } from '../../src/export/onnx.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { parse } from '../../src/graph/text/index.ts'
import { convert } from '../../src/onnx/convert.ts'
import { readGraphFile } from '../graph-files.ts'
import { countingSource } from '../passes/cases.ts'
import { differenceOf, feedsOf } from '../passes/same-numbers.ts'

ort.env.wasm.numThreads = 1
ort.env.logLevel = 'error'

const FOLDER = 'tests/onnx'
const OPSET = /^opset: (\d+)\n/
/** Of the largest number: both add up in float32, in another order. */
const TOLERANCE = 1e-5

/** The bytes of the model. */
async function written(graph: Graph, opset: number): Promise<Uint8Array> {
  const ports = { inputs: [], outputs: [], notes: [] }
  const frozen: Frozen = { graph, source: { kind: 'graphdef', name: 'case' }, ...ports }
  const [file] = await onnx.write(frozen, { name: 'case.onnx', options: { opset } })
  const pieces: Uint8Array[] = []
  for await (const piece of file!.chunks) pieces.push(piece)
  return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer())
}

function toOrt(x: NdArray): ort.Tensor {
  if (x.dtype === 'string') return new ort.Tensor('string', texts(x), [...x.shape])
  const bytes = elementBytes(x).slice()
  const arrays = {
    float32: Float32Array,
    float64: Float64Array,
    int8: Int8Array,
    uint8: Uint8Array,
    int16: Int16Array,
    uint16: Uint16Array,
    int32: Int32Array,
    uint32: Uint32Array,
    int64: BigInt64Array,
    uint64: BigUint64Array,
    bool: Uint8Array,
  } as const
  const View = arrays[x.dtype as keyof typeof arrays]
  expect(View, x.dtype).toBeDefined()
  return new ort.Tensor(x.dtype as 'float32', new View(bytes.buffer) as Float32Array, [...x.shape])
}

function fromOrt(x: ort.Tensor): NdArray {
  if (x.type === 'string') return fromText(x.dims, x.data as string[])
  const data = x.data as Float32Array
  return fromElementBytes(
    x.type as 'float32',
    x.dims,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice(),
  )
}

const files = readdirSync(FOLDER).filter(file => file.endsWith('.graph'))

it('has cases', () => expect(files.length).toBeGreaterThan(3))

for (const file of files) {
  describe(file, () => {
    for (const { title, source } of readGraphFile(join(FOLDER, file))) {
      const opset = Number(OPSET.exec(source)?.[1] ?? 18)
      const graph = parse(source.replace(OPSET, ''), { ckpt: countingSource('ckpt', 1 << 20) })
      if (convert(graph, { opset }).missing.length > 0) continue // what is refused has no numbers
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

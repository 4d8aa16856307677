/** ONNX Runtime for tests: a model as bytes, and arrays in and out. */
import * as ort from 'onnxruntime-web'
import { invariant } from '../../src/errors.ts'
import { elementBytes, fromElementBytes, fromText, type NdArray, texts } from '../../src/evaluate/array.ts'
import type { ExportContext } from '../../src/export/exporter.ts'
import { onnx } from '../../src/export/onnx.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { bytesOf } from '../export/bytes.ts'

ort.env.wasm.numThreads = 1
ort.env.logLevel = 'error'

/** The bytes of the model. */
export async function written(graph: Graph, options: ExportContext['options']): Promise<Uint8Array> {
  const ports = { inputs: [], outputs: [], notes: [] }
  const frozen: Frozen = { graph, source: { kind: 'graphdef', name: 'case' }, ...ports }
  const [file] = await onnx.write(frozen, { name: 'case.onnx', options })
  return bytesOf(file!)
}

/** An array as ONNX Runtime takes it. */
export function toOrt(x: NdArray): ort.Tensor {
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
  invariant(View, `JavaScript has no arrays of ${x.dtype}`)
  return new ort.Tensor(x.dtype as 'float32', new View(bytes.buffer) as Float32Array, [...x.shape])
}

/** What ONNX Runtime gives. */
export function fromOrt(x: ort.Tensor): NdArray {
  if (x.type === 'string') return fromText(x.dims, x.data as string[])
  const data = x.data as Float32Array
  return fromElementBytes(
    x.type as 'float32',
    x.dims,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice(),
  )
}

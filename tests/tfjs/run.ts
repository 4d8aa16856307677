/** Runs what was written in TF.js itself. */
import { loadGraphModel } from '@tensorflow/tfjs-converter'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { elementBytes, fromElementBytes, fromText, type NdArray, numbers, texts } from '../../src/evaluate/array.ts'
import { tfjs } from '../../src/export/tfjs.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { bytesOf } from '../export/bytes.ts'

/** The files of a model, by their names. */
export async function written(frozen: Frozen, options = {}): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const file of await tfjs.write(frozen, { name: 'model.json', options }))
    files.set(file.path || 'model.json', await bytesOf(file))
  return files
}

/** A graph with its inputs and outputs as they are. */
export function frozenOf(graph: Graph): Frozen {
  const ports = (side: 'inputs' | 'outputs') =>
    graph[side].map(({ key, value }) => ({ key, dtype: value.dtype ?? 'float32', shape: null }))
  return {
    graph,
    source: { kind: 'graphdef', name: 'case' },
    inputs: ports('inputs'),
    outputs: ports('outputs'),
    notes: [],
  }
}

/** What TF.js computes of these files, in the order of the outputs. */
export async function runFiles(
  files: ReadonlyMap<string, Uint8Array>,
  feeds: ReadonlyMap<string, NdArray>,
  outputs: readonly string[],
): Promise<NdArray[]> {
  await tf.setBackend('cpu')
  const json = JSON.parse(new TextDecoder().decode(files.get('model.json'))) as tf.io.ModelJSON
  const weights = json.weightsManifest.flatMap(group => group.paths).map(path => files.get(path)!)
  const data = await new Blob(weights as BlobPart[]).arrayBuffer()
  const specs = json.weightsManifest.flatMap(group => group.weights)
  const model = await loadGraphModel({ load: () => tf.io.getModelArtifactsForJSON(json, async () => [specs, data]) })
  const signature = json.signature as { outputs: Record<string, { name: string }> }
  const fed = Object.fromEntries([...feeds].map(([name, value]) => [name, toTensor(value)]))
  const names = outputs.map(key => signature.outputs[key]!.name)
  const results = [await silently(() => model.executeAsync(fed, names))].flat()
  return Promise.all(results.map(fromTensor))
}

/** TF.js warns of each model that could run without waiting. */
async function silently<T>(act: () => Promise<T>): Promise<T> {
  const { warn } = console
  console.warn = () => {}
  try {
    return await act()
  } finally {
    console.warn = warn
  }
}

function toTensor(x: NdArray): tf.Tensor {
  if (x.dtype === 'string') return tf.tensor(texts(x), [...x.shape], 'string')
  const dtype = x.dtype === 'bool' ? 'bool' : x.dtype.startsWith('float') ? 'float32' : 'int32'
  return tf.tensor([...numbers(x)], [...x.shape], dtype)
}

async function fromTensor(x: tf.Tensor): Promise<NdArray> {
  const data = await x.data()
  if (x.dtype === 'string') return fromText(x.shape, data as unknown as string[])
  if (x.dtype === 'bool') return fromElementBytes('bool', x.shape, Uint8Array.from(data))
  const array = x.dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data)
  return fromElementBytes(x.dtype as 'int32' | 'float32', x.shape, new Uint8Array(array.buffer))
}

/** The same numbers in the types that TF.js has. */
export function asTfjs(x: NdArray): NdArray {
  if (x.dtype === 'string' || x.dtype === 'bool') return x
  if (x.dtype.startsWith('float')) {
    const bytes = Float32Array.from(numbers(x)).buffer
    return fromElementBytes('float32', x.shape, new Uint8Array(bytes))
  }
  return x.dtype === 'int32'
    ? fromElementBytes('int32', x.shape, elementBytes(x))
    : fromElementBytes('int32', x.shape, new Uint8Array(Int32Array.from([...numbers(x)], Number).buffer))
}

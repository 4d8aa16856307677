// node scripts/conformance/tfjs.mjs [BACKEND] < jobs > results
// Runs TF.js graph models. A job is a line of JSON: {path, feeds, outputs}, where feeds are tensors by key and outputs
// are keys; a tensor is {dtype, shape, data}: base64 of its bytes, or a list of strings in base64. The result is
// {outputs}, tensors in their order, or {error}.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { createInterface } from 'node:readline'

const require = createRequire(import.meta.url)
console.warn = () => {} // TF.js warns of each model that could run without waiting
const tf = require('@tensorflow/tfjs-core')
const { loadGraphModel } = require('@tensorflow/tfjs-converter')
const backend = process.argv[2] ?? 'cpu'
if (backend === 'wasm') {
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep)
} else require('@tensorflow/tfjs-backend-cpu')
await tf.setBackend(backend)
await tf.ready()

/** Loads a model from its files, as TF.js does over HTTP. */
function fileHandler(path) {
  const weights = async manifest => {
    const files = manifest.flatMap(group => group.paths).map(file => readFileSync(join(dirname(path), file)))
    const data = Buffer.concat(files)
    return [manifest.flatMap(group => group.weights), data.buffer.slice(data.byteOffset, data.byteOffset + data.length)]
  }
  return { load: () => tf.io.getModelArtifactsForJSON(JSON.parse(readFileSync(path, 'utf8')), weights) }
}

const ARRAYS = {
  float64: Float64Array,
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
}

function toTensor({ dtype, shape, data }) {
  if (dtype === 'string')
    return tf.tensor(
      data.map(text => new Uint8Array(Buffer.from(text, 'base64'))),
      shape,
      'string',
    )
  const bytes = new Uint8Array(Buffer.from(data, 'base64')) // aligned
  if (dtype === 'complex64') {
    const pairs = new Float32Array(bytes.buffer)
    const part = of =>
      tf.tensor(
        Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + of]),
        shape,
      )
    return tf.complex(part(0), part(1))
  }
  const values = new ARRAYS[dtype](bytes.buffer)
  if (dtype === 'bool') return tf.tensor(values, shape, 'bool')
  if (dtype.startsWith('float')) return tf.tensor(Float32Array.from(values), shape, 'float32')
  return tf.tensor(Int32Array.from(values, Number), shape, 'int32')
}

async function fromTensor(tensor) {
  const { dtype, shape } = tensor
  if (dtype === 'string') {
    const values = (await tf.backend().read(tensor.dataId)).map(v => Buffer.from(v).toString('base64'))
    return { dtype, shape, data: values }
  }
  const Values = { float32: Float32Array, int32: Int32Array, bool: Uint8Array, complex64: Float32Array }[dtype]
  const values = Values.from(await tensor.data()) // integers cast to floats may still lie in an array of integers
  return { dtype, shape, data: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64') }
}

async function run({ path, feeds, outputs }) {
  const model = await loadGraphModel(fileHandler(path))
  try {
    const signature = model.modelSignature
    const fed = Object.fromEntries(
      Object.entries(feeds).map(([key, value]) => [signature.inputs[key].name, toTensor(value)]),
    )
    const results = await model.executeAsync(
      fed,
      outputs.map(key => signature.outputs[key].name),
    )
    return { outputs: await Promise.all([results].flat().map(fromTensor)) }
  } finally {
    model.dispose()
    tf.disposeVariables()
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await run(JSON.parse(line)).catch(error => ({ error: String(error?.message ?? error) }))
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

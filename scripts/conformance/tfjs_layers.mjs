// node scripts/conformance/tfjs_layers.mjs < jobs > results
// Lets TF.js load a layers model and save it again. A job is a line of JSON: {from, to}, folders with a model.json; the
// result is {} or {error}.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const require = createRequire(import.meta.url)
console.warn = () => {} // TF.js warns of each option that it does not know
const tf = require('@tensorflow/tfjs-core')
const { loadLayersModel } = require('@tensorflow/tfjs-layers')
require('@tensorflow/tfjs-backend-cpu')
await tf.setBackend('cpu')

const MODEL = 'model.json'
const WEIGHTS = 'weights.bin'

/** Reads the files of a folder, as TF.js does over HTTP. */
function reader(folder) {
  const weights = async manifest => {
    const data = Buffer.concat(manifest.flatMap(({ paths }) => paths).map(path => readFileSync(join(folder, path))))
    return [manifest.flatMap(group => group.weights), data.buffer.slice(data.byteOffset, data.byteOffset + data.length)]
  }
  return { load: () => tf.io.getModelArtifactsForJSON(JSON.parse(readFileSync(join(folder, MODEL), 'utf8')), weights) }
}

/** Writes what TF.js saves, as its own writer of files in Node does. */
function writer(folder) {
  return {
    async save(artifacts) {
      mkdirSync(folder, { recursive: true })
      const { modelTopology, weightSpecs, weightData, format, generatedBy, convertedBy } = artifacts
      const weightsManifest = [{ paths: [WEIGHTS], weights: weightSpecs }]
      const json = { modelTopology, weightsManifest, format, generatedBy, convertedBy }
      writeFileSync(join(folder, MODEL), JSON.stringify(json))
      writeFileSync(join(folder, WEIGHTS), Buffer.concat([weightData].flat().map(part => Buffer.from(part))))
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    },
  }
}

async function resave({ from, to }) {
  const model = await loadLayersModel(reader(from))
  await model.save(writer(to))
  model.dispose()
  return {}
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await resave(JSON.parse(line)).catch(error => ({ error: String(error?.message ?? error) }))
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

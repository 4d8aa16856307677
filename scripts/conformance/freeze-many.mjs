// node scripts/conformance/freeze-many.mjs DIST < jobs > results
// Freezes many models in one process through the built library. A job is a line of JSON:
// {model, output, architecture?, optimize?, rnn?, signature?, outputs?, target?, sizes?}; so is each result: {nodes} or
// {error}. `sizes` are those of the model's only input.
// The manifest goes beside the output, as OUTPUT.json.
import { basename, dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const load = path => import(pathToFileURL(resolve(process.argv[2], path)).href)
const { exporterFor, freeze, manifest, open, optimize, targetNamed } = await load('index.js')
const { openFile, openFolder, openInput, writeFile, writeFiles } = await load('node/index.js')

/** The shapes that give the only input of a model these sizes. */
async function inputShape(model, options, sizes) {
  const [input] = (await freeze(await open(openInput(model), options))).inputs
  return new Map([[input.key, sizes]])
}

async function run({ model, output, architecture, optimize: optimized, rnn, signature, outputs, sizes, ...asked }) {
  const options = {
    siblings: openFolder(dirname(model)),
    ...(architecture && { architecture: openFile(architecture) }),
    ...(rnn && { rnn }),
  }
  const shapes = sizes && (await inputShape(model, options, sizes))
  const opened = await open(openInput(model), { ...options, ...(shapes && { shapes }) })
  const exporter = exporterFor(output)
  const { target = asked.target, controlFlow } = exporter.requires ?? {}
  const plain = await freeze(opened, {
    ...(shapes && { shapes }),
    ...(signature && { signature }),
    ...(outputs && { outputs }),
    ...(controlFlow && { controlFlow }),
  })
  const passes = optimized ? {} : { passes: [] }
  const frozen =
    optimized || target
      ? (await optimize(plain, { ...passes, ...(target && { target: targetNamed(target) }) })).frozen
      : plain
  const bytes = await writeFiles(output, await exporter.write(frozen, { name: basename(output), options: {} }))
  const described = manifest(frozen, { format: exporter.name, bytes, sha256: '' })
  await writeFile(`${output.replace(/\/$/, '')}.json`, [new TextEncoder().encode(JSON.stringify(described))])
  return { nodes: described.output.nodes }
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await run(JSON.parse(line)).catch(error => ({
    error: error.name === 'FreezeError' ? error.message : `unexpected ${error.stack}`,
  }))
  console.log(JSON.stringify(result))
}

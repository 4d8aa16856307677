// node scripts/conformance/freeze-many.mjs DIST < jobs > results
// Freezes many models in one process through the built library. A job is a line of JSON:
// {model, output, architecture?, optimize?, rnn?, signature?, outputs?}; so is each result: {nodes} or {error}.
// The manifest goes beside the output, as OUTPUT.json.
import { basename, dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const load = path => import(pathToFileURL(resolve(process.argv[2], path)).href)
const { exporterFor, freeze, manifest, open, optimize, targetNamed } = await load('index.js')
const { openFile, openFolder, openInput, writeFile, writeFiles } = await load('node/index.js')

async function run({ model, output, architecture, optimize: optimized, rnn, signature, outputs }) {
  const opened = await open(openInput(model), {
    siblings: openFolder(dirname(model)),
    ...(architecture && { architecture: openFile(architecture) }),
    ...(rnn && { rnn }),
  })
  const exporter = exporterFor(output)
  const { target, controlFlow } = exporter.requires ?? {}
  const plain = await freeze(opened, {
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

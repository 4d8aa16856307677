// node scripts/conformance/freeze-many.mjs DIST < jobs > results
// Freezes many models in one process through the built library. A job is a line of JSON:
// {model, output, architecture?, optimize?, rnn?, signature?}; so is each result: {nodes} or {error}.
// The manifest goes beside the output, as OUTPUT.json.
import { dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const load = path => import(pathToFileURL(resolve(process.argv[2], path)).href)
const { exporterFor, freeze, manifest, open, optimize } = await load('index.js')
const { openFile, openFolder, openInput, writeFile } = await load('node/index.js')

async function run({ model, output, architecture, optimize: optimized, rnn, signature }) {
  const opened = await open(openInput(model), {
    siblings: openFolder(dirname(model)),
    ...(architecture && { architecture: openFile(architecture) }),
    ...(rnn && { rnn }),
  })
  const plain = await freeze(opened, { ...(signature && { signature }) })
  const frozen = optimized ? (await optimize(plain)).frozen : plain
  const exporter = exporterFor(output)
  const written = await writeFile(output, (await exporter.write(frozen))[0].chunks)
  const described = manifest(frozen, { format: exporter.name, ...written })
  await writeFile(`${output}.json`, [new TextEncoder().encode(JSON.stringify(described))])
  return { nodes: described.output.nodes }
}

for await (const line of createInterface({ input: process.stdin })) {
  const result = await run(JSON.parse(line)).catch(error => ({
    error: error.name === 'FreezeError' ? error.message : `unexpected ${error.stack}`,
  }))
  console.log(JSON.stringify(result))
}

/** Writes the generated parts of README.md and docs/; with `--check` says which are stale, and writes nothing. */
import { readFileSync, writeFileSync } from 'node:fs'
import { runnerImport } from 'vite'

const isCheck = process.argv.includes('--check')
const { module } = await runnerImport('./scripts/docs.ts', { configFile: false, logLevel: 'error' })
const stale = [...module.documents()].filter(([path, text]) => textOf(path) !== text)
for (const [path, text] of stale) {
  if (isCheck) console.error(`${path} is stale: run npm run docs`)
  else writeFileSync(path, text)
}
if (!isCheck) console.log(stale.length > 0 ? `wrote ${stale.map(([path]) => path).join(', ')}` : 'all is up to date')
process.exitCode = isCheck && stale.length > 0 ? 1 : 0

/** A document as it is; nothing where it is not there. */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

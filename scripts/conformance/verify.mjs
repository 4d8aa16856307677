// node scripts/conformance/verify.mjs PYTHON FOLDER… [--known FILE] [--every N]
// Lets `freeze -O --verify` compare each SavedModel and Keras file below the folders with its result, in the embedded
// engine and in TensorFlow, which reads a SavedModel itself. What cannot be frozen is left out. The library is that
// of PYTHON, found as a user's would be: by the path.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

const words = process.argv.slice(2)
const option = name => {
  const at = words.indexOf(name)
  return at < 0 ? undefined : words.splice(at, 2)[1]
}
const knownFile = option('--known')
const every = Number(option('--every') ?? 1)
const [python, ...folders] = words
const known = new Set(
  (knownFile ? readFileSync(knownFile, 'utf8').split('\n') : [])
    .filter(line => line && !line.startsWith('#'))
    .map(line => line.split(/\s/)[0]),
)
const env = { ...process.env, PATH: `${dirname(python)}${delimiter}${process.env.PATH}` }
const scratch = mkdtempSync(join(tmpdir(), 'verify-'))
const ENGINES = ['embedded', 'tensorflow']

/** SavedModel folders and Keras files below a folder. */
function modelsBelow(root) {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  return paths.flatMap(path => {
    if (/(^|\/)saved_model\.pb(txt)?$/.test(path)) return [join(root, dirname(path))]
    return /\.(h5|hdf5|keras)$/.test(path) && !/weights|variables/.test(path) ? [join(root, path)] : []
  })
}

/** The exit status of a command, and what it said. */
async function tfreeze(...args) {
  try {
    await promisify(execFile)(process.execPath, ['dist/cli/main.js', ...args], { env, timeout: 300_000 })
    return { status: 0, said: '' }
  } catch (error) {
    return { status: error.code, said: `${error.stderr}`.trim().split('\n').slice(-4).join(' ') }
  }
}

const counts = new Map(ENGINES.map(engine => [engine, { held: 0, judged: 0 }]))
let wrong = 0
async function judge([root, model]) {
  const out = join(scratch, `${relative(root, model).replaceAll('/', '+')}.pb`)
  const plain = await tfreeze('freeze', model, '-o', out, '-O', '--quiet')
  rmSync(out, { force: true })
  if (plain.status !== 0) return
  for (const engine of ENGINES) {
    const { status, said } = await tfreeze('freeze', model, '-o', out, '-O', '--quiet', '--verify', '--engine', engine)
    rmSync(out, { force: true })
    const count = counts.get(engine)
    count.judged++
    if (status === 0) count.held++
    const name = `${relative(root, model) || model}[${engine}]`
    if ((status === 0) !== known.has(name)) continue
    wrong++
    console.log(status === 0 ? `HOLDS NOW  ${name}: take it off the list` : `FAILS  ${name}: ${said}`)
  }
}

const queue = folders.flatMap(root => modelsBelow(root).map(model => [root, model])).filter((_, i) => i % every === 0)
async function worker() {
  for (let next = queue.shift(); next; next = queue.shift()) await judge(next)
}
await Promise.all([worker(), worker()])
rmSync(scratch, { recursive: true, force: true })
for (const [engine, { held, judged }] of counts) console.log(`${held} of ${judged} models agree by --engine ${engine}`)
process.exitCode = wrong > 0 || [...counts.values()].some(({ judged }) => judged === 0) ? 1 : 0

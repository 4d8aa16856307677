// The oracle's Python, and the networks that real TensorFlow makes with it: built once, kept under the user's cache
// folder, and shared by `npm run conformance` and `npm run bench`.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder of public models beside the checkout, where there is one. What needs it says that it skips. */
export const shared = '../shared'
export const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tfreeze')

const environments = new Map()
/** The Python of an oracle: its environment is set up when it is first asked for. */
function oracle(name) {
  if (!environments.has(name)) {
    const stdio = ['ignore', 'pipe', 'inherit']
    environments.set(name, execFileSync('bash', ['scripts/oracle.sh', name], { encoding: 'utf8', stdio }).trim())
  }
  return environments.get(name)
}
export const python = () => oracle('oracle')
/** The program that shows graphs. */
export const modelExplorer = () => join(dirname(oracle('model-explorer')), 'model-explorer')

/** Where Chromium is; undefined where there is none. `CHROMIUM` names another. */
export const chromium = () =>
  [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    path => path && existsSync(path),
  )

/** Runs a command; resolves with its standard output, rejects with what it said when it fails. */
export function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', d => {
      out += d
    })
    child.stderr.on('data', d => {
      err += d
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(out)
      else reject(new Error(out || `${command} ${args.join(' ')} ends with ${signal ?? code}\n${err.slice(-2000)}`))
    })
  })
}

/** Builds a folder once per content of the script that makes it. It appears when it is whole. */
export async function built(name, script, args) {
  const folder = join(cache, name)
  const stamp = createHash('sha256').update(readFileSync(script)).update(args.join(' ')).digest('hex')
  const file = join(folder, '.stamp')
  if (existsSync(file) && readFileSync(file, 'utf8') === stamp) return folder
  const making = `${folder}.${process.pid}`
  mkdirSync(making, { recursive: true })
  await run(python(), [script, making, ...args])
  writeFileSync(join(making, '.stamp'), stamp)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  renameSync(making, folder)
  return folder
}

/** The folders of a network in both generations of Keras: saved_model/, model.h5, model.keras (Keras 3) and io.npz. */
export async function network(name) {
  const made = await built(join('applications', name), 'scripts/conformance/applications.py', [name])
  return ['tf_keras', 'keras3'].map(framework => join(made, `${name}.${framework}`))
}

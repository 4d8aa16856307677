// node scripts/conformance/batch_kills.mjs [MODELS] [KILLS]
// A batch of many small models is killed at random moments and started again each time. At the end every output is there,
// with the bytes of a run that nobody killed; nothing is left over, and what was done was not done again.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const MODELS = Number(process.argv[2] ?? 1000)
const KILLS = Number(process.argv[3] ?? 20)
const folder = mkdtempSync(join(tmpdir(), 'batch-kills-'))
const models = join(folder, 'models')
const wrong = []

const words = (out, ...more) => ['dist/cli/main.js', 'batch', models, '-o', out, '-O', '--json', ...more]
const lines = text => text.split('\n').filter(Boolean)
/** The lines that are whole: the last of a run that was killed may be cut. */
const parsed = text => lines(text.slice(0, text.lastIndexOf('\n') + 1)).map(line => JSON.parse(line))
const outputs = out =>
  readdirSync(out, { recursive: true })
    .map(String)
    .filter(path => statSync(join(out, path)).isFile())

/** Starts the batch, and kills it after some milliseconds. Resolves with its lines, and whether it was still at work. */
async function killedAfter(out, milliseconds) {
  const child = spawn(process.execPath, words(out), { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', piece => {
    text += piece
  })
  const ended = new Promise(resolve => child.on('close', (_, signal) => resolve(signal === 'SIGKILL')))
  await Promise.race([ended, setTimeout(milliseconds)])
  child.kill('SIGKILL')
  return { isKilled: await ended, done: parsed(text) }
}

try {
  for (let i = 0; i < MODELS; i++) cpSync('fixtures/digits', join(models, `model_${i}`), { recursive: true })
  const want = join(folder, 'want')
  const began = Date.now()
  const clean = spawnSync(process.execPath, words(want), { encoding: 'utf8', maxBuffer: 2 ** 28 })
  const whole = Date.now() - began
  if (clean.status !== 0) wrong.push(`the run that nobody killed ended with ${clean.status}`)

  const out = join(folder, 'out')
  const frozen = new Map()
  let kills = 0
  for (let i = 0; i < KILLS; i++) {
    const { isKilled, done } = await killedAfter(out, (0.3 + Math.random()) * (whole / KILLS) + 200)
    kills += isKilled
    for (const { path, status } of done) if (status === 'frozen') frozen.set(path, (frozen.get(path) ?? 0) + 1)
  }
  const last = spawnSync(process.execPath, words(out), { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (last.status !== 0) wrong.push(`the last run ended with ${last.status}`)
  const statuses = parsed(last.stdout)
  for (const { path, status } of statuses) if (status === 'frozen') frozen.set(path, (frozen.get(path) ?? 0) + 1)
  if (statuses.length !== MODELS) wrong.push(`the last run tells of ${statuses.length} models, not of ${MODELS}`)
  const twice = [...frozen].filter(([, count]) => count > 1)
  if (twice.length > 0)
    wrong.push(`${twice.length} models that a run told of as done were frozen again, as ${twice[0][0]}`)
  const expected = outputs(want).filter(path => path.endsWith('.pb'))
  const found = outputs(out)
  for (const path of expected) {
    if (!found.includes(path)) wrong.push(`${path} is not there`)
    else if (Buffer.compare(readFileSync(join(want, path)), readFileSync(join(out, path))) !== 0)
      wrong.push(`${path} is another than without kills`)
  }
  const known = new Set(outputs(want))
  const over = found.filter(path => !known.has(path))
  if (over.length > 0) wrong.push(`${over.length} files are left over, as ${over[0]}`)
  if (kills < KILLS / 2) wrong.push(`only ${kills} of ${KILLS} kills met a run at work`)
  const notes = wrong.slice(0, 10).join('\n')
  console.log(notes || `${expected.length} of ${MODELS} outputs are right after ${kills} kills`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(wrong.length > 0 ? 1 : 0)

/** `tfreeze batch`: what is found, where it goes, what is skipped, what is reported. */
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Line } from '../../src/node/batch/line.ts'
import { printed, tfreeze } from './run.ts'

let root = ''
let out = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tfreeze-'))
  out = join(root, 'out')
  cpSync('fixtures/digits', join(root, 'models', 'digits', '1'), { recursive: true })
  cpSync('fixtures/digits', join(root, 'models', 'digits', '10'), { recursive: true })
  cpSync('fixtures/keras/k1_lstm.h5', join(root, 'models', 'deep', 'lstm.h5'))
  writeFileSync(join(root, 'models', 'README.md'), 'no model')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const batch = (...args: readonly string[]) => tfreeze('batch', ...args, '--jobs', '1')
const report = (name = 'report.jsonl'): Line[] =>
  readFileSync(join(out, name), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Line) // as the report has it
const statuses = () => report().map(({ status }) => status)

describe('a folder', () => {
  it('has its models found, the newest of several versions', async () => {
    const { status, stderr } = await batch(join(root, 'models'), '-o', out)
    expect([status, stderr]).toEqual([0, ''])
    expect(report().map(line => line.output)).toEqual([join(out, 'deep/lstm.pb'), join(out, 'digits/10.pb')].sort())
    expect(existsSync(join(out, 'digits/10.pb'))).toBe(true)
  })
  it('has all versions, under names from a pattern', async () => {
    await batch(join(root, 'models'), '-o', out, '--versions', 'all', '--name', '{name}-{version}.pbtxt')
    for (const name of ['digits-1.pbtxt', 'digits-10.pbtxt', 'lstm-1.pbtxt'])
      expect(existsSync(join(out, name))).toBe(true)
  })
})

it('skips what is done, and freezes what has changed', async () => {
  await batch(join(root, 'models'), '-o', out)
  expect(statuses()).toEqual(['frozen', 'frozen'])
  await batch(join(root, 'models'), '-o', out)
  expect(statuses()).toEqual(['skipped', 'skipped'])
  await batch(join(root, 'models'), '-o', out, '-O')
  expect(statuses()).toEqual(['frozen', 'frozen'])
  rmSync(join(out, 'deep/lstm.pb'))
  await batch(join(root, 'models'), '-o', out, '-O')
  expect(statuses().sort()).toEqual(['frozen', 'skipped'])
})

it('leaves the report of a run that goes on to itself, and begins another', async () => {
  await batch(join(root, 'models'), '-o', out)
  const still = openSync(join(out, 'report.jsonl'), 'a')
  await batch(join(root, 'models'), '-o', out)
  writeSync(still, 'a line of the first run\n')
  closeSync(still)
  expect(statuses()).toEqual(['skipped', 'skipped'])
})

it('names a line that is none when reports are joined', async () => {
  mkdirSync(out)
  writeFileSync(join(out, 'report-0000-of-0001.jsonl'), '{"path": "a"}\n{"pa{"path"\n')
  const { status, stderr } = await tfreeze('batch', '--merge', out)
  expect(status).toBe(1)
  expect(stderr).toContain('report-0000-of-0001.jsonl:2: this line is not part of a report. Run the task')
})

describe('a list', () => {
  it('has options a model, and one that fails does not stop the rest', async () => {
    const list = join(root, 'list.jsonl')
    const models = join(root, 'models')
    const lines = [
      { path: join(models, 'nothing.h5') },
      { path: join(models, 'digits/1'), output: 'small.pb', optimize: true },
      { path: join(models, 'deep/lstm.h5'), output: 'lstm.pb' },
    ]
    writeFileSync(list, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    const { status, stderr } = await batch(list, '-o', out)
    expect(status).toBe(1)
    expect(stderr).toContain('1 of 3 models failed')
    expect(statuses()).toEqual(['failed', 'frozen', 'frozen'])
    expect(report()[0]).toMatchObject({ code: 'missing' })
  })
  it('ends at the first failure where that is asked for', async () => {
    const list = join(root, 'list.txt')
    writeFileSync(list, `# models\n${join(root, 'nothing.h5')}\n\n${join(root, 'models/digits/1')}\n`)
    await batch(list, '-o', out, '--fail-fast')
    expect(statuses()).toEqual(['failed'])
  })
  it('refuses an option that no model has', async () => {
    const list = join(root, 'list.jsonl')
    writeFileSync(list, `${JSON.stringify({ path: 'a.h5', shard: '1/2' })}\n`)
    const { status, stderr } = await batch(list, '-o', out)
    expect(status).toBe(2)
    expect(stderr).toContain("'shard' of a model in the list: it is not an option of a model")
  })
})

it('takes a pattern', async () => {
  await batch(join(root, 'models/**/*.h5'), '-o', out)
  expect(report().map(line => line.output)).toEqual([join(out, 'deep/lstm.pb')])
})

it('takes several models, as a shell gives them, and writes each into the folder', async () => {
  await batch(join(root, 'models/deep/lstm.h5'), join(root, 'models/digits/1'), '-o', out)
  expect(report().map(line => line.output)).toEqual([join(out, 'lstm.pb'), join(out, '1.pb')])
})

it('writes nothing in a dry run', async () => {
  const run = await batch(join(root, 'models'), '-o', out, '--dry-run', '--json')
  expect(printed(run).trim().split('\n')).toHaveLength(2)
  expect(existsSync(out)).toBe(false)
})

it('asks for models where none are named', async () => {
  expect(await batch('-o', out)).toMatchObject({
    status: 2,
    stderr: 'error: name the models: a list, a pattern, or a folder\n',
  })
})

it('refuses two models for one output', async () => {
  const { status, stderr } = await batch(join(root, 'models'), '-o', out, '--name', 'same.pb')
  expect(status).toBe(2)
  expect(stderr).toContain('would both be written to')
})

it('is shared by several processes, whose reports are joined', async () => {
  mkdirSync(out)
  await batch(join(root, 'models'), '-o', out, '--shard', '0/2')
  const missing = await tfreeze('batch', '--merge', out)
  expect([missing.status, missing.stderr]).toEqual([1, `${out}: there is no report of shard 1. Run it again.\n`])
  await batch(join(root, 'models'), '-o', out, '--shard', '1/2')
  const { status } = await tfreeze('batch', '--merge', out)
  expect(status).toBe(0)
  expect(report()).toHaveLength(2)
})

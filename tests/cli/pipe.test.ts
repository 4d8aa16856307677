/** A pipe as the model: read to its end into a file that nobody sees, and frozen as a file is. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openFile } from '../../src/node/file-source.ts'
import { copyFixture, inFolder, put } from './folder.ts'
import { printed, tfreeze } from './run.ts'

inFolder()

const FILE = 'nested.k3.keras'
const before = process.env.TMPDIR
beforeEach(() => {
  mkdirSync('tmp')
  process.env.TMPDIR = `${process.cwd()}/tmp`
  copyFixture(`keras/${FILE}`, FILE)
})
afterEach(() => {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
})

const fifo = (name: string) => execFileSync('sh', ['-c', `mkfifo "$1"`, 'sh', name])

/** A pipe with a name, into which a file is written. */
function pipe(name: string, file = FILE): string {
  fifo(name)
  spawn('sh', ['-c', `cat "$1" > "$2"`, 'sh', file, name])
  return name
}

/** Runs with the file on standard input. */
async function withInput<T>(run: () => Promise<T>): Promise<T> {
  const { stdin } = process
  const stream = new PassThrough()
  Object.defineProperty(process, 'stdin', { value: stream, configurable: true })
  stream.end(readFileSync(FILE))
  try {
    return await run()
  } finally {
    Object.defineProperty(process, 'stdin', { value: stdin, configurable: true })
  }
}

test('freezes to the same bytes as the file, and leaves nothing', async () => {
  await tfreeze('freeze', FILE, '-o', 'file.pb')
  expect(await tfreeze('freeze', pipe('p'), '-o', 'pipe.pb', '--quiet')).toMatchObject({ status: 0, stderr: '' })
  const run = await withInput(() => tfreeze('freeze', '-', '-o', 'stdin.pb'))
  expect(run.stderr).toBe('')
  expect(printed(run)).toMatch(/^stdin → stdin\.pb\n/)
  for (const name of ['pipe.pb', 'stdin.pb'])
    expect(readFileSync(name).equals(readFileSync('file.pb')), name).toBe(true)
  expect(readdirSync(tmpdir())).toEqual([])
})

test('is inspected, which looks twice', async () => {
  expect(printed(await tfreeze('inspect', pipe('p')))).toMatch(/^p\n {2}kind +Keras 3 archive\n {2}written by +Keras 3/)
})

test('is optimised, and drawn', async () => {
  await tfreeze('freeze', FILE, '-o', 'file.pb')
  expect(await tfreeze('optimize', pipe('p', 'file.pb'), '-o', 'small.pb')).toMatchObject({ status: 0, stderr: '' })
  expect(await tfreeze('view', pipe('r'), '--export', 'graph.svg')).toMatchObject({ status: 0, stderr: '' })
})

test('an empty one is told as an empty file', async () => {
  put(FILE, '')
  expect((await tfreeze('freeze', pipe('p'), '-o', 'out.pb')).stderr).toMatch(/^p: the file is empty\./)
  expect(readdirSync(tmpdir())).toEqual([])
})

test('no room for it', async () => {
  process.env.TMPDIR = `${process.cwd()}/none`
  fifo('p')
  const { status, stderr } = await tfreeze('freeze', 'p', '-o', 'out.pb')
  expect([status, stderr]).toEqual([
    1,
    `${tmpdir()}/tfreeze: there is no folder '${tmpdir()}' to write to. Make the folder first.\n`,
  ])
})

test('the library says what to do with one', () => {
  fifo('p')
  expect(() => openFile('p')).toThrow(
    'p: this is a pipe or a device, which can be read only once. Save it as a file; in a program, read it with openPipe.',
  )
})

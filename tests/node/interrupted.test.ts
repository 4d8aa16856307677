/** Writing that is interrupted: by signals, by kill -9, by a second writer, by the system. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeFile } from '../../src/node/write-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tfreeze-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** A process that has begun to write, and waits. */
async function writer(path: string): Promise<ChildProcess> {
  const cwd = fileURLToPath(new URL('../../', import.meta.url))
  const child = spawn(process.execPath, ['tests/node/writer.mjs', path], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve, reject) => child.stdout!.once('data', resolve).once('end', reject))
  return child
}

const ended = (child: ChildProcess): Promise<number | NodeJS.Signals | null> =>
  new Promise(resolve => child.once('exit', (status, signal) => resolve(status ?? signal)))

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} leaves what was there, and nothing else`, async () => {
    writeFileSync(at('out.pb'), 'old')
    const child = await writer(at('out.pb'))
    expect(readdirSync(folder)).toHaveLength(2)
    child.kill(signal)
    expect(await ended(child)).toBe(status)
    expect(readdirSync(folder)).toEqual(['out.pb'])
    expect(readFileSync(at('out.pb'), 'utf8')).toBe('old')
  })
}

test('a folder that was made goes with what is in it', async () => {
  const child = await writer(`${at('a/b')}/`)
  expect(readdirSync(at('a/b'))).toHaveLength(1)
  child.kill('SIGTERM')
  expect(await ended(child)).toBe(143)
  expect(readdirSync(folder)).toEqual([])
})

test('what kill -9 leaves goes when the target is written again', async () => {
  const child = await writer(at('out.pb'))
  child.kill('SIGKILL')
  await ended(child)
  expect(readdirSync(folder)).toHaveLength(1)
  await writeFile(at('other.pb'), bytes('x'))
  expect(readdirSync(folder)).toHaveLength(2)
  await writeFile(at('out.pb'), bytes('new'))
  expect(readdirSync(folder).sort()).toEqual(['other.pb', 'out.pb'])
})

test('two writers of one target: the last to end wins, and neither disturbs the other', async () => {
  const child = await writer(at('out.pb'))
  const [temporary] = readdirSync(folder)
  await writeFile(at('out.pb'), bytes('new'))
  expect(readdirSync(folder).sort()).toEqual([temporary, 'out.pb'])
  child.kill('SIGINT')
  await ended(child)
  expect(readFileSync(at('out.pb'), 'utf8')).toBe('new')
  const both = [writeFile(at('out.pb'), bytes('a'.repeat(9))), writeFile(at('out.pb'), bytes('b'.repeat(9)))]
  await Promise.all(both)
  expect(readFileSync(at('out.pb'), 'utf8')).toMatch(/^(a{9}|b{9})$/)
  expect(readdirSync(folder)).toEqual(['out.pb'])
})

describe('temporary files of the same target', () => {
  const GONE = 4_000_000 // more than any system's numbers of processes
  const day = 24 * 60 * 60
  for (const [name, age, stays] of [
    [`.out.pb.${GONE}.tmp`, 0, false],
    [`.out.pb.${GONE}@${hostname()}.tmp`, 0, false],
    [`.out.pb.${GONE}-1@${hostname()}.tmp`, 0, false],
    [`.out.pb.${process.ppid}@${hostname()}.tmp`, day * 2, true],
    [`.out.pb.${process.pid}@${hostname()}.tmp`, day * 2, false],
    [`.out.pb.${process.pid}@${hostname()}.tmp`, 0, true],
    [`.out.pb.${GONE}@elsewhere.tmp`, 0, true],
    [`.out.pb.${GONE}@elsewhere.tmp`, day * 2, false],
    [`.out.pb.x.${GONE}.tmp`, 0, true],
    ['.out.pb.notes.tmp', day * 2, true],
  ] as const) {
    test(`${name.replace(hostname(), 'here')} of ${age} s ${stays ? 'stays' : 'goes'}`, async () => {
      writeFileSync(at(name), '')
      const then = Date.now() / 1000 - age
      utimesSync(at(name), then, then)
      await writeFile(at('out.pb'), bytes('new'))
      expect(existsSync(at(name))).toBe(stays)
    })
  }
})

describe('what the system refuses is told by the path that was given', () => {
  test('a read-only file, also through a link', async () => {
    writeFileSync(at('out.pb'), 'old')
    chmodSync(at('out.pb'), 0o444)
    symlinkSync('out.pb', at('link.pb'))
    for (const path of [at('out.pb'), at('link.pb')])
      await expect(writeFile(path, bytes('new'))).rejects.toThrow(
        `${path}: the file that is there is read-only. Make it writable, or name another path.`,
      )
    expect(readFileSync(at('out.pb'), 'utf8')).toBe('old')
    expect(readdirSync(folder).sort()).toEqual(['link.pb', 'out.pb'])
  })
  test('a full disk', async () => {
    await expect(writeFile('/dev/full', bytes('new'))).rejects.toThrow(
      '/dev/full: the disk is full. Free some space, or name a path on another disk.',
    )
  })
  test('a name that is too long', async () => {
    const path = at('a'.repeat(300))
    await expect(writeFile(path, bytes('new'))).rejects.toThrow(`${path}: the name is too long. Name a shorter path.`)
    expect(readdirSync(folder)).toEqual([])
  })
  test('a name as long as it may be is written', async () => {
    await writeFile(at('é'.repeat(127)), bytes('new'))
    expect(readdirSync(folder)).toHaveLength(1)
  })
})

test('the permissions of the file that is replaced stay', async () => {
  mkdirSync(at('m'))
  writeFileSync(at('m/out.pb'), 'old', { mode: 0o600 })
  await writeFile(at('m/out.pb'), bytes('new'))
  expect(statSync(at('m/out.pb')).mode & 0o777).toBe(0o600)
})

/** Where TensorFlow's library is looked for: no Python is started, and none needs to be there. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { tensorflow } from '../../src/node/engines/tensorflow/index.ts'
import { givenPath, libraryAt, libraryOfPython } from '../../src/node/engines/tensorflow/locate.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wheel-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

/** An environment with an interpreter, and the wheel where `wheel` says. */
function environment(name: string, wheel?: string): string {
  const bin = join(root, name, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'python3'), 'exit 1')
  chmodSync(join(bin, 'python3'), 0o755)
  if (wheel !== undefined) {
    mkdirSync(join(root, name, wheel, 'tensorflow'), { recursive: true })
    for (const file of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
      writeFileSync(join(root, name, wheel, 'tensorflow', file), '')
  }
  return bin
}

describe('the wheel of python3', () => {
  test.each(['lib/python3.11/site-packages', 'lib/python3/dist-packages'])('in %s', wheel => {
    vi.stubEnv('PATH', `/nowhere:${environment('env', wheel)}`)
    expect(libraryOfPython()).toBe(join(root, 'env', wheel, 'tensorflow/libtensorflow_cc.so.2'))
  })
  test('of an environment whose interpreter is a link', () => {
    const system = environment('system')
    const wheel = 'lib/python3.12/site-packages/tensorflow'
    mkdirSync(join(root, 'venv/bin'), { recursive: true })
    symlinkSync(join(system, 'python3'), join(root, 'venv/bin/python3'))
    mkdirSync(join(root, 'venv', wheel), { recursive: true })
    writeFileSync(join(root, 'venv', wheel, 'libtensorflow_cc.so.2'), '')
    vi.stubEnv('PATH', join(root, 'venv/bin'))
    expect(libraryOfPython()).toBe(join(root, 'venv', wheel, 'libtensorflow_cc.so.2'))
  })
  test('is not there', () => {
    vi.stubEnv('HOME', root)
    vi.stubEnv('PATH', environment('bare'))
    expect(libraryOfPython()).toBeUndefined()
    vi.stubEnv('PATH', '/nowhere')
    expect(libraryOfPython()).toBeUndefined()
  })
})

test('a path is the library, or the folder around it', () => {
  const folder = join(root, 'c')
  mkdirSync(join(folder, 'lib'), { recursive: true })
  for (const file of ['libtensorflow.so', 'libtensorflow.so.2', 'libtensorflow_framework.so.2'])
    writeFileSync(join(folder, 'lib', file), '')
  for (const path of [folder, join(folder, 'lib'), join(folder, 'lib/libtensorflow.so.2')])
    expect(libraryAt(path)).toBe(join(folder, 'lib/libtensorflow.so.2'))
  expect(() => libraryAt(join(root, 'none'))).toThrow("none: TensorFlow's library is not there. Give --tensorflow or")
})

test('an option goes before the environment', () => {
  vi.stubEnv('TFREEZE_LIBTENSORFLOW', '/a')
  expect([givenPath('/b'), givenPath(undefined)]).toEqual(['/b', '/a'])
})

test('a file that is no library is refused by name', async () => {
  writeFileSync(join(root, 'libtensorflow.so'), 'text')
  await expect(tensorflow(root)).rejects.toThrow(/libtensorflow\.so: it cannot be loaded as TensorFlow's library: /)
})

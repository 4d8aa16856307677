/** A folder gives only what is in it, whichever kind of folder it is. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkedFolder, fromFiles, innerPath } from '../../src/bytes/folder.ts'
import { type Folder, fromBytes } from '../../src/bytes/source.ts'
import { printable } from '../../src/errors.ts'
import { archiveFolder } from '../../src/formats/archive.ts'
import { openFolder } from '../../src/node/file-source.ts'
import { tarBytes } from '../formats/tar-bytes.ts'

const inside = new TextEncoder().encode('inside')
const secret = new TextEncoder().encode('secret')

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tfreeze-folder-'))
  mkdirSync(join(root, 'm/assets'), { recursive: true })
  mkdirSync(join(root, 'outside'))
  mkdirSync(join(root, 'm2'))
  writeFileSync(join(root, 'm/assets/a.txt'), inside)
  for (const path of ['secret', 'outside/secret', 'm2/secret']) writeFileSync(join(root, path), secret)
  symlinkSync('a.txt', join(root, 'm/assets/link'))
  symlinkSync('assets', join(root, 'm/linked'))
  symlinkSync('../../secret', join(root, 'm/assets/out'))
  symlinkSync(join(root, 'outside'), join(root, 'm/away'))
  symlinkSync('../m2', join(root, 'm/neighbour'))
  symlinkSync('circle', join(root, 'm/circle'))
})
afterAll(() => rmSync(root, { recursive: true }))

const ENTRIES = [
  ['m/assets/a.txt', inside],
  ['m/saved_model.pb', inside],
  ['../secret', secret],
  ['m/../../secret', secret],
] as const

async function zip(entries: readonly (readonly [string, Uint8Array])[]): Promise<Folder> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { level: 0, useWebWorkers: false })
  for (const [path, bytes] of entries) await writer.add(path, new Blob([new Uint8Array(bytes)]).stream())
  return (await archiveFolder(fromBytes(await writer.close(), 'm')))!
}

/** Each kind, with a file at `assets/a.txt`. */
const KINDS: readonly (readonly [string, () => Folder | Promise<Folder>])[] = [
  ['the disk', () => openFolder(join(root, 'm'))],
  ['a zip archive', () => zip(ENTRIES.slice(0, 2))],
  ['a tar archive', async () => (await archiveFolder(fromBytes(tarBytes(ENTRIES), 'm')))!],
  ['files of a page, or of a server', () => fromFiles([['assets/a.txt', fromBytes(inside, 'a.txt')]], 'm')],
  [
    'one that a caller made',
    () => checkedFolder({ name: 'm', paths: async () => [], file: async () => fromBytes(inside, 'a.txt') }),
  ],
]

const OUTSIDE = [
  '../secret',
  'assets/../../secret',
  'assets/../assets/a.txt',
  '/etc/passwd',
  '\\windows\\win.ini',
  'C:/windows/win.ini',
  'assets\\..\\..\\secret',
  'assets/a.txt\0',
  '..',
]

describe.each(KINDS)('%s', (_, make) => {
  test('gives what is in it', async () => {
    const folder = await make()
    for (const path of ['assets/a.txt', './assets/a.txt', 'assets//a.txt'])
      expect((await folder.file(path))?.size, path).toBe(inside.length)
  })

  test.each(OUTSIDE)('refuses %j', async path => {
    await expect((await make()).file(path)).rejects.toThrow(
      `m ${printable(path)}: the path leads out of the folder. A model can only use files inside its own folder: copy the file into it, without links.`,
    )
  })

  test('lists nothing that leads out', async () => {
    for (const path of await (await make()).paths()) expect(innerPath(path)).toBe(path)
  })
})

test('a zip archive that holds a path that leads out is refused', async () => {
  await expect(zip(ENTRIES)).rejects.toThrow('m ../secret: the path leads out of the folder.')
})

describe('links on the disk', () => {
  test.each(['assets/link', 'linked/a.txt'])('%s stays inside', async path => {
    expect((await openFolder(join(root, 'm')).file(path))?.size).toBe(inside.length)
  })

  test.each(['assets/out', 'away/secret', 'neighbour/secret'])('%s leads out', async path => {
    await expect(openFolder(join(root, 'm')).file(path)).rejects.toThrow(
      `m ${path}: this is a link that leads out of the folder.`,
    )
  })

  test('folders behind links are listed once, and not where they lie outside', async () => {
    expect(await openFolder(join(root, 'm')).paths()).toEqual(['assets/a.txt', 'assets/link', 'assets/out'])
  })

  test('a folder that is given by a link is itself', async () => {
    symlinkSync('m', join(root, 'given'))
    expect((await openFolder(join(root, 'given')).file('assets/a.txt'))?.size).toBe(inside.length)
  })

  test.each(['circle', 'a'.repeat(5000)])('what can be no file is none', async path => {
    expect(await openFolder(join(root, 'm')).file(path)).toBeUndefined()
  })
})

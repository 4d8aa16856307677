import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { configure, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js'
import { describe, expect, test } from 'vitest'
import { type Folder, fromBytes } from '../../src/bytes/source.ts'
import { isFreezeError } from '../../src/errors.ts'
import { archiveFolder } from '../../src/formats/archive.ts'
import { zipFolder } from '../../src/formats/zip/zip.ts'
import { tarBytes } from './tar-bytes.ts'

configure({ useWebWorkers: false })

const utf8 = (text: string) => new TextEncoder().encode(text)
const FILES: Readonly<Record<string, Uint8Array>> = {
  'config.json': utf8('{}'),
  'assets/words.txt': utf8('a\nb\n'.repeat(500)),
  empty: new Uint8Array(0),
}

interface Options {
  readonly level: number
  readonly password?: string
  readonly zip64?: boolean
  readonly prefix?: string
}
async function zip({ prefix = '', ...options }: Options): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { ...options, extendedTimestamp: false })
  for (const [name, bytes] of Object.entries(FILES)) {
    await writer.add(prefix + name, new Blob([new Uint8Array(bytes)]).stream())
  }
  return writer.close()
}

async function contents(folder: Folder | undefined): Promise<Record<string, Uint8Array> | undefined> {
  if (!folder) return undefined
  const found: Record<string, Uint8Array> = {}
  for (const path of await folder.paths()) {
    const file = (await folder.file(path))!
    found[path] = new Uint8Array(await file.read(0, file.size))
  }
  return found
}
const read = async (bytes: Uint8Array) => contents(await archiveFolder(fromBytes(bytes, 'a.zip')))
const message = async (result: Promise<unknown>) =>
  result.then(
    () => 'no error',
    e => e.message,
  )

describe('a zip archive', () => {
  const kinds: [string, Options][] = [
    ['stored', { level: 0 }],
    ['deflated', { level: 6 }],
    ['zip64', { level: 0, zip64: true }],
    ['inside a folder', { level: 6, prefix: 'a/model/' }],
  ]
  test.each(kinds)('%s, is a folder', async (_, options) => {
    expect(await read(await zip(options))).toEqual(FILES)
  })

  test('stored, is read in place', async () => {
    const bytes = await zip({ level: 0 })
    const folder = await zipFolder(fromBytes(bytes, 'a.zip'))
    const file = (await folder.file('config.json'))!
    expect(file.name).toBe('a.zip:config.json')
    expect(file.readSync!(0, 2).buffer).toBe(bytes.buffer)
    expect(await folder.file('absent')).toBeUndefined()
  })

  test('stored, is looked at in place and read whole from a copy, where the source gives one', async () => {
    const bytes = await zip({ level: 0 })
    let copies = 0
    const { name, size, read } = fromBytes(bytes, 'a.zip')
    const atOnce = async () => {
      copies++
      return fromBytes(bytes, 'a.zip')
    }
    const file = (await (await zipFolder({ name, size, read, atOnce })).file('assets/words.txt'))!
    expect(await file.read(2, 2)).toEqual(utf8('b\n'))
    expect(copies).toBe(0)
    expect(await file.read(0, file.size)).toEqual(FILES['assets/words.txt'])
    expect(await file.read(2, 2)).toEqual(utf8('b\n'))
    expect(copies).toBe(1)
  })
  test('with a wrong byte in a stored entry, is refused when the entry is read', async () => {
    const bytes = await zip({ level: 0 })
    const at = Buffer.from(bytes).indexOf('a\nb\n')
    bytes[at]! ^= 1
    expect(await message(read(bytes))).toBe(
      'a.zip assets/words.txt: the checksum of its bytes is not the one that the archive has. The file is damaged: copy it again.',
    )
  })

  test('whose local header is not what the directory says, is refused', async () => {
    const bytes = await zip({ level: 0 })
    bytes[Buffer.from(bytes).indexOf('words.txt')]! ^= 1
    expect(await message(read(bytes))).toBe(
      'a.zip assets/words.txt: its local header and the directory contradict each other. The file is damaged: copy it again.',
    )
  })

  test('encrypted, is refused', async () => {
    expect(await message(read(await zip({ level: 0, password: 'p' })))).toBe(
      'a.zip assets/words.txt: the entry is encrypted. Save it without a password.',
    )
  })

  test('cut short anywhere, is refused', async () => {
    const bytes = await zip({ level: 6 })
    for (let length = 30; length < bytes.length; length += 7) {
      const error = await read(bytes.subarray(0, length)).catch(e => e)
      expect(isFreezeError(error, 'corrupt', 'truncated'), `${length}: ${error}`).toBe(true)
    }
  })

  test('that says an entry unpacks to too much, is refused', async () => {
    const bytes = await zip({ level: 6 })
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const directory = bytes.findIndex((_, i) => i + 4 < bytes.length && view.getUint32(i, true) === 0x02014b50)
    const second = bytes.findIndex(
      (_, i) => i > directory && i + 4 < bytes.length && view.getUint32(i, true) === 0x02014b50,
    )
    view.setUint32(second + 24, 3_000_000_000, true)
    expect(await message(read(bytes))).toMatch(
      /^a\.zip assets\/words\.txt: \d+ bytes say that they unpack to 3000000000\. Pack the archive without compression\.$/,
    )
  })
})

describe('a tar archive', () => {
  const long = `${'deep/'.repeat(30)}file`
  const entries = [...Object.entries(FILES), [long, utf8('x')] as const]
  const expected = Object.fromEntries(entries)

  test.each(['gnu', 'pax'] as const)('with long names of %s, is a folder', async kind => {
    expect(await read(tarBytes(entries, kind))).toEqual(expected)
  })
  test('packed by gzip, is a folder', async () => {
    expect(await read(gzipSync(tarBytes(entries)))).toEqual(expected)
  })
  test('cut short, is refused', async () => {
    const bytes = tarBytes(entries)
    expect(await message(read(bytes.subarray(0, 1600)))).toMatch(/^a\.zip 0x600: 2000 bytes are needed here/)
    expect(await message(read(gzipSync(bytes).subarray(0, 200)))).toBe(
      'a.zip: the gzip data cannot be unpacked. The file is cut short or damaged: copy it again.',
    )
  })
})

test('what is no archive is none', async () => {
  expect(await read(utf8('x'.repeat(600)))).toBeUndefined()
  expect(await read(gzipSync(utf8('not a tar')))).toBeUndefined()
})

test('what macOS adds is left out', async () => {
  const files = tarBytes([
    ['m/config.json', utf8('{}')],
    ['__MACOSX/._m', utf8('')],
    ['m/.DS_Store', utf8('')],
  ])
  expect(await read(files)).toEqual({ 'config.json': utf8('{}') })
})

test('a .keras file that was packed again is a folder', async () => {
  const bytes = readFileSync(new URL('../../fixtures/keras/nested.k3.keras', import.meta.url))
  expect(Object.keys((await read(new Uint8Array(bytes)))!)).toEqual([
    'config.json',
    'metadata.json',
    'model.weights.h5',
  ])
})

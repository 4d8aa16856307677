import { describe, expect, test } from 'vitest'
import { crc32c } from '../../src/bytes/crc32c.ts'
import { fromBytes } from '../../src/bytes/source.ts'
import { isFreezeError } from '../../src/errors.ts'
import { openTable } from '../../src/formats/sstable/table.ts'
import { blockContent, concat, sealed, type TableEntry, tableFile, tableOf, u32, utf8 } from './bundle-writer.ts'

const open = (bytes: Uint8Array) => openTable(fromBytes(bytes, 't'))
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)

async function all(bytes: Uint8Array): Promise<[string, string][]> {
  const entries: [string, string][] = []
  for await (const { key, value } of (await open(bytes)).entries()) entries.push([text(key)!, text(value)!])
  return entries
}

const WORDS = Array.from(
  { length: 40 },
  (_, i) => [`layer_${String(i).padStart(2, '0')}/kernel`, `value ${i}`] as const,
)
const ENTRIES = WORDS.map(([key, value]): TableEntry => [utf8(key), utf8(value)])

describe.each([{ snappy: false }, { snappy: true }])('a table, %o', options => {
  const file = tableFile(ENTRIES, options)

  test('lists its entries in order', async () => {
    expect(await all(file)).toEqual(WORDS)
  })

  test('finds what is there', async () => {
    const table = await open(file)
    for (const [key, value] of WORDS) expect(text(await table.get(utf8(key)))).toBe(value)
    for (const key of ['', 'layer_07', 'layer_07/kernel2', 'z']) expect(await table.get(utf8(key))).toBeUndefined()
  })

  test('cut short anywhere is refused', async () => {
    for (let length = 0; length < file.length; length++) {
      const error = await all(file.subarray(0, length)).catch(e => e)
      expect(isFreezeError(error, 'truncated', 'corrupt')).toBe(true)
    }
  })

  test('with a bit flipped is refused, or the bit did not matter', async () => {
    for (let i = 0; i < file.length * 8; i += 3) {
      const damaged = file.slice()
      damaged[i >> 3]! ^= 1 << (i & 7)
      const result = await all(damaged).catch(e => e)
      if (!isFreezeError(result)) expect(result).toEqual(WORDS)
    }
  })
})

test('a damaged block whose checksum is right throws nothing but FreezeError', async () => {
  const content = blockContent(ENTRIES.slice(0, 5))
  for (let i = 0; i < content.length; i++) {
    for (const byte of [0, 0x7f, 0x80, 0xff]) {
      const damaged = content.slice()
      damaged[i] = byte
      const result = await all(tableOf([{ lastKey: utf8('z'), sealed: sealed(damaged) }])).catch(e => e)
      expect(Array.isArray(result) || isFreezeError(result)).toBe(true)
    }
  }
})

test('an empty table has no entries', async () => {
  expect(await all(tableFile([]))).toEqual([])
})

const table = (content: Uint8Array, type = 0) => tableOf([{ lastKey: utf8('z'), sealed: sealed(content, type) }])
const twice = { lastKey: utf8('a'), sealed: sealed(blockContent([[utf8('a'), utf8('1')]])) }
const hex = (value: string) =>
  `0x${crc32c(concat(blockContent([[utf8('a'), utf8(value)]]), Uint8Array.of(0)))
    .toString(16)
    .padStart(8, '0')}`
const wrongChecksum = (() => {
  const file = table(blockContent([[utf8('a'), utf8('a')]]))
  file[4] = 'b'.charCodeAt(0)
  return file
})()

const ERRORS: readonly (readonly [string, Uint8Array, string])[] = [
  [
    'nothing',
    new Uint8Array(0),
    't: 0 bytes, and the footer of a table alone has 48. The file is cut short, or is not the index of a checkpoint.',
  ],
  [
    'zeros',
    new Uint8Array(48),
    't 0x28 footer: the magic number is 0x0000000000000000, a table ends in 0xdb4775248b80fb57. The file is cut short, or is not the index of a checkpoint.',
  ],
  [
    'an index block past the end',
    concat(Uint8Array.of(0, 8, 0, 100), new Uint8Array(36), tableFile([]).slice(-8)),
    't 0x0 index: a block of 100 bytes runs past the end of blocks at 0.',
  ],
  ['a block without restarts', table(Uint8Array.of(1)), 't 0x0: a block of 1 bytes has no room for its restart count.'],
  ['too many restarts', table(u32(7)), 't 0x4: 7 restarts do not fit into a block of 4 bytes.'],
  ['an unknown packing', table(blockContent([]), 2), 't 0x0: block type 2, expected 0 (as it is) or 1 (snappy).'],
  [
    'a shared prefix that is not there',
    table(concat(Uint8Array.of(1, 1, 0, 97), u32(0), u32(1))),
    't 0x3: an entry shares 1 bytes of a key that has 0 bytes.',
  ],
  [
    'an entry past the end',
    table(concat(Uint8Array.of(0, 1, 9, 97), u32(0), u32(1))),
    "t 0x3: an entry of 1 + 9 bytes runs past the entries' end at 4.",
  ],
  [
    'keys that are not sorted',
    tableOf([twice, twice]),
    't 0x17: a key is not after the one before it, and keys of a table are sorted.',
  ],
  [
    'a wrong checksum',
    wrongChecksum,
    `t 0x0 data block: checksum ${hex('b')} of a block, ${hex('a')} is stored. The file was damaged: copy it again.`,
  ],
]
test.each(ERRORS)('refuses %s', async (_, file, message) => {
  await expect(all(file)).rejects.toMatchObject({ name: 'FreezeError', message })
})

/** Riegeli's container: hashes, blocks, chunks, and what is said of damage. */
import { brotliCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type ByteSource, fromBytes } from '../../src/bytes/source.ts'
import { loadBrotli, portableBrotli } from '../../src/formats/brotli.ts'
import { riegeliHash } from '../../src/formats/riegeli/highway-hash.ts'
import { openRecords } from '../../src/formats/riegeli/records.ts'
import { writeRecords } from './riegeli-writer.ts'

/** Bytes that do not repeat in a block, and do not compress. */
const bytes = (length: number, seed = 1): Uint8Array => {
  let state = seed
  return Uint8Array.from({ length }, () => (state = Math.imul(state, 1664525) + 1013904223) >>> 24)
}

// Computed by another implementation, fixtures/chunked.py, whose files TensorFlow's own reader reads.
const HASHES: [number, bigint][] = [
  [0, 0x72c3b1e9c0139fe1n],
  [1, 0xbe375231d2dbac1dn],
  [2, 0xd806048aae9e9a14n],
  [3, 0xef58222699b19ae0n],
  [4, 0xd9cd0a11d94da05an],
  [5, 0x3114c0449546e26fn],
  [15, 0x41fee762354a06c9n],
  [16, 0x20b38a1401d8eeb2n],
  [17, 0xda153c0da1086c85n],
  [19, 0x979b2385e4f40d52n],
  [31, 0x942b9000728d0e2bn],
  [32, 0x6c354eeee97497c8n],
  [33, 0xe81c14d999abc0c8n],
  [48, 0xf0149d684b5cc0ben],
  [63, 0x838a75e93a742583n],
  [64, 0xc5d23ba75ceafc51n],
  [100, 0x9a5e9e16e816a56cn],
  [1000, 0x59109cd856c991dcn],
]

describe('the hash', () => {
  // The first 64 bytes of each file are given by the format's specification.
  test('of the header of the first chunk', () => {
    const { bytes: file } = writeRecords([])
    expect(Buffer.from(file.subarray(24)).toString('hex')).toBe(
      '91bac23c9287e1a90000000000000000e19f13c0e9b1c37273000000000000000000000000000000',
    )
  })
  test.each(HASHES)('of %i bytes', (length, hash) => expect(riegeliHash(bytes(length))).toBe(hash))
})

describe('records', () => {
  const records = [
    bytes(10),
    bytes(0),
    bytes(70_000, 2),
    bytes(65_512, 3),
    bytes(3, 4),
    bytes(200_000, 5),
    bytes(0),
    bytes(0),
  ]
  for (const [what, options] of [
    ['a chunk each', {}],
    ['several in a chunk', { perChunk: 3 }],
    ['compressed', { brotli: true }],
    ['several compressed', { perChunk: 8, brotli: true }],
  ] as const) {
    test(`${what}: each is read by its position, across blocks`, async () => {
      const { bytes: file, positions } = writeRecords(records, options)
      const opened = await openRecords(fromBytes(file))
      for (const [i, record] of records.entries()) {
        const source = await opened.at(positions[i]!)
        expect(source.size).toBe(record.length)
        expect(Buffer.compare(await source.read(0, source.size), record)).toBe(0)
        if (record.length > 9) expect(await source.read(5, 4)).toEqual(record.slice(5, 9))
      }
      expect((await opened.last()).size).toBe(0)
    })
  }

  test('what is not compressed is left in the file', async () => {
    const { bytes: file, positions } = writeRecords([bytes(100), bytes(3_000_000)])
    let read = 0
    const source: ByteSource = {
      ...fromBytes(file),
      read: async (at, length) => {
        read += length
        return file.subarray(at, at + length)
      },
    }
    const record = await (await openRecords(source)).at(positions[1]!)
    expect(await record.read(2_999_000, 5)).toEqual(bytes(3_000_000).slice(2_999_000, 2_999_005))
    expect(read).toBeLessThan(2_200_000)
  })
})

describe('Brotli by the library, where the platform has none', () => {
  const text = Buffer.from('a frozen graph, a frozen graph and the weights of the graph '.repeat(400))
  const packed = brotliCompressSync(text)
  test('unpacks the same', async () => {
    const unpack = await portableBrotli()
    expect(Buffer.compare(unpack(packed, text.length, {}), text)).toBe(0)
  })
  test.each([
    ['the library', portableBrotli],
    ['the platform', loadBrotli],
  ])('%s refuses another size and other bytes', async (_, load) => {
    const unpack = await load()
    const refused = (bytes: Uint8Array, size: number) => () => unpack(bytes, size, { file: 'm.cpb' })
    expect(refused(packed, text.length - 1)).toThrow(/^m.cpb: .* Brotli.* 23999 /)
    expect(refused(packed, text.length + 1)).toThrow('m.cpb: 24000 bytes come out of Brotli, and 24001 were expected.')
    expect(refused(packed.subarray(0, 20), text.length)).toThrow(/^m.cpb: .* Brotli/)
    expect(refused(bytes(100), 1000)).toThrow(/^m.cpb: .* Brotli/)
  })
})

describe('damage', () => {
  const { bytes: file, positions } = writeRecords([bytes(1000), bytes(2000, 2)], { brotli: true })
  const changed = (at: number): Uint8Array => file.map((byte, i) => (i === at ? byte ^ 1 : byte))
  const readAll = async (given: Uint8Array): Promise<void> => {
    const opened = await openRecords(fromBytes(given, 'm.cpb'))
    for (const position of positions) {
      const record = await opened.at(position)
      await record.read(0, record.size)
    }
  }
  test.each([
    [
      'a header',
      changed(70),
      "m.cpb 0x40: a chunk's header is not what its hash says. The file is cut short or damaged: copy it again.",
    ],
    ['data', changed(400), 'm.cpb 0x40: a chunk is damaged: its data is not what its hash says. Copy the file again.'],
    [
      'a cut',
      file.subarray(0, 2000),
      /^m.cpb: a chunk ends at \d+, and the file at 2000. The file is cut short or damaged: copy it again.$/,
    ],
    [
      'a cut in a header',
      file.subarray(0, 80),
      'm.cpb: a chunk ends at 104, and the file at 80. The file is cut short or damaged: copy it again.',
    ],
  ])('%s', async (_, given, message) => {
    await expect(readAll(given)).rejects.toThrow(
      expect.objectContaining({ name: 'FreezeError', message: expect.stringMatching(message) }),
    )
  })
  test('every byte that is not padding', async () => {
    for (let at = 24; at < file.length; at += 7) await expect(readAll(changed(at)), `byte ${at}`).rejects.toThrow()
  })
})

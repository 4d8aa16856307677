/** Heaps of strings that HDF5 would walk for ever. */
import { describe, expect, test } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { checkingHeaps } from '../../src/formats/hdf5/global-heap.ts'

const HEAP_BYTES = 64
const BEFORE = 8

/** A heap of two strings and the rest, after a few other bytes; `at` and `value` change a size of 64 bits. */
function heap(at?: number, value = 0n): ReturnType<typeof fromBytes> {
  const bytes = new Uint8Array(BEFORE + HEAP_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode('GCOL'), BEFORE)
  view.setUint8(BEFORE + 4, 1)
  view.setBigUint64(BEFORE + 8, BigInt(HEAP_BYTES), true)
  view.setUint16(BEFORE + 16, 1, true)
  view.setBigUint64(BEFORE + 24, 5n, true) // takes 16 + 8
  view.setUint16(BEFORE + 40, 0, true)
  view.setBigUint64(BEFORE + 48, 24n, true) // the rest
  if (at !== undefined) view.setBigUint64(BEFORE + at, value, true)
  return fromBytes(bytes, 'm.h5')
}
const read = (source: ReturnType<typeof heap>, from = 0): number =>
  checkingHeaps(source.name, source.size, source.readSync)(from, source.size - from).length
const refused = (offset: number, length: string): string =>
  `m.h5 0x${offset.toString(16)}: a string of ${length} bytes does not fit the heap that it is in. ` +
  'The file is damaged: copy it again, or save the model again.'

describe('a global heap', () => {
  test('is read', () => expect(read(heap())).toBe(BEFORE + HEAP_BYTES))
  test('in whatever read its beginning is seen', () => expect(() => read(heap(48), BEFORE)).toThrow(refused(0x30, '0')))
  for (const [what, at, value, message] of [
    ['the rest is empty', 48, 0n, refused(0x30, '0')],
    ['a string is too long', 24, 41n, refused(0x18, '41')],
    ['a length wraps round', 24, (1n << 64n) - 16n, refused(0x18, '4294967280')],
    ['the rest is empty in 32 bits', 48, 1n << 32n, refused(0x30, '0')],
  ] as const) {
    test(what, () => expect(() => read(heap(at, value))).toThrow(message))
  }
  test('whose size has a bit beyond 32 is walked as a program of 32 bits walks it', () => {
    const damaged = heap(8, (1n << 53n) + BigInt(HEAP_BYTES))
      .readSync(0, BEFORE + HEAP_BYTES)
      .slice()
    new DataView(damaged.buffer).setBigUint64(BEFORE + 48, 0n, true)
    expect(() => read(fromBytes(damaged, 'm.h5'))).toThrow(refused(0x30, '0'))
  })
  test('a text that begins like one is none', () => {
    const source = fromBytes(new TextEncoder().encode('the word GCOL and GC'), 'm.h5')
    expect(read(source)).toBe(20)
  })
})

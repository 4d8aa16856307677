import { expect, test } from 'vitest'
import { Cursor } from '../../src/bytes/cursor.ts'
import { unpackSnappy } from '../../src/formats/snappy.ts'

const unpack = (bytes: readonly number[], max = 1000) => unpackSnappy(new Cursor(Uint8Array.from(bytes), 'f'), max)
const ascii = (text: string) => [...text].map(char => char.charCodeAt(0))

const GOOD: readonly (readonly [string, number[], string])[] = [
  ['nothing', [0], ''],
  ['a literal', [3, 2 << 2, ...ascii('abc')], 'abc'],
  ['a literal with its length in a byte', [3, 60 << 2, 2, ...ascii('abc')], 'abc'],
  ['a literal with its length in four', [3, 63 << 2, 2, 0, 0, 0, ...ascii('abc')], 'abc'],
  ['a copy with a one-byte offset', [7, 2 << 2, ...ascii('abc'), 1, 3], 'abcabca'],
  ['a copy with a two-byte offset', [5, 2 << 2, ...ascii('abc'), (1 << 2) | 2, 3, 0], 'abcab'],
  ['a copy with a four-byte offset', [5, 2 << 2, ...ascii('abc'), (1 << 2) | 3, 2, 0, 0, 0], 'abcbc'],
  ['a copy that overlaps itself', [12, 0, ...ascii('a'), (7 << 2) | 1, 1], 'aaaaaaaaaaaa'],
]
test.each(GOOD)('unpacks %s', (_, packed, expected) => {
  expect(new TextDecoder().decode(unpack(packed))).toBe(expected)
})

const BAD: readonly (readonly [string, number[], string])[] = [
  ['no length', [], 'f 0x0: 1 bytes are needed here, 0 are left.'],
  ['too long', [0xe9, 7, 0], 'f 0x2: a snappy block of 1001 bytes, at most 1000 are read.'],
  ['an impossible promise', [100, 0], 'f 0x1: 1 bytes of snappy cannot hold 100.'],
  ['a literal cut short', [3, 2 << 2, 1], 'f 0x2: 3 bytes are needed here, 1 are left.'],
  ['less than promised', [4, 2 << 2, 1, 2, 3], 'f 0x5: snappy made 3 bytes, 4 were promised.'],
  ['more than promised', [2, 2 << 2, 1, 2, 3], 'f 0x2: snappy makes more than the 2 bytes promised.'],
  ['a copy from before the start', [8, 0, 97, 1, 2], 'f 0x5: snappy copies from 2 bytes back, 1 are there.'],
  ['a copy from nowhere', [8, 0, 97, 1, 0], 'f 0x5: snappy copies from 0 bytes back, 1 are there.'],
]
test.each(BAD)('refuses %s', (_, packed, message) => {
  expect(() => unpack(packed)).toThrow(expect.objectContaining({ name: 'FreezeError', message }))
})

import { afterEach, describe, expect, test, vi } from 'vitest'
import { crc32 } from '../../src/bytes/crc32.ts'
import { crc32c, maskCrc32c, unmaskCrc32c } from '../../src/bytes/crc32c.ts'
import { createCrc32, createCrc32c } from '../../src/bytes/streaming-crc.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** From RFC 3720, B.4, and the check value of the CRC catalogue. */
const VECTORS: readonly (readonly [string, Uint8Array, number])[] = [
  ['nothing', new Uint8Array(0), 0],
  ['123456789', bytes('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
]

/** So many bytes that the fastest implementation is loaded. */
const MUCH = 1 << 30

describe('crc32c', () => {
  test.each(VECTORS)('%s', async (_, input, expected) => {
    expect(crc32c(input)).toBe(expected)
    for (const size of [input.length, MUCH]) {
      const streaming = await createCrc32c(size)
      streaming.update(input.subarray(0, 5))
      streaming.update(input.subarray(5))
      expect(streaming.digest()).toBe(expected)
    }
  })

  test('continues from a previous checksum', () => {
    expect(crc32c(bytes('6789'), crc32c(bytes('12345')))).toBe(0xe3069283)
  })

  test('two at once do not disturb each other', async () => {
    const [a, b] = [await createCrc32c(MUCH), await createCrc32c(MUCH)]
    a.update(bytes('12345'))
    b.update(bytes('xyz'))
    a.update(bytes('6789'))
    expect(a.digest()).toBe(0xe3069283)
    expect(b.digest()).toBe(crc32c(bytes('xyz')))
  })

  test('of zip archives is another', async () => {
    for (const size of [9, MUCH]) {
      const streaming = await createCrc32(size)
      streaming.update(bytes('12345'))
      streaming.update(bytes('6789'))
      expect(streaming.digest()).toBe(0xcbf43926)
    }
    expect(crc32(bytes('123456789'))).toBe(0xcbf43926)
  })

  test('masks as TensorFlow does, and back', () => {
    expect(maskCrc32c(0)).toBe(0xa282ead8)
    for (const crc of [0, 1, 0xe3069283, 0x80000000, 0xffffffff]) expect(unmaskCrc32c(maskCrc32c(crc))).toBe(crc)
  })
})

describe('without native code', () => {
  afterEach(() => {
    vi.doUnmock('@node-rs/crc32')
    vi.resetModules()
  })

  test.each(VECTORS)('%s', async (_, input, expected) => {
    vi.resetModules()
    const loaded = vi.fn(() => ({ crc32c: () => 0 })) // a build that computes nonsense is not trusted
    vi.doMock('@node-rs/crc32', loaded)
    const module = await import('../../src/bytes/streaming-crc.ts')
    for (const rest of [input, input, input.subarray(2)]) {
      const streaming = await module.createCrc32c(MUCH)
      streaming.update(input.subarray(0, input.length - rest.length))
      streaming.update(rest)
      expect(streaming.digest()).toBe(expected)
    }
    expect(loaded).toHaveBeenCalled()
  })
})

import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/bytes/crc32c.ts'
import { type ByteSource, CHUNK_BYTES, fromBytes } from '../../src/bytes/source.ts'
import { decode, encode, swapWords } from '../../src/tensor/codec.ts'
import * as make from '../../src/tensor/make.ts'
import { chunks, openTensor, readTensor } from '../../src/tensor/read.ts'
import { elementCount, type Tensor } from '../../src/tensor/tensor.ts'

const read = async (t: Tensor): Promise<number[]> => [...decode(t.dtype, await readTensor(t))]
const iota = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** The elements 0, 1, 2, … in a file that they do not start. */
function onFile(dtype: Tensor['dtype'], shape: readonly number[], values = iota(elementCount(shape))): Tensor {
  const bytes = new Uint8Array([9, 9, 9, ...encode(dtype, values)])
  return make.range(dtype, shape, fromBytes(bytes, 'weights'), 3, { crc32c: crc32c(bytes.subarray(3)) })
}

const x = onFile('float32', [2, 3, 4])
const s = make.vector('float32', [1, 10, 100, 1000])

/** Each computation beside what it makes, spelled naively. */
const COMPUTED: [string, Tensor, number[]][] = [
  ['memory', make.vector('int32', [3, 1, 2]), [3, 1, 2]],
  ['splat', make.splat('int16', [2, 2], -3), [-3, -3, -3, -3]],
  ['range', x, iota(24)],
  ['add', make.add(x, s), iota(24).map(i => i + 10 ** (i % 4))],
  ['sub', make.sub(s, x), iota(24).map(i => 10 ** (i % 4) - i)],
  ['mul', make.mul(x, x), iota(24).map(i => i * i)],
  ['div', make.div(make.vector('int32', [7, -7]), make.vector('int32', [2, 2])), [3, -3]],
  ['maximum', make.maximum(x, make.scalar('float32', 20)), iota(24).map(i => Math.max(i, 20))],
  ['minimum', make.minimum(x, make.scalar('float32', 3)), iota(24).map(i => Math.min(i, 3))],
  [
    'outer',
    make.mul(make.fromValues('float32', [3, 1], [1, 2, 3]), make.vector('float32', [5, 7])),
    [5, 7, 10, 14, 15, 21],
  ],
  [
    'middle axis',
    make.add(x, make.fromValues('float32', [1, 3, 1], [100, 200, 300])),
    iota(24).map(i => i + 100 * ((i >> 2) % 3) + 100),
  ],
  ['same count', make.add(make.reshape(x, [24]), make.reshape(x, [1, 24])), iota(24).map(i => 2 * i)],
  ['neg', make.neg(s), [-1, -10, -100, -1000]],
  ['abs', make.abs(make.neg(s)), [1, 10, 100, 1000]],
  ['square', make.square(s), [1, 100, 10_000, 1_000_000]],
  ['sqrt', make.sqrt(make.vector('float64', [4, 2])), [2, Math.SQRT2]],
  ['rsqrt', make.rsqrt(make.vector('float64', [4, 16])), [0.5, 0.25]],
  ['reciprocal', make.reciprocal(make.vector('float64', [4, 3])), [0.25, 1 / 3]],
  ['exp', make.exp(make.vector('float64', [0, 1])), [1, Math.E]],
  ['cast', make.cast(make.vector('float32', [1.9, -1.9]), 'int32'), [1, -1]],
  [
    'cast in the middle',
    make.add(make.cast(make.vector('float32', [1.9, -1.9]), 'int32'), make.scalar('int32', 1)),
    [2, 0],
  ],
  ['bool', make.cast(make.vector('float32', [0, 0.5]), 'bool'), [0, 1]],
  ['reshape', make.reshape(make.add(x, x), [24]), iota(24).map(i => 2 * i)],
  ['transpose', make.transpose(x, [2, 0, 1]), iota(24).map(i => Math.floor(i / 6) + 4 * (i % 6))],
  ['slice', make.sliceOf(x, [1, 0, 1], [1, 3, 2]), [13, 14, 17, 18, 21, 22]],
  ['strided slice', make.sliceOf(x, [0, 0, 3], [2, 2, 2], [1, 2, -3]), [3, 0, 11, 8, 15, 12, 23, 20]],
  [
    'reverse',
    make.reverse(x, [0, 2]),
    iota(24).map(i => (1 - Math.floor(i / 12)) * 12 + (Math.floor(i / 4) % 3) * 4 + 3 - (i % 4)),
  ],
  [
    'spread',
    make.spread(make.fromValues('float32', [2, 2], [1, 2, 3, 4]), [2, 3]),
    [1, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 4],
  ],
  ['spread of none', make.spread(make.fromValues('float32', [0, 2], []), [2, 3]), []],
  ['round-to-levels', make.roundToLevels(make.vector('float32', [0, 2, 3, 9, 10]), 6), [0, 2, 4, 10, 10]],
  ['round-to-levels of one value', make.roundToLevels(make.vector('float32', [3, 3]), 4), [3, 3]],
  ['quantize', make.quantize(make.vector('float32', [-1, 0, 1, 4])), [0, 51, 102, 255]],
  ['quantize one value', make.quantize(make.vector('float32', [5, 5])), [0, 0]],
  [
    'quantize-within',
    make.quantizeWithin(
      make.vector('float32', [-2, -1, 0, 1, 3, 9]),
      make.scalar('float32', -1),
      make.scalar('float32', 4),
    ),
    [0, 0, 51, 102, 204, 255],
  ],
  [
    'quantize-within no range',
    make.quantizeWithin(make.vector('float32', [5]), make.scalar('float32', 5), make.scalar('float32', 5)),
    [0],
  ],
  [
    'nearest, the first of two',
    make.nearest(make.vector('float32', [-9, 1, 2, 2.5]), make.vector('float32', [0, 4, 3])),
    [0, 0, 3, 3],
  ],
  [
    'nearest of each row',
    make.nearest(
      make.fromValues('float32', [2, 2, 1], [1, 2, 3, 4]),
      make.fromValues('float32', [2, 2], [0, 3, 10, 1]),
      1,
    ),
    [0, 1, 3, 1],
  ],
  ['sum of rows', make.sum(x, [2]), iota(6).map(i => 16 * i + 6)],
  ['sum of all but the last', make.sum(x, [0, 1]), iota(4).map(i => 60 + 6 * i)],
  ['sum of the middle', make.sum(make.add(x, x), [1]), [24, 30, 36, 42, 96, 102, 108, 114]],
  ['sum of all', make.sum(x, [0, 1, 2]), [276]],
  ['lowest', make.lowest(make.neg(x)), [-23]],
  ['highest', make.highest(x), [23]],
  ['int64', make.add(onFile('int64', [3]), make.scalar('int64', 2n ** 40n)), [0, 1, 2].map(i => 2 ** 40 + i)],
  ['blocks, axis 0', make.concat(0, [x, make.neg(x)]), [...iota(24), ...iota(24).map(i => -i)]],
  [
    'blocks, axis 1',
    make.concat(1, [make.fromValues('int8', [2, 1], [1, 2]), make.fromValues('int8', [2, 2], [3, 4, 5, 6])]),
    [1, 3, 4, 2, 5, 6],
  ],
  ['blocks, axis 2', make.concat(2, [x, x]), iota(48).map(i => Math.floor(i / 8) * 4 + (i % 4))],
  ['empty', make.add(make.fromValues('float32', [0, 4], []), s), []],
  ['an empty block', make.concat(0, [make.fromValues('float32', [0], []), s]), [1, 10, 100, 1000]],
]

describe('computations', () => {
  it.each(COMPUTED)('%s', async (_, t, expected) => {
    expect(await read(t)).toEqual(t.dtype === 'float32' ? expected.map(Math.fround) : expected)
  })

  it.each(COMPUTED)('%s streams in odd pieces', async (_, t, __) => {
    const whole = await readTensor(t)
    for (const max of [1, 12, 20, 100]) {
      const pieces: number[] = []
      for await (const piece of chunks(t, max)) {
        expect(piece.length).toBeLessThanOrEqual(Math.max(max, 8))
        pieces.push(...piece)
      }
      expect(pieces).toEqual([...whole])
    }
  })

  it.each(COMPUTED)('%s reads in any order', async (_, t, __) => {
    const expected = await read(t)
    const reader = openTensor(t)
    for (let start = expected.length - 1; start >= 0; start -= 5) {
      const count = Math.min(7, expected.length - start)
      expect([...decode(t.dtype, await reader.read(start, count))]).toEqual(expected.slice(start, start + count))
    }
  })
})

it('swaps big-endian words and leaves the source as it is', async () => {
  const bytes = Buffer.from(swapWords(encode('float32', [1, 2, 3]), 4)) // as files are read in Node
  const before = [...bytes]
  const t = make.range('float32', [3], fromBytes(bytes), 0, { bigEndian: true, crc32c: crc32c(bytes) })
  expect(await read(t)).toEqual([1, 2, 3])
  expect([...bytes]).toEqual(before)
  const complex = make.range('complex64', [1], fromBytes(bytes.subarray(0, 8)), 0, { bigEndian: true })
  expect([...decode('float32', await readTensor(complex))]).toEqual([1, 2]) // two words, each by itself
})

it('rounds once, at the end', async () => {
  const w = make.scalar('float16', 1 + 3 * 2 ** -10)
  // w² = 1 + 6·2^-10 + 9·2^-20, which a half would cut short
  expect(await read(make.sub(make.mul(w, w), make.scalar('float16', 1)))).toEqual([6 * 2 ** -10 + 2 * 2 ** -18])
})

it('refuses what float64 does not hold', async () => {
  const t = make.mul(make.scalar('int64', 2n ** 32n), make.scalar('int64', 2n ** 32n))
  await expect(readTensor(t)).rejects.toThrow('a computation over int64 goes beyond 2^53, where it would not be exact.')
  await expect(readTensor(make.neg(make.splat('int64', [2], 2n ** 60n)))).rejects.toThrow('beyond 2^53')
})

describe('checksums', () => {
  const count = (1.5 * CHUNK_BYTES) / 4
  const bytes = encode('float32', iota(count))
  const damaged: Tensor = make.range('float32', [count], fromBytes(bytes, 'w.data'), 0, { crc32c: 0x1234 })
  const message =
    `w.data 0x0: the checksum of the ${bytes.length} bytes here is 0x` +
    `${crc32c(bytes).toString(16).padStart(8, '0')}, and 0x00001234 is recorded. The file is damaged: copy it again or save it anew.`

  it('rejects by the last piece', async () => {
    const sizes: number[] = []
    const stream = async (): Promise<void> => {
      for await (const piece of chunks(damaged)) sizes.push(piece.length)
    }
    await expect(stream()).rejects.toThrow(message)
    expect(sizes).toEqual([CHUNK_BYTES])
  })
  it('rejects before a part is handed out', async () => {
    await expect(openTensor(damaged).read(5, 1)).rejects.toThrow(message)
    await expect(openTensor(damaged).read(0, 1)).rejects.toThrow(message) // begins where the tensor does, and ends before
    await expect(readTensor(damaged)).rejects.toThrow(message)
    await expect(readTensor(make.add(damaged, make.scalar('float32', 1)))).rejects.toThrow(message)
    await expect(readTensor(make.sliceOf(damaged, [1], [1]))).rejects.toThrow(message)
  })
  it('verifies a range once, however many parts are read', async () => {
    let fetched = 0
    const memory = fromBytes(bytes)
    const read = (offset: number, length: number): Promise<Uint8Array> => {
      fetched += length
      return memory.read(offset, length)
    }
    const source: ByteSource = { name: 'w', size: memory.size, read }
    const t = make.range('float32', [count], source, 0, { crc32c: crc32c(bytes) })
    await openTensor(t).read(count - 1, 1)
    await openTensor(t).read(7, 1)
    expect(fetched).toBe(bytes.length + 4 + 4)
  })
})

it('reads each byte of a streamed tensor once, three pieces ahead at most', async () => {
  let inFlight = 0
  let most = 0
  let fetched = 0
  const memory = fromBytes(encode('float32', iota(1000)))
  const source: ByteSource = {
    name: 'w',
    size: memory.size,
    async read(offset, length) {
      most = Math.max(most, ++inFlight)
      fetched += length
      await new Promise(resolve => setTimeout(resolve, 1))
      inFlight--
      return memory.read(offset, length)
    },
  }
  const t = make.concat(1, [make.range('float32', [10, 50], source, 0), make.range('float32', [10, 50], source, 2000)])
  let total = 0
  for await (const piece of chunks(t, 444)) total += piece.length
  expect([total, fetched, most]).toEqual([4000, 4000, 3])
})

describe('operands beyond what is held in memory', () => {
  const rows = 5000
  const columns = 4000 // 80 MB of int32, made up as they are asked for
  const source: ByteSource = {
    name: 'big',
    size: rows * columns * 4,
    read: async (offset, length) =>
      new Uint8Array(Int32Array.from({ length: length / 4 }, (_, i) => offset / 4 + i).buffer),
  }
  const big = make.range('int32', [rows, columns], source, 0)
  const at = async (t: Tensor, start: number, count: number): Promise<number[]> => [
    ...decode(t.dtype, await openTensor(t).read(start, count)),
  ]
  it('slices by parts', async () => {
    const t = make.sliceOf(big, [0, 3], [rows, 1])
    expect(await at(t, 4000, 3)).toEqual([0, 1, 2].map(i => (4000 + i) * columns + 3))
  })
  it('reverses by parts', async () => {
    expect(await at(make.reverse(big, [0, 1]), 0, 2)).toEqual([rows * columns - 1, rows * columns - 2])
  })
  it('transposes in stripes', async () => {
    expect(await at(make.transpose(big, [1, 0]), 3999 * rows, 3)).toEqual([0, 1, 2].map(i => i * columns + 3999))
  })
  it('refuses to stretch it', async () => {
    const t = make.add(big, make.splat('int32', [2, rows, columns], 1))
    expect(() => openTensor(t)).toThrow(
      'a computation needs 80000000 bytes of one operand in memory, and at most 67108864 are held.',
    )
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ByteSource, fromBytes } from '../../src/bytes/source.ts'
import { FreezeError, isFreezeError } from '../../src/errors.ts'
import { slabSource } from '../../src/formats/hdf5/dataset.ts'
import { type Hdf5File, listAttribute, openHdf5, textAttribute } from '../../src/formats/hdf5/file.ts'
import { type Hdf5Library, hdf5Library } from '../../src/formats/hdf5/library.ts'
import { isHdf5 } from '../../src/formats/hdf5/signature.ts'

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../../fixtures/hdf5/${name}`, import.meta.url)))
const KINDS = fixture('kinds.h5')
const open = (bytes = KINDS, name = 'kinds.h5') => openHdf5(fromBytes(bytes, name))
const message = (error: unknown) => (error instanceof Error ? error.message : error)

const float32 = (...values: number[]) => [...new Uint8Array(Float32Array.from(values).buffer)]

describe('datasets', () => {
  const rows: [name: string, dtype: string | undefined, shape: number[], bytes: number[]][] = [
    ['f32', 'float32', [2, 3], float32(0, 1, 2, 3, 4, 5)],
    ['/f64_big', 'float64', [3], [...new Uint8Array(Float64Array.of(0, 1, 2).buffer)]],
    ['f16', 'float16', [3], [0, 0, 0, 0x3c, 0, 0x40]],
    ['i64', 'int64', [2], [...new Uint8Array(BigInt64Array.of(-2n, 3n).buffer)]],
    ['u8', 'uint8', [3], [0, 1, 2]],
    ['bool', 'bool', [2], [1, 0]],
    ['bf16', 'bfloat16', [2], [0x80, 0x3f, 0, 0x40]],
    ['scalar', 'float32', [], float32(2.5)],
    ['empty', 'float32', [0, 3], []],
    ['a/b/w', 'float32', [2], float32(1, 1)],
  ]
  test.each(rows)('%s', async (name, dtype, shape, bytes) => {
    const dataset = (await open()).dataset(name)
    expect({ dtype: dataset.dtype, shape: dataset.shape }).toEqual({ dtype, shape })
    expect([...(await dataset.source.read(0, dataset.source.size))]).toEqual(bytes)
    expect(dataset.source.name).toBe(`kinds.h5:/${name.replace(/^\//, '')}`)
  })

  test('in chunks, shuffled, deflated and with checksums, are read as they were', async () => {
    const file = await open()
    const packed = file.dataset('packed')
    expect([packed.chunks, packed.filters]).toEqual([
      [7, 4, 5],
      ['shuffle', 'deflate', 'fletcher32'],
    ])
    const plain = file.dataset('grid').source.readSync!(0, 2400)
    for (const [offset, length] of [
      [0, 2400],
      [3, 1],
      [119, 1200],
      [2399, 1],
      [600, 0],
    ] as const)
      expect(packed.source.readSync!(offset, length)).toEqual(plain.slice(offset, offset + length))
  })

  test('in one piece are read in place, others are not', async () => {
    const file = await open()
    const isInPlace = (name: string) => file.dataset(name).source.readSync!(0, 1).buffer === KINDS.buffer
    expect(['f32', 'grid', 'bf16', 'scalar', 'a/b/w'].map(isInPlace)).toEqual([true, true, true, true, true])
    expect(['f64_big', 'packed'].map(isInPlace)).toEqual([false, false])
  })

  test('of elements that are no numbers have no dtype', async () => {
    const { dtype, type } = (await open()).dataset('text')
    expect([dtype, type]).toEqual([undefined, 'string'])
  })

  test('go on being read after the file was closed', async () => {
    const file = await open()
    const { source } = file.dataset('f32')
    file.close()
    expect([...source.readSync!(4, 4)]).toEqual(float32(1))
  })

  test('are read while another copy of the reader has files open', async () => {
    const source = fromBytes(KINDS)
    const mounted: string[] = []
    for (const copy of ['a', 'b']) {
      const path: string = `../../src/formats/hdf5/library.ts?${copy}` // a module of its own, over the same HDF5
      const library: Hdf5Library = await (await import(/* @vite-ignore */ path)).hdf5Library()
      for (let i = 0; i < 3; i++) mounted.push(library.mount(source, source.readSync))
    }
    expect(new Set(mounted).size).toBe(6)
    for (const path of mounted) (await hdf5Library()).unmount(path)
  })

  test('of many files are read in turn', async () => {
    const sources = []
    for (let i = 0; i < 9; i++) sources.push((await open(KINDS, `${i}.h5`)).dataset('grid').source)
    for (let i = 0; i < 30; i++) expect([...sources[(i * 7) % 9]!.readSync!(i * 4, 4)]).toEqual(float32(i))
  })
})

describe('slabs', () => {
  const cases: [shape: number[], chunks: number[] | undefined][] = [
    [[3, 5, 7], undefined],
    [[2, 3, 900, 900], undefined],
    [
      [2, 3, 900, 900],
      [1, 3, 64, 128],
    ],
    [[5_000_000], [1000]],
    [[1, 1, 3_000_000], undefined],
  ]
  test.each(cases)('of %j in chunks of %j are whole rows, at most a few MiB', (shape, chunks) => {
    const size = shape.reduce((n, d) => n * d, 4)
    const asked: number[] = []
    const source = slabSource({ name: 'd', shape, elementBytes: 4, ...(chunks && { chunks }) }, (start, count) => {
      const length = count.reduce((n, d) => n * d, 4)
      asked.push(length)
      const at = start.reduce((offset, s, axis) => offset * shape[axis]! + s, 0) * 4
      return Uint8Array.from({ length }, (_, i) => ((at + i) * 7) & 0xff)
    })
    for (const from of [0, 1, Math.floor(size / 3), size - 9]) {
      const read = source.readSync(from, Math.min(9, size - from))
      expect([...read]).toEqual(Array.from({ length: read.length }, (_, i) => ((from + i) * 7) & 0xff))
    }
    expect(Math.max(...asked)).toBeLessThanOrEqual(16 * 1024 * 1024)
  })
})

describe('attributes', () => {
  const texts: [name: string, text: string | undefined, list: string[] | undefined][] = [
    ['variable', 'héllo', ['héllo']],
    ['fixed', 'abc', ['abc']],
    ['list', undefined, ['a', 'bc']],
    ['fixed_list', undefined, ['x', 'yyy']],
    ['none', undefined, []],
    ['parts', undefined, ['p', 'q', 'r']],
    ['number', undefined, undefined],
    ['absent', undefined, undefined],
  ]
  test.each(texts)('%s', async (name, text, list) => {
    const file = await open()
    expect([textAttribute(file, '/', name), listAttribute(file, '/', name)]).toEqual([text, list])
  })

  test('of the newest form are read too', async () => {
    const file = await open(fixture('latest.h5'), 'latest.h5')
    expect(listAttribute(file, '/', 'long')).toHaveLength(300)
    expect(file.dataset('a/b/w').shape).toEqual([2])
  })
})

describe('what is refused', () => {
  const place = 'Only data inside the file is read: save the model again, without links to other places.'
  const refusals: [path: string, message: string][] = [
    ['soft', `kinds.h5 /soft: there is a soft link to /f32. ${place}`],
    ['elsewhere', `kinds.h5 /elsewhere: there is a link to /x of other.h5. ${place}`],
    ['elsewhere/y', `kinds.h5 /elsewhere: there is a link to /x of other.h5. ${place}`],
    ['raw', `kinds.h5 /raw: there is data in another file. ${place}`],
    ['virtual', `kinds.h5 /virtual: there is a virtual dataset, whose elements lie in other files. ${place}`],
    [
      'bomb',
      `kinds.h5 /bomb: the dataset has 1073741824 bytes in a file of ${KINDS.length}, more than 1000 times its size.`,
    ],
    ['nothing', 'kinds.h5 /nothing: there is no dataset at this path.'],
    ['f32/below', 'kinds.h5 /f32/below: there is no dataset at this path.'],
    ['a', 'kinds.h5 /a: there is no dataset at this path.'],
  ]
  test.each(refusals)('%s', async (path, expected) => {
    const file = await open()
    expect(() => file.dataset(path)).toThrow(expected)
  })

  test('a file that is cut short', async () => {
    expect(message(await open(KINDS.subarray(0, 1000)).catch(e => e))).toBe(
      `kinds.h5: HDF5 cannot read this (truncated file: eof = 1000, sblock->base_addr = 0, stored_eof = ${KINDS.length}). ` +
        'The file is cut short or damaged: copy it again, or save the model again.',
    )
  })

  test('a read that fails, with the reason it failed for', async () => {
    const source: ByteSource = {
      ...fromBytes(KINDS, 'kinds.h5'),
      readSync: () => {
        throw new FreezeError('truncated', 'the disk is gone', { file: 'kinds.h5' })
      },
    }
    expect(message(await openHdf5(source).catch(e => e))).toBe('kinds.h5: the disk is gone.')
  })

  test('a large file that can only be read by promise', async () => {
    const source = { name: 'big.h5', size: 2 ** 30, read: async () => new Uint8Array(8) }
    expect(message(await openHdf5(source).catch(e => e))).toBe(
      'big.h5: an HDF5 file of 1073741824 bytes cannot be read by promise. Open it in a worker, where a Blob can be read at once.',
    )
  })

  test('a large file that gives a copy of itself', async () => {
    const whole = fromBytes(KINDS, 'big.h5')
    const readSync = (offset: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(length) // zeros behind the file
      bytes.set(KINDS.subarray(offset, offset + length))
      return bytes
    }
    const copy = { name: 'big.h5', size: 2 ** 30, readSync, read: async () => new Uint8Array(8) }
    const { readSync: _, ...source } = copy
    const file = await openHdf5({ ...source, atOnce: async () => copy })
    expect(file.names('/')).toEqual((await openHdf5(whole)).names('/'))
  })

  /** Reads all there is. */
  function walk(file: Hdf5File, group = ''): void {
    for (const name of file.names(group || '/')) {
      const path = `${group}/${name}`
      if (file.kind(path) === 'group') walk(file, path)
      else {
        const { dtype, source } = file.dataset(path)
        if (dtype) source.readSync!(0, source.size)
      }
    }
    listAttribute(file, group || '/', 'long')
  }

  test('damaged bytes, or they did not matter', async () => {
    const whole = fixture('latest.h5')
    let refused = 0
    for (let i = 0; i < whole.length; i += 61) {
      const damaged = whole.slice()
      damaged[i]! ^= 0xff
      const result = await open(damaged, 'x.h5')
        .then(walk)
        .catch(e => e)
      if (result !== undefined) expect(isFreezeError(result), String(result)).toBe(true)
      if (result !== undefined) refused++
    }
    expect(refused).toBeGreaterThan(0)
  })
})

test('is known by its first bytes, after a user block too', async () => {
  const behind = new Uint8Array(KINDS.length + 512)
  behind.set(KINDS, 512)
  for (const [bytes, expected] of [
    [KINDS, true],
    [behind, true],
    [KINDS.subarray(1), false],
    [KINDS.subarray(0, 4), false],
  ] as const)
    expect(await isHdf5(fromBytes(bytes))).toBe(expected)
})

test('a source without readSync is read whole', async () => {
  const { readSync, ...source } = fromBytes(KINDS, 'kinds.h5')
  expect((await openHdf5(source)).kind('a/b')).toBe('group')
})

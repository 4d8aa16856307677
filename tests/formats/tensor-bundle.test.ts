import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../src/bytes/crc32c.ts'
import { fromBytes } from '../../src/bytes/source.ts'
import { isFreezeError } from '../../src/errors.ts'
import { openBundle } from '../../src/formats/tensor-bundle/bundle.ts'
import { encodeTensorNameSlice, parseSliceSpec, type Slice, WHOLE } from '../../src/formats/tensor-bundle/slice.ts'
import { bytesPerElement, DTYPES } from '../../src/tensorflow/dtype.ts'
import { TrackableObjectGraph } from '../../src/tensorflow/generated/messages.ts'
import { bytesOf } from '../messages.ts'
import { type BundleOptions, type Stored, shardsOf, tableFile, utf8, writeBundle } from './bundle-writer.ts'

const bytes = (length: number, first = 1) => Uint8Array.from({ length }, (_, i) => first + i)
const extent = (start: number, length: number) => ({ start, length })
const text = (values: readonly Uint8Array[]) => values.map(value => new TextDecoder().decode(value))

async function open(tensors: Record<string, Stored>, options: BundleOptions = {}, calls: string[] = []) {
  const { index, data } = writeBundle(tensors, options)
  return openBundle(fromBytes(index, 'v.index'), shardsOf(data, 'v', calls), 'v')
}

const FLOATS: Stored = { dtype: 'float32', shape: [2, 3], bytes: bytes(24) }
const WORDS: Stored = { dtype: 'string', shape: [3], strings: ['a', '', 'héllo'] }
const PARTS: Stored = {
  dtype: 'float32',
  shape: [4, 3],
  parts: [
    { slice: [extent(0, 3), extent(0, WHOLE)], bytes: bytes(36) },
    { slice: [extent(3, 1), extent(0, WHOLE)], bytes: bytes(12, 101) },
  ],
}

describe('a bundle', () => {
  test('lists tensors by name, without header and parts', async () => {
    const bundle = await open({ w: FLOATS, 'a/é': WORDS, p: PARTS })
    expect(bundle.keys()).toEqual(['a/é', 'p', 'w'])
    expect(bundle.has('a/é')).toBe(true)
    expect(bundle.has('')).toBe(false)
    expect(bundle.entry('w')).toEqual({
      dtype: 'float32',
      shape: [2, 3],
      shard: 0,
      offset: 0,
      size: 24,
      maskedCrc32c: expect.any(Number),
      slices: [],
    })
  })

  test('reads the same from snappy blocks', async () => {
    expect((await open({ w: FLOATS, s: WORDS }, { snappy: true })).keys()).toEqual(['s', 'w'])
  })

  test.each(DTYPES.filter(dtype => !['string', 'resource', 'variant'].includes(dtype)))('refers to %s', async dtype => {
    const size = 3 * bytesPerElement(dtype)
    const bundle = await open({ first: FLOATS, t: { dtype, shape: [3], bytes: bytes(size) } }, { alignment: 42 })
    const { recipe, ...rest } = await bundle.tensor('t')
    expect(rest).toEqual({ dtype, shape: [3] })
    expect(recipe).toMatchObject({ kind: 'range', offset: 42, crc32c: crc32c(bytes(size)) })
    expect(recipe).not.toHaveProperty('bigEndian')
  })

  test('says which numbers are big-endian: those of more than a byte', async () => {
    const bundle = await open(
      { w: FLOATS, b: { dtype: 'bool', shape: [2], bytes: bytes(2) }, s: WORDS },
      { bigEndian: true },
    )
    expect((await bundle.tensor('w')).recipe).toMatchObject({ kind: 'range', bigEndian: true })
    expect((await bundle.tensor('b')).recipe).not.toHaveProperty('bigEndian')
    expect((await bundle.tensor('s')).recipe).toMatchObject({ kind: 'strings' })
  })

  test.each([false, true])('reads strings, big-endian %s', async bigEndian => {
    const { recipe } = await (await open({ w: FLOATS, s: WORDS }, { bigEndian })).tensor('s')
    expect(recipe.kind === 'strings' && text(recipe.values)).toEqual(['a', '', 'héllo'])
  })

  test('opens data files once, and only those it needs', async () => {
    const calls: string[] = []
    const bundle = await open(
      { a: FLOATS, b: { ...FLOATS, shard: 1 }, c: { ...FLOATS, shard: 1 } },
      { shards: 3 },
      calls,
    )
    await bundle.tensor('b')
    await bundle.tensor('c')
    expect(calls).toEqual(['v.data-00001-of-00003'])
  })

  test('needs no data file for a tensor without elements', async () => {
    const calls: string[] = []
    const bundle = await open(
      { e: { dtype: 'int64', shape: [0, 5], bytes: bytes(0) }, s: { dtype: 'string', shape: [0], bytes: bytes(0) } },
      {},
      calls,
    )
    expect(await bundle.tensor('e')).toEqual({
      dtype: 'int64',
      shape: [0, 5],
      recipe: { kind: 'memory', bytes: new Uint8Array(0) },
    })
    expect((await bundle.tensor('s')).recipe).toEqual({ kind: 'strings', values: [] })
    expect(calls).toEqual([])
  })

  test('decodes the object graph', async () => {
    const graph = bytesOf(TrackableObjectGraph, { nodes: [{}, {}] })
    const strings = [new TextDecoder().decode(graph)]
    const bundle = await open({ _CHECKPOINTABLE_OBJECT_GRAPH: { dtype: 'string', shape: [], strings } })
    expect((await bundle.objectGraph())?.nodes).toHaveLength(2)
    expect(await (await open({ w: FLOATS })).objectGraph()).toBeUndefined()
  })
})

describe('slices', () => {
  const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

  const CODES: readonly (readonly [string, Slice, string])[] = [
    // As TensorFlow wrote it.
    [
      'v/.ATTRIBUTES/VARIABLE_VALUE',
      [extent(34, 3), extent(0, 10)],
      `00${Buffer.from('v/.ATTRIBUTES/VARIABLE_VALUE').toString('hex')}00010102a283808a`,
    ],
    ['v', [], '0076000100'],
    ['v', [extent(0, WHOLE)], '007600010101807f'],
    ['\0\xff', [extent(69, 1)], '0000ffc3bf00010101c04581'],
    ['v', [extent(63, 64)], '0076000101 01 bf c040'.replaceAll(' ', '')],
    ['v', [extent(8191, 8192)], '0076000101 01 dfff e02000'.replaceAll(' ', '')],
    ['v', [extent(2 ** 40, 0)], '0076000101 01 fd0000000000 80'.replaceAll(' ', '')],
  ]
  test.each(CODES)('the key of a part: %s %o', (name, slice, expected) => {
    expect(hex(encodeTensorNameSlice(utf8(name), slice))).toBe(expected)
  })

  const SPECS: readonly (readonly [string, object | undefined])[] = [
    ['8 4 0,3:0,4', { shape: [8, 4], slice: [extent(0, 3), extent(0, 4)] }],
    ['8 4 -:1,2', { shape: [8, 4], slice: [extent(0, WHOLE), extent(1, 2)] }],
    ['8 0,3:0,4', undefined],
    ['8 x', undefined],
    ['8 -1,3', undefined],
    ['a 0,1', undefined],
    ['', undefined],
  ]
  test.each(SPECS)("parses '%s'", (spec, expected) => expect(parseSliceSpec(spec)).toEqual(expected))

  test('of a partitioned tensor are blocks', async () => {
    const { recipe, shape } = await (await open({ w: FLOATS, p: PARTS })).tensor('p')
    expect(shape).toEqual([4, 3])
    expect(recipe).toMatchObject({
      kind: 'blocks',
      blocks: [
        { start: [0, 0], tensor: { shape: [3, 3], recipe: { kind: 'range', offset: 24 } } },
        { start: [3, 0], tensor: { shape: [1, 3], recipe: { kind: 'range', offset: 60 } } },
      ],
    })
  })

  test.each(['', '4 3 -:-', '4 3 0,4:0,3'])("'%s' is the whole", async spec => {
    const bundle = await open({ p: PARTS })
    expect(await bundle.slice('p', spec)).toEqual(await bundle.tensor('p'))
  })

  test('that is stored as it is asked for is that part', async () => {
    const { shape, recipe } = await (await open({ p: PARTS })).slice('p', '4 3 3,1:0,3')
    expect(shape).toEqual([1, 3])
    expect(recipe).toMatchObject({ kind: 'range', offset: 36 })
  })

  test.each([{ p: PARTS }, { p: { ...FLOATS, shape: [4, 3], bytes: bytes(48) } }])(
    'else is computed',
    async tensors => {
      const bundle = await open(tensors)
      expect(await bundle.slice('p', '4 3 1,2:1,1')).toEqual({
        dtype: 'float32',
        shape: [2, 1],
        recipe: { kind: 'computed', by: { op: 'slice', of: [await bundle.tensor('p')], begin: [1, 1] } },
      })
    },
  )
})

type Attempt = (tensors: Record<string, Stored>, options?: BundleOptions) => Promise<unknown>
const readT: Attempt = async (tensors, options) => (await open(tensors, options)).tensor('t')
const sliceT =
  (spec: string): Attempt =>
  async tensors =>
    (await open(tensors)).slice('t', spec)

const part = (slice: Slice, length: number) => ({ slice, bytes: bytes(length) })
const ROW = extent(0, 2)
const withEntry = (entry: Stored['entry'], base: Stored = FLOATS): Record<string, Stored> => ({
  t: { ...base, entry: entry! },
})

const ERRORS: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  ['no such tensor', () => readT({ w: FLOATS }), 'v.index t: the checkpoint has no such tensor.'],
  [
    'an unknown dtype',
    () => readT(withEntry({ dtype: 77 as never })),
    'v.index t: dtype 77, which TensorFlow does not have.',
  ],
  [
    'an unknown rank',
    () => readT(withEntry({ shape: { unknownRank: true } })),
    'v.index t: a shape of unknown rank for a stored tensor.',
  ],
  [
    'a negative size',
    () => readT(withEntry({ shape: { dim: [{ size: -1n }] } })),
    'v.index t: shape [-1] for a stored tensor.',
  ],
  [
    'an immense shape',
    () => readT(withEntry({ shape: { dim: [{ size: 2n ** 40n }, { size: 2n ** 40n }] } })),
    'v.index t: shape [1099511627776,1099511627776] has more than 2^53 elements.',
  ],
  [
    'a size that is not the shape’s',
    () => readT(withEntry({ size: 20n })),
    'v.index t: 20 bytes of float32[2,3], which has 24.',
  ],
  ['a negative offset', () => readT(withEntry({ offset: -1n })), 'v.index t: 24 bytes at -1, which no file has.'],
  ['a data file too many', () => readT(withEntry({ shardId: 1 })), 'v.index t: data file 1 of 1, counted from 0.'],
  [
    'an offset past the end',
    () => readT(withEntry({ offset: 8n })),
    'v.data-00000-of-00001 t: bytes 8 to 32 of a file of 24 bytes. The file is cut short or is of another checkpoint: copy it again.',
  ],
  [
    'a missing data file',
    async () => {
      const { index } = writeBundle({ t: FLOATS })
      return (await openBundle(fromBytes(index, 'v.index'), async () => undefined, 'v')).tensor('t')
    },
    'v.index t: the tensor is in v.data-00000-of-00001, which is not there. Put v.data-00000-of-00001 beside v.index.',
  ],
  [
    'a variant',
    () => readT({ t: { dtype: 'variant', shape: [], bytes: bytes(9) } }),
    "v.index t: a variant tensor, which only TensorFlow's own code can read.",
  ],
  [
    'a resource',
    () => readT({ t: { dtype: 'resource', shape: [], bytes: bytes(9) } }),
    "v.index t: a resource tensor, which only TensorFlow's own code can read.",
  ],
  [
    'too few bytes for strings',
    () => readT(withEntry({ size: 2n }, WORDS)),
    'v.data-00000-of-00001 0x0 t: 2 bytes cannot hold 3 strings, each has a length.',
  ],
  [
    'strings that are longer than the tensor',
    () => readT(withEntry({ size: 12n }, WORDS)),
    'v.data-00000-of-00001 0x7 t: strings of 7 bytes, and 5 are left for them.',
  ],
  [
    'a wrong checksum of strings',
    () => readT(withEntry({ crc32c: 1 }, WORDS)),
    'v.data-00000-of-00001 0xe t: the checksum of the strings is wrong. The file was damaged: copy it again.',
  ],
  [
    'lengths of strings in the other byte order',
    () => readT({ t: WORDS }, { header: { endianness: 1 } }),
    'v.data-00000-of-00001 0x7 t: the checksum of the string lengths is wrong. The file was damaged: copy it again.',
  ],
  [
    'a part outside',
    () => readT({ t: { dtype: 'int8', shape: [2, 2], parts: [part([extent(1, 2), ROW], 4)] } }),
    'v.index t: a part of the tensor reaches outside of its shape [2,2].',
  ],
  [
    'parts that overlap',
    () => readT({ t: { dtype: 'int8', shape: [2, 2], parts: [part([ROW, ROW], 4), part([extent(1, 1), ROW], 2)] } }),
    'v.index t: two parts of the tensor overlap.',
  ],
  [
    'parts with a gap',
    () => readT({ t: { dtype: 'int8', shape: [2, 2], parts: [part([extent(1, 1), ROW], 2)] } }),
    "v.index t: parts hold 2 of the tensor's 4 elements.",
  ],
  [
    'a part that is not there',
    () =>
      readT(
        withEntry({
          slices: [{ extent: [{ start: 0n, hasLengthHack: { case: 'length', value: 2n } }, {}] }],
          size: 0n,
        }),
      ),
    'v.index t 0,2:0,-1: the checkpoint has no such tensor.',
  ],
  [
    'strings in parts',
    () => readT({ t: { dtype: 'string', shape: [2], parts: [part([ROW], 2)] } }),
    'v.index t: a string tensor in parts, which TensorFlow cannot read either.',
  ],
  [
    'data beside parts',
    () => readT(withEntry({ size: 3n }, PARTS)),
    'v.index t: 3 bytes of a tensor in 2 parts, which has none itself.',
  ],
  [
    'a slice that is none',
    () => sliceT('2 3 all')({ t: FLOATS }),
    "v.index t: slice '2 3 all', expected a shape and extents as in '8 4 0,3:0,4'.",
  ],
  [
    'a slice of another shape',
    () => sliceT('3 2 0,1:0,1')({ t: FLOATS }),
    "v.index t: slice '3 2 0,1:0,1' of shape [3,2], the tensor has [2,3].",
  ],
  [
    'a slice outside',
    () => sliceT('2 3 0,1:2,2')({ t: FLOATS }),
    "v.index t: slice '2 3 0,1:2,2' reaches outside of [2,3].",
  ],
  ['a slice of strings', () => sliceT('3 1,1')({ t: WORDS }), 'v.index t: a slice of a string tensor.'],
  [
    'a newer format',
    () => readT({ t: FLOATS }, { header: { version: { producer: 3, minConsumer: 2 } } }),
    'v.index header: a bundle of version 3, whose readers must know version 2, and this one knows 1.',
  ],
  [
    'a format that excludes this reader',
    () => readT({ t: FLOATS }, { header: { version: { producer: 1, badConsumers: [1] } } }),
    'v.index header: a bundle of version 1, whose readers must know version 0, and this one knows 1.',
  ],
  [
    'an unknown byte order',
    () => readT({ t: FLOATS }, { header: { endianness: 2 as never } }),
    'v.index header: endianness 2, expected 0 (little) or 1 (big).',
  ],
  [
    'no data files',
    () => readT({ t: FLOATS }, { header: { numShards: 0 } }),
    'v.index header: 0 data files, a bundle has at least one.',
  ],
  [
    'no header',
    () => openBundle(fromBytes(tableFile([]), 'v.index'), shardsOf([]), 'v'),
    'v.index: no header, which every bundle has under the key "".',
  ],
  [
    'a V1 checkpoint',
    () => openBundle(fromBytes(tableFile([[utf8(''), Uint8Array.of(0x0a, 0)]]), 'v1'), shardsOf([]), 'v1'),
    'v1 header: this is a V1 checkpoint, and only V2 checkpoints are read. Save it again with tf.train.Saver(write_version=tf.train.SaverDef.V2).',
  ],
]
test.each(ERRORS)('refuses %s', async (_, attempt, message) => {
  await expect(attempt()).rejects.toMatchObject({ name: 'FreezeError', message })
})

/** Reads all that there is. */
async function readAll(index: Uint8Array, data: readonly Uint8Array[]) {
  const bundle = await openBundle(fromBytes(index, 'v.index'), shardsOf(data), 'v')
  return Promise.all(bundle.keys().map(key => bundle.tensor(key)))
}

describe('hostile bundles', () => {
  const { index, data, entries } = writeBundle({ w: FLOATS, s: WORDS, p: PARTS })

  test('cut short anywhere is refused', async () => {
    for (let length = 0; length < index.length; length++)
      await expect(readAll(index.subarray(0, length), data)).rejects.toMatchObject({ name: 'FreezeError' })
  })

  test('data cut short anywhere is refused', async () => {
    for (let length = 0; length < data[0]!.length; length++)
      await expect(readAll(index, [data[0]!.subarray(0, length)])).rejects.toMatchObject({ name: 'FreezeError' })
  })

  test('entries with any byte changed throw nothing but FreezeError', async () => {
    for (const [at, [key, value]] of entries.entries())
      for (let i = 0; i < value.length; i++)
        for (const byte of [0, 1, 0x7f, 0x80, 0xff, value[i]! ^ 8]) {
          const damaged = value.slice()
          damaged[i] = byte
          const result = await readAll(tableFile(entries.with(at, [key, damaged])), data).catch(e => e)
          expect(Array.isArray(result) || isFreezeError(result)).toBe(true)
        }
  })
})

/** Models of third parties, which are not in the repository. */
const MODELS = '../shared/models'
const indexes = existsSync(MODELS)
  ? readdirSync(MODELS, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.index'))
      .sort()
  : []
describe.skipIf(indexes.length === 0)(
  `real bundles${indexes.length === 0 ? ' (skipped: no ../shared/models here)' : ''}`,
  () => {
    test.each(indexes)('%s', async path => {
      const folder = join(MODELS, dirname(path))
      const openShard = async (name: string) =>
        existsSync(join(folder, name)) ? fromBytes(readFileSync(join(folder, name)), name) : undefined
      const source = fromBytes(readFileSync(join(MODELS, path)), basename(path))
      const bundle = await openBundle(source, openShard, basename(path, '.index'))
      expect(bundle.keys().length).toBeGreaterThan(0)
      for (const key of bundle.keys()) {
        const entry = bundle.entry(key)
        if (!(await openShard(bundle.shardName(entry.shard)))) {
          await expect(bundle.tensor(key)).rejects.toMatchObject({ code: 'missing' })
          continue
        }
        const { recipe } = await bundle.tensor(key)
        if (recipe.kind !== 'range') continue
        expect(crc32c(await recipe.source.read(recipe.offset, entry.size))).toBe(recipe.crc32c)
      }
    })
  },
)

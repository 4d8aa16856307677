/** SavedModels in chunks: `fixtures/chunked`, whose graph is split into the smallest parts, a large constant among them. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fromFiles } from '../../src/bytes/folder.ts'
import { type ByteSource, fromBytes, readAll } from '../../src/bytes/source.ts'
import { numbers } from '../../src/evaluate/array.ts'
import { openChunked } from '../../src/formats/chunks/chunked.ts'
import { mergeChunks } from '../../src/formats/chunks/merge.ts'
import type { ChunkedMessage } from '../../src/formats/chunks/metadata.ts'
import { decodeMessage } from '../../src/formats/protobuf/decode.ts'
import { scanMessage } from '../../src/formats/protobuf/scan.ts'
import { storedZip } from '../../src/formats/zip/stored.ts'
import { freeze } from '../../src/freeze/index.ts'
import { open } from '../../src/models/index.ts'
import { GraphDef, NodeDef } from '../../src/tensorflow/generated/messages.ts'
import { run } from '../../src/verify/run.ts'
import { bytesOf } from '../messages.ts'
import { utf8 } from './written.ts'

const file = (path: string): Uint8Array => new Uint8Array(readFileSync(`fixtures/chunked/${path}`))
const VARIABLES = ['variables/variables.index', 'variables/variables.data-00000-of-00001']
const PATHS = ['saved_model.cpb', ...VARIABLES]
const folder = fromFiles(PATHS.map(path => [path, fromBytes(file(path), path)]))
const archive = storedZip(new Map(PATHS.map(path => [`model/${path}`, file(path)])))
const plain = fromBytes(file('plain.cpb'), 'plain.cpb')

describe('frozen, it computes what TensorFlow does', () => {
  const recorded = JSON.parse(readFileSync('fixtures/chunked/tensorflow.json', 'utf8')) as Record<'x' | 'y', number[][]>
  test.each([
    ['its folder', () => open(folder)],
    [
      'its file, with the files beside it',
      async () => open((await folder.file('saved_model.cpb'))!, { siblings: folder }),
    ],
    ['chunks that are not compressed', () => open(plain, { siblings: folder })],
    ['an archive', () => open(fromBytes(archive, 'model.zip'))],
    [
      'the newest of its versions',
      () => open(fromFiles(PATHS.map(path => [`2/${path}`, fromBytes(file(path), path)]))),
    ],
  ])('%s', async (_, opened) => {
    const model = await opened()
    expect(model.kind).toBe('saved_model')
    const outputs = await run(await freeze(model), new Map([['x', recorded.x]]))
    const found = [...numbers(outputs.get('y')!)]
    expect(found).toHaveLength(48)
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(recorded.y.flat()[i]!, 5)
  })
})

test('compressed or not, the message is the same', async () => {
  const [packed, raw] = [await openChunked(fromBytes(file('saved_model.cpb'))), await openChunked(plain)]
  expect(Buffer.compare(await readAll(packed, 1e6), await readAll(raw, 1e6))).toBe(0)
})

describe('chunks are merged as protobuf merges', () => {
  const NODE = 1
  const node = (name: string) => ({ name, op: 'NoOp' })
  const graph = (...names: string[]): Uint8Array => bytesOf(GraphDef, { node: names.map(node) })
  const merge = async (message: ChunkedMessage, ...chunks: Uint8Array[]) => {
    const source = await mergeChunks(message, async index => fromBytes(chunks[index]!, 'm.cpb'), 'm.cpb')
    const { node } = decodeMessage(GraphDef, await readAll(source, 1e6), {})
    return node.map(bytes => decodeMessage(NodeDef, bytes, {}))
  }
  test('behind what is there, in the order of their numbers, then into elements', async () => {
    const into = (index: number, chunk: number) => ({
      path: [{ field: NODE, at: index }, { field: 5, at: 'value' }, { field: 2 }],
      message: { chunk, fields: [] },
    })
    const fields = [
      into(2, 3),
      { path: [], message: { chunk: 2, fields: [] } },
      { path: [], message: { chunk: 1, fields: [] } },
    ]
    const found = await merge({ chunk: 0, fields }, graph('a'), graph('b', 'c'), graph('d'), utf8('text'))
    expect(found.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
    expect(found[2]!.attr.get('value')?.value).toEqual({ $case: 's', value: utf8('text') })
    expect(found[1]!.attr.size).toBe(0)
  })
  test('the chunks of a chunk go into it', async () => {
    const inner: ChunkedMessage = { chunk: 1, fields: [{ path: [{ field: 2 }], message: { chunk: 2, fields: [] } }] }
    const found = await merge(
      { chunk: 0, fields: [{ path: [{ field: NODE, at: 1 }], message: inner }] },
      graph('a'),
      bytesOf(GraphDef, {}),
      utf8('Neg'),
    )
    expect(found.map(({ name, op }) => [name, op])).toEqual([
      ['a', 'NoOp'],
      ['', 'Neg'],
    ])
  })
  test('an element that is not there is refused', async () => {
    const fields = [{ path: [{ field: NODE, at: 4 }], message: { chunk: 1, fields: [] } }]
    await expect(merge({ chunk: 0, fields }, graph('a'), graph('b'))).rejects.toThrow(
      'm.cpb: a chunk belongs into element 4 of field 1, which has 1. Write the model again.',
    )
  })
})

test('records of another kind are told', async () => {
  const { writeRecords } = await import('../formats/riegeli-writer.ts')
  const { bytes } = writeRecords([utf8('a record'), Uint8Array.of(8, 1)])
  await expect(open(fromBytes(bytes, 'm.cpb'))).rejects.toThrow(
    'm.cpb: it holds records of another kind, and the chunks of a SavedModel were expected.',
  )
})

test('a large chunk is not read before it is asked for', async () => {
  const source: ByteSource = {
    name: 'large',
    size: 2 ** 40,
    read: async () => Promise.reject(new Error('it was read')),
  }
  const path = [{ field: 1, at: 0 }, { field: 5, at: 'value' }, { field: 8 }, { field: 4 }]
  const base = fromBytes(
    bytesOf(GraphDef, {
      node: [
        { name: 'c', op: 'Const' },
        { name: 'd', op: 'NoOp' },
      ],
    }),
  )
  const message = { chunk: 0, fields: [{ path, message: { chunk: 1, fields: [] } }] }
  const merged = await mergeChunks(message, async index => (index === 0 ? base : source), 'm.cpb')
  const scanned = await scanMessage(merged, GraphDef)
  const [first, second] = scanned.message.node.map(bytes => decodeMessage(NodeDef, bytes, {}))
  const value = first!.attr.get('value')?.value
  expect(value?.$case === 'tensor' && scanned.largeBytes(value.value.tensorContent)?.length).toBe(2 ** 40)
  expect(second!.name).toBe('d')
})

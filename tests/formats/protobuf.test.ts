import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { toText } from '@bufbuild/protobuf/txtpb'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { describe, expect, test } from 'vitest'
import { type ByteSource, fromBytes } from '../../src/bytes/source.ts'
import { isFreezeError } from '../../src/errors.ts'
import { scanMessage } from '../../src/formats/protobuf/scan.ts'
import { looksLikeText, sniffMessage } from '../../src/formats/protobuf/sniff.ts'
import { parseText } from '../../src/formats/protobuf/text.ts'
import { descriptor } from '../../src/tensorflow/descriptors.ts'
import {
  FunctionDef,
  GraphDef,
  MetaGraphDef,
  NodeDef,
  SavedModel,
  type TensorProto,
} from '../../src/tensorflow/generated/messages.ts'
import { bytesOf, type Init, message as messageOf, nodesOf } from '../messages.ts'
import { utf8 } from './bundle-writer.ts'

const LARGE = Uint8Array.from({ length: 3000 }, (_, i) => i)
const SMALL = Uint8Array.of(1, 2, 3, 4)

const constant = (name: string, tensorContent: Uint8Array) => ({
  name,
  op: 'Const',
  attr: {
    dtype: { value: { case: 'type' as const, value: 1 } },
    value: { value: { case: 'tensor' as const, value: { dtype: 1, tensorContent } } },
  },
})
const INIT: Init<GraphDef> = {
  node: [
    constant('small', SMALL),
    constant('large', LARGE),
    {
      name: 'negative',
      op: 'Reshape',
      input: ['large', 'small'],
      attr: { big: { value: { case: 'i', value: -(2n ** 63n) + 1n } }, s: { value: { case: 's', value: LARGE } } },
    },
  ],
  library: { function: [{ signature: { name: 'f' }, nodeDef: [constant('inner', LARGE.subarray(500))] }] },
  versions: { producer: 1087 },
}
const GRAPH = messageOf(GraphDef, INIT)
const BYTES = bytesOf(GraphDef, INIT)

const tensorOf = (node: Uint8Array | undefined): TensorProto => {
  const value = node && NodeDef.decode(node).attr.get('value')?.value
  if (value?.$case !== 'tensor') throw new Error('no tensor')
  return value.value
}
const scanGraph = (bytes: Uint8Array) => scanMessage(fromBytes(bytes, 'g.pb'), GraphDef)

describe('scanning', () => {
  test('leaves large bytes in the source, and only those', async () => {
    const { message, largeBytes } = await scanGraph(BYTES)
    const [small, large, negative] = message.node
    expect(tensorOf(small).tensorContent).toEqual(SMALL)
    expect(largeBytes(tensorOf(small).tensorContent)).toBeUndefined()
    for (const [node, expected] of [
      [large, LARGE],
      [FunctionDef.decode(message.library!.function[0]!).nodeDef[0], LARGE.subarray(500)],
    ] as const) {
      expect(tensorOf(node).tensorContent).toEqual(new Uint8Array(0))
      const { source, offset, length } = largeBytes(tensorOf(node).tensorContent)!
      expect(await source.read(offset, length)).toEqual(expected)
    }
    expect(NodeDef.decode(negative!)).toEqual(NodeDef.decode(GRAPH.node[2]!))
    expect(message.versions?.producer).toBe(1087)
  })

  test('reads a range of a source', async () => {
    const around = new Uint8Array(BYTES.length + 30)
    around.set(BYTES, 10)
    const range = { offset: 10, length: BYTES.length }
    const { message, largeBytes } = await scanMessage(fromBytes(around), GraphDef, range)
    const { source, offset, length } = largeBytes(tensorOf(message.node[1]).tensorContent)!
    expect(await source.read(offset, length)).toEqual(LARGE)
  })

  test('of a field that comes twice takes the last one', async () => {
    const tensor = (...contents: Uint8Array[]) =>
      contents.reduce((writer, content) => writer.tag(4, 2).bytes(content), new BinaryWriter()).finish()
    const node = (bytes: Uint8Array) => {
      const value = new BinaryWriter().tag(8, 2).bytes(bytes).finish()
      const entry = new BinaryWriter().tag(1, 2).string('value').tag(2, 2).bytes(value).finish()
      return new BinaryWriter().tag(1, 2).bytes(new BinaryWriter().tag(5, 2).bytes(entry).finish()).finish()
    }
    const smallLast = await scanGraph(node(tensor(LARGE, SMALL)))
    expect(tensorOf(smallLast.message.node[0]).tensorContent).toEqual(SMALL)
    expect(smallLast.largeBytes(tensorOf(smallLast.message.node[0]).tensorContent)).toBeUndefined()
    const largeLast = await scanGraph(node(tensor(SMALL, LARGE)))
    expect(tensorOf(largeLast.message.node[0]).tensorContent).toHaveLength(0)
    expect(largeLast.largeBytes(tensorOf(largeLast.message.node[0]).tensorContent)?.length).toBe(3000)
  })

  test('holds less than two windows of a large file', async () => {
    let largest = 0
    const node = Array.from({ length: 3 }, (_, i) => constant(`c${i}`, new Uint8Array(4e6)))
    const memory = fromBytes(bytesOf(GraphDef, { node }))
    let read = 0
    const source: ByteSource = {
      ...memory,
      read: (offset, length) => {
        largest = Math.max(largest, length)
        read += length
        return memory.read(offset, length)
      },
    }
    expect((await scanMessage(source, GraphDef)).message.node).toHaveLength(3)
    expect(largest).toBeLessThanOrEqual(1024 * 1024)
    expect(read).toBeLessThan(4e6)
  })

  test('is decoding, for messages longer than a window', async () => {
    const node = Array.from({ length: 9000 }, (_, i) => ({
      name: `node_${i}`,
      op: 'Conv2D',
      input: [`node_${i - 1}`, 'x'.repeat(i % 1500)],
      attr: { n: { value: { case: 'i' as const, value: BigInt(-i) } } },
    }))
    const bytes = bytesOf(GraphDef, { library: { function: [{ nodeDef: node }] }, node })
    const decoded = (graph: GraphDef) =>
      [graph.node, FunctionDef.decode(graph.library!.function[0]!).nodeDef].map(nodesOf)
    expect(decoded((await scanGraph(bytes)).message)).toEqual(decoded(GraphDef.decode(bytes)))
  })
})

const field = (number: number, content: Uint8Array) => new BinaryWriter().tag(number, 2).bytes(content).finish()
/** A node that says it is longer than the file. */
const long = Uint8Array.of(0x0a, 0xff, 0x7f, 0x0a)
/** An attribute that is longer than the node around it. */
const beyond = (() => {
  const bytes = field(1, field(5, new Uint8Array(2000)))
  bytes[4] = 0xff
  return new Uint8Array([...bytes, ...new Uint8Array(20000)])
})()
/** An attribute that is a function with an attribute that is a function … */
const nested = (depth: number) => {
  let value = new Uint8Array(1100) as Uint8Array
  for (let i = 0; i < depth; i++) value = field(10, field(2, field(2, value)))
  return field(1, field(5, field(2, value)))
}

const ERRORS: readonly (readonly [string, Uint8Array, string])[] = [
  [
    'a node longer than the file',
    long,
    'g.pb 0x3: a field of 16383 bytes ends at 16386, and the message ends at 4. The file is cut short or damaged: copy it again.',
  ],
  [
    'a field longer than the message around it',
    beyond,
    'g.pb 0x6: a field of 2047 bytes ends at 2053, and the message around it at 2006. The file is cut short or damaged: copy it again.',
  ],
  [
    'half a varint',
    Uint8Array.of(0x0a, 0x80),
    'g.pb 0x1: the message ends inside a varint. The file is cut short or damaged: copy it again.',
  ],
  [
    'an endless varint',
    new Uint8Array(30).fill(0xff),
    'g.pb 0x0: a varint runs past 10 bytes. The file is cut short or damaged: copy it again.',
  ],
  [
    'field 0',
    Uint8Array.of(0x02, 0x00),
    'g.pb 0x1: field number 0, which no message may have. The file is cut short or damaged: copy it again.',
  ],
  [
    'a group',
    Uint8Array.of(0x0b, 0x00),
    "g.pb 0x1: wire type 3, which no field of TensorFlow's messages has. The file is cut short or damaged: copy it again.",
  ],
  [
    'versions that are no message',
    Uint8Array.of(0x22, 1, 0x0a),
    'g.pb: the bytes are not a tensorflow.GraphDef (premature EOF).',
  ],
]
test.each(ERRORS)('refuses %s', async (_, bytes, message) => {
  await expect(scanGraph(bytes)).rejects.toMatchObject({ name: 'FreezeError', message })
})

test('refuses messages that nest without end', async () => {
  await expect(scanGraph(nested(200))).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringContaining('messages nest deeper than 100, which no model does.'),
  })
})

describe('hostile messages', () => {
  test('cut short at any byte are refused or are shorter graphs', async () => {
    for (let length = 0; length < BYTES.length; length += length < 200 ? 1 : 37) {
      const result = await scanGraph(BYTES.subarray(0, length)).catch(e => e)
      expect('message' in result || isFreezeError(result, 'truncated', 'corrupt')).toBe(true)
      if (result instanceof Error) expect(isFreezeError(result)).toBe(true)
    }
  })

  test('with a bit flipped throw nothing but FreezeError', async () => {
    for (let i = 0; i < BYTES.length * 8; i += i < 2000 ? 1 : 61) {
      const damaged = BYTES.slice()
      damaged[i >> 3]! ^= 1 << (i & 7)
      const result = await scanGraph(damaged).catch(e => e)
      if (result instanceof Error) expect(isFreezeError(result)).toBe(true)
    }
  })
})

describe('text', () => {
  const parse = (text: string) => parseText(fromBytes(utf8(text), 'g.pbtxt'), GraphDef)

  test('is the message', async () => {
    const whole = descriptor(GraphDef.$type)
    expect(await parse(toText(whole, fromBinary(whole, BYTES)))).toEqual(GRAPH)
  })

  const BAD: readonly (readonly [string, string, string])[] = [
    [
      'an unknown field',
      'node {\n  name: "a"\n  opp: "B"\n}\nnode {\n}\n',
      'g.pbtxt line 3: the text is not a tensorflow.GraphDef (unknown field "opp" for message tensorflow.NodeDef).',
    ],
    [
      'no end',
      'node {\n  name: "a"\n',
      'g.pbtxt line 2: the text is not a tensorflow.GraphDef (unexpected end of input, expected "}").',
    ],
  ]
  test.each(BAD)('refuses %s', async (_, text, message) => {
    await expect(parse(text)).rejects.toMatchObject({ name: 'FreezeError', code: 'corrupt', message })
  })

  test('refuses what is not UTF-8', async () => {
    const source = fromBytes(Uint8Array.of(0x6e, 0xff), 'g.pbtxt')
    await expect(parseText(source, GraphDef)).rejects.toMatchObject({
      message: 'g.pbtxt: the text is not UTF-8.',
    })
  })
})

describe('recognising', () => {
  const metaGraph = {
    metaInfoDef: { strippedOpList: { op: [{ name: 'Add' }] }, tags: ['serve'] },
    graphDef: INIT,
  }
  const ROWS: readonly (readonly [string, Uint8Array | string, string | undefined])[] = [
    [
      'a SavedModel',
      bytesOf(SavedModel, { savedModelSchemaVersion: 1n, metaGraphs: [metaGraph] }),
      'SavedModel binary',
    ],
    ['a GraphDef', BYTES, 'GraphDef binary'],
    ['a GraphDef cut short', BYTES.subarray(0, 60), 'GraphDef binary'],
    ['a GraphDef without nodes', bytesOf(GraphDef, { versions: { producer: 9 } }), 'GraphDef binary'],
    ['a MetaGraphDef', bytesOf(MetaGraphDef, metaGraph), 'MetaGraphDef binary'],
    ['a MetaGraphDef without information', bytesOf(MetaGraphDef, { graphDef: INIT }), 'MetaGraphDef binary'],
    [
      'a SavedModel of schema version 0, which is not written down',
      bytesOf(SavedModel, { metaGraphs: [metaGraph] }),
      'SavedModel binary',
    ],
    ['the text of a SavedModel', 'saved_model_schema_version: 1\nmeta_graphs {\n}', 'SavedModel text'],
    ['the text of a GraphDef', '# A comment.\n\nnode {\n name: "a"\n}', 'GraphDef text'],
    ['the text of a MetaGraphDef', 'meta_info_def <>', 'MetaGraphDef text'],
    ['text of something else', 'layer { name: "data" }', undefined],
    ['JSON', '{"node": []}', undefined],
    ['ONNX', Uint8Array.of(0x08, 7, 0x12, 5, ...utf8('keras')), undefined],
    ['a number alone', Uint8Array.of(0x08, 1), undefined],
    ['HDF5', Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a), undefined],
    ['zip', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0), undefined],
    ['nothing', '', undefined],
  ]
  test.each(ROWS)('%s', async (_, input, expected) => {
    const bytes = typeof input === 'string' ? utf8(input) : input
    const sniff = await sniffMessage(fromBytes(bytes))
    expect(sniff && `${sniff.message} ${sniff.form}`).toBe(expected)
    if (typeof input !== 'string') expect(looksLikeText(bytes)).toBe(false)
  })
})

const MODELS = '../shared/models'
const savedModels = existsSync(MODELS)
  ? readdirSync(MODELS, { recursive: true, encoding: 'utf8' })
      .filter(path => /saved_model\.pb(txt)?$/.test(path))
      .sort()
  : []
describe.skipIf(savedModels.length === 0)(
  `real models${savedModels.length === 0 ? ' (skipped: no ../shared/models here)' : ''}`,
  () => {
    test.each(savedModels)('%s', async path => {
      const source = fromBytes(readFileSync(join(MODELS, path)), basename(path))
      const form = path.endsWith('txt') ? 'text' : 'binary'
      expect(await sniffMessage(source)).toEqual({ message: 'SavedModel', form })
      const message =
        form === 'text' ? await parseText(source, SavedModel) : (await scanMessage(source, SavedModel)).message
      expect(message.metaGraphs.length).toBeGreaterThan(0)
    })
  },
)

/** SavedModels: metagraphs, signatures, assets, what loads them. */
import { describe, expect, test } from 'vitest'
import { readAssets } from '../../src/models/assets.ts'
import { open } from '../../src/models/index.ts'
import type { SignatureTensor } from '../../src/models/model.ts'
import { MetaGraphDef, SavedModel } from '../../src/tensorflow/generated/messages.ts'
import { writeBundle } from '../formats/bundle-writer.ts'
import { bytesOf, message as messageOf } from '../messages.ts'
import { floats } from './state/loading.ts'
import {
  assetCollection,
  folder,
  type MetaGraphInit,
  metaGraph,
  noOp,
  placeholder,
  savedModel,
  savedModelBytes,
  tensorInfo,
  utf8,
  variable,
} from './written.ts'

const entry = ({ key, value, dtype, shape }: SignatureTensor) => [key, `${value}`, dtype, shape]

describe('metagraphs', () => {
  const two = savedModel([metaGraph(['train', 'serve']), metaGraph(['serve']), metaGraph([])])
  for (const [what, given, tags, found] of [
    ['serve by default', two, undefined, ['serve']],
    ['by set equality', two, ['serve', 'train'], ['train', 'serve']],
    ['the empty set', two, [''], []],
    ['the only one', savedModel([metaGraph(['eval'])]), undefined, ['eval']],
  ] as const) {
    test(what, async () => {
      const model = await open(given, tags ? { tags } : {})
      expect(model.tags).toEqual(found)
    })
  }

  test('all are summarised', async () => {
    const { metagraphs, name, kind, writer } = await open(two)
    expect({ name, kind, writer }).toEqual({ name: 'model', kind: 'saved_model', writer: 'TensorFlow 2.9.9' })
    expect(metagraphs.map(m => m.tags)).toEqual([['train', 'serve'], ['serve'], []])
    expect(metagraphs.map(m => m.signatures)).toEqual([['serving_default'], ['serving_default'], ['serving_default']])
  })

  for (const [what, given, tags, message] of [
    [
      'wrong tags',
      two,
      ['gpu', 'a'],
      "saved_model.pb: no metagraph has the tags 'a,gpu'; the model has 'serve,train' and 'serve' and ''. " +
        "Choose one of these with --tags, for example --tags 'serve,train'.",
    ],
    [
      'none tagged serve',
      savedModel([metaGraph(['a']), metaGraph(['b'])]),
      undefined,
      "saved_model.pb: none of the 2 metagraphs is tagged 'serve'; the model has 'a' and 'b'. " +
        "Choose one of these with --tags, for example --tags 'a'.",
    ],
    [
      'none at all',
      folder({ 'saved_model.pb': Uint8Array.of(8, 1) }),
      undefined,
      'saved_model.pb: the SavedModel holds no metagraph. Export the model again.',
    ],
  ] as const) {
    test(what, async () => {
      await expect(open(given, tags ? { tags } : {})).rejects.toThrow(expect.objectContaining({ message }))
    })
  }
})

describe('signatures', () => {
  test('plain, sparse and composite entries, sorted by key', async () => {
    const sparse = {
      encoding: {
        case: 'cooSparse' as const,
        value: { valuesTensorName: 'v:0', indicesTensorName: 'i:0', denseShapeTensorName: 's:0' },
      },
      dtype: 1,
      tensorShape: { dim: [{ size: -1n }, { size: 4n }] },
    }
    const ragged = {
      encoding: {
        case: 'compositeTensor' as const,
        value: { typeSpec: { typeSpecClass: 3 }, components: [tensorInfo('v:0', [-1]), tensorInfo('i:0', [-1])] },
      },
    }
    const inputs = { z: tensorInfo('x:0'), s: sparse, r: ragged }
    const signatureDef = {
      f: { inputs, outputs: { out: { ...tensorInfo('y:0'), tensorShape: { unknownRank: true } } }, methodName: 'm' },
      __saved_model_init_op: { outputs: { __saved_model_init_op: tensorInfo('x') } },
    }
    const nodes = [placeholder('v'), placeholder('i', 9), placeholder('s', 9)]
    const { signatures } = await open(savedModel([metaGraph(['serve'], { signatureDef }, nodes)]))
    expect([...signatures.keys()]).toEqual(['f'])
    const { method, ...f } = signatures.get('f')!
    expect(method).toBe('m')
    expect(f.inputs.map(entry)).toEqual([
      ['r/values', 'v', 'float32', [null]],
      ['r/row_splits_0', 'i', 'float32', [null]],
      ['s/values', 'v', 'float32', [null]],
      ['s/indices', 'i', 'int64', [null, 2]],
      ['s/dense_shape', 's', 'int64', [2]],
      ['z', 'x', 'float32', [null, 2]],
    ])
    expect(f.outputs.map(entry)).toEqual([['out', 'y', 'float32', null]])
  })

  for (const tensor of ['gone:0', 'y:1']) {
    test(`a tensor that is not there: ${tensor}`, async () => {
      const signatureDef = { f: { outputs: { out: tensorInfo(tensor) } } }
      await expect(open(savedModel([metaGraph(['serve'], { signatureDef })]))).rejects.toThrow(
        `saved_model.pb: 'out' of the signature 'f' names the tensor '${tensor}', which the graph does not have. ` +
          'The model contradicts itself: export it again.',
      )
    })
  }
})

describe('state', () => {
  test('a variable by its name', async () => {
    const { index, data } = writeBundle({ w: { dtype: 'float32', shape: [2], bytes: floats(1, 2) } })
    const files = { 'variables/variables.index': index, 'variables/variables.data-00000-of-00001': data[0]! }
    const model = await open(savedModel([metaGraph(['serve'], {}, [variable('w')])], files))
    expect((await model.variables.resolve(model.graph.node('w')!)).value.shape).toEqual([2])
    expect((await model.variables.list()).map(v => v.name)).toEqual(['w'])
  })

  test('the graph’s file alone opens; a value that is needed is missing', async () => {
    const bytes = savedModelBytes([metaGraph(['serve'], {}, [variable('w')])])
    const model = await open((await folder({ 'other.pb': bytes }).file('other.pb'))!)
    await expect(model.variables.resolve(model.graph.node('w')!)).rejects.toThrow(
      'w: variable float32[2]: its value lies in variables/variables.index, which is not there. ' +
        'Give the whole SavedModel folder, with its variables folder.',
    )
  })

  test('a checkpoint of the first format is told from one that is not there', async () => {
    const model = await open(
      savedModel([metaGraph(['serve'], {}, [variable('w')])], { 'variables/variables': floats(1) }),
    )
    await expect(model.variables.resolve(model.graph.node('w')!)).rejects.toThrow(
      "variables/variables: this is a checkpoint of TensorFlow's first format (V1), which is not supported. " +
        'Restore it in TensorFlow and save it again: its savers write the second.',
    )
  })

  test('assets of either list, as files', async () => {
    const files = folder({ 'assets/a.txt': utf8('hello') })
    const newer = messageOf(MetaGraphDef, { assetFileDef: [{ tensorInfo: tensorInfo('p:0'), filename: 'a.txt' }] })
    const older = messageOf(MetaGraphDef, { collectionDef: { saved_model_assets: assetCollection('p', 'a.txt') } })
    for (const assets of [readAssets(newer, files), readAssets(older, files)]) {
      expect(assets.nameFor('p:0')).toBe('a.txt')
      expect((await assets.open('a.txt')).size).toBe(5)
      await expect(assets.open('b.txt')).rejects.toThrow(
        "assets/b.txt: the asset 'b.txt' is not there. Copy the whole SavedModel, with its assets folder.",
      )
      await expect(assets.open('../../../etc/passwd')).rejects.toThrow(
        'model assets/../../../etc/passwd: the path leads out of the folder.',
      )
    }
  })

  const contradictions: [string, MetaGraphInit, string][] = [
    [
      'an init op that is not there',
      { signatureDef: { __saved_model_init_op: { outputs: { __saved_model_init_op: tensorInfo('gone') } } } },
      "the signature __saved_model_init_op names the op 'gone', which the graph does not have. The model contradicts itself: export it again.",
    ],
    [
      'two main ops',
      {
        collectionDef: {
          saved_model_main_op: { kind: { case: 'nodeList' as const, value: { value: ['init', 'x'] } } },
        },
      },
      'the collection saved_model_main_op has 2 entries, and names one op.',
    ],
    [
      'a restore op that is not there',
      { saverDef: { restoreOpName: 'save/restore_all' } },
      "the saver names the op 'save/restore_all', which the graph does not have. The model contradicts itself: export it again.",
    ],
  ]
  for (const [what, more, message] of contradictions) {
    test(what, async () => {
      await expect(open(savedModel([metaGraph(['serve'], more, [noOp('init')])]))).rejects.toThrow(
        expect.objectContaining({ message }),
      )
    })
  }
})

test('text is read where there is no binary file, and not where there is', async () => {
  const text = `saved_model_schema_version: 1
meta_graphs {
  meta_info_def { tags: "serve" }
  graph_def { node { name: "p" op: "NoOp" } }
}`
  const model = await open(folder({ 'saved_model.pbtxt': utf8(text) }))
  expect([...model.graph.nodes].map(n => n.name)).toEqual(['p'])
  const both = folder({ 'saved_model.pbtxt': utf8(text), 'saved_model.pb': Uint8Array.of(8, 1, 18) })
  await expect(open(both)).rejects.toThrow(/^saved_model\.pb /)
})

test('every prefix of a SavedModel is refused', async () => {
  const bytes = bytesOf(SavedModel, { metaGraphs: [metaGraph(['serve'])], savedModelSchemaVersion: 1n })
  for (let length = 0; length < bytes.length; length++) {
    await expect(open(folder({ 'saved_model.pb': bytes.subarray(0, length) }))).rejects.toThrow(
      expect.objectContaining({ name: 'FreezeError' }),
    )
  }
})

/** What an input is taken for, by its content. */
import { describe, expect, test } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { detect, INPUT_KINDS, open } from '../../src/models/index.ts'
import { folder, metaGraph, savedModel, savedModelBytes, utf8 } from './written.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)
const at = (offset: number, content: Uint8Array) => {
  const all = new Uint8Array(offset + content.length + 512)
  all.set(content, offset)
  return all
}
const HDF5 = bytes(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a)
const TABLE = bytes(0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb)
const RIEGELI = bytes(0x83, 0xaf, 0x70, 0xd1, 0x0d, 0x88, 0x4a, 0x3f)
const META = 'graph_def { node { name: "p" op: "NoOp" } }'

describe('recognised', () => {
  for (const [what, input, kind] of [
    ['a SavedModel’s folder', savedModel([metaGraph(['serve'])]), 'saved_model'],
    ['its file under any name', fromBytes(savedModelBytes([metaGraph(['serve'])]), 'frozen.pb'), 'saved_model'],
    ['its text', fromBytes(utf8('saved_model_schema_version: 1'), 'x'), 'saved_model'],
    ['HDF5', fromBytes(at(0, HDF5), 'model'), 'keras_h5'],
    ['HDF5 behind a user block', fromBytes(at(1024, HDF5), 'model'), 'keras_h5'],
    ['a graph', fromBytes(utf8('node { name: "p" op: "NoOp" }'), 'x'), 'graphdef'],
    ['a .meta file', fromBytes(utf8(META), 'x'), 'checkpoint'],
    ['an index', fromBytes(at(0, TABLE).subarray(0, 8), 'x'), 'checkpoint'],
    ['a folder of a checkpoint', folder({ checkpoint: utf8(''), 'model.ckpt-1.meta': utf8('') }), 'checkpoint'],
    ['a chunked SavedModel', fromBytes(at(0, RIEGELI), 'x'), 'saved_model'],
    ['its folder', folder({ 'saved_model.cpb': RIEGELI }), 'saved_model'],
    ['TensorFlow Lite', fromBytes(at(4, utf8('TFL3')), 'x'), 'tflite'],
  ] as const) {
    test(what, async () => {
      expect((await detect(input)).kind.kind).toBe(kind)
    })
  }
})

describe('of the files around a file, those belong to its model', () => {
  const around =
    'a.meta a.index a.data-00000-of-00001 a1.meta variables/variables.index variables.index a_0.weights.h5 sub/a.index'
  for (const [kind, main, parts] of [
    ['saved_model', 'saved_model.pb', 'variables/variables.index'],
    ['checkpoint', 'a.meta', 'a.meta a.index a.data-00000-of-00001'],
    ['keras_v3', 'a_0.weights.json', 'a_0.weights.h5'],
  ] as const) {
    test(kind, () => {
      const { isPart } = INPUT_KINDS.find(known => known.kind === kind)!
      expect(around.split(' ').filter(path => isPart!(path, main))).toEqual(parts.split(' '))
    })
  }
})

describe('refused', () => {
  const expected =
    'Give a SavedModel folder, a Keras .h5 or .keras file, a frozen graph (.pb, .pbtxt), a TensorFlow 1 checkpoint, a TF.js model.json, or an archive of one of these.'
  for (const [what, input, message] of [
    [
      'an empty file',
      fromBytes(bytes(), 'm.pb'),
      'm.pb: the file is empty. It was not copied whole: copy or export it again.',
    ],
    [
      'ten bytes',
      fromBytes(bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 'm.pb'),
      `m.pb: this text file is not a model that tfreeze knows. ${expected}`,
    ],
    [
      'a web page',
      fromBytes(utf8('\n<!DOCTYPE html><html>'), 'm.pb'),
      'm.pb: this is a web page, not a model. Download the file itself, not the page that shows it.',
    ],
    [
      'a git-lfs pointer',
      fromBytes(utf8('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'), 'm.pb'),
      "m.pb: this is git's pointer to a large file, not the file. Fetch it with: git lfs pull.",
    ],
    ['an empty folder', folder({}, 'm'), `m: the folder is empty. ${expected}`],
    [
      'a folder of other things',
      folder({ 'a.txt': utf8('a'), 'b/c.txt': utf8('c') }, 'm'),
      `m: the folder does not hold a model, only a.txt, b/c.txt. ${expected}`,
    ],
    [
      'a folder around a model',
      folder({ 'export/saved_model.pb': utf8('') }, 'm'),
      'm: the folder is not a model, but export inside it is. Give m/export.',
    ],
    [
      'a graph under the name of a SavedModel',
      folder({ 'saved_model.pbtxt': utf8('node { name: "p" op: "NoOp" }') }),
      'saved_model.pbtxt: it holds a GraphDef, and a SavedModel was expected. Give the file itself if it is a frozen graph; else export the model again.',
    ],
  ] as const) {
    test(what, async () => {
      await expect(open(input)).rejects.toThrow(expect.objectContaining({ message }))
    })
  }
})

test('a file of a SavedModel is opened with the folder it lies in', async () => {
  const siblings = savedModel([metaGraph(['serve'])])
  const model = await open((await siblings.file('saved_model.pb'))!, { siblings })
  expect([model.kind, model.name]).toEqual(['saved_model', 'model'])
})

test('a graph alone has no values', async () => {
  const text =
    'node { name: "v" op: "VarHandleOp" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { } } } }'
  const model = await open(fromBytes(utf8(text), 'g.pbtxt'))
  expect(model.kind).toBe('graphdef')
  await expect(model.variables.resolve(model.graph.node('v')!)).rejects.toThrow(
    'g.pbtxt v: this VarHandleOp has no value: the file holds a graph alone, without a checkpoint. ' +
      'Give the SavedModel folder that the graph is from, or a graph that is frozen.',
  )
})

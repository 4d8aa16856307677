/** Checkpoints of TensorFlow 1: which files belong together, and what is refused. */
import { describe, expect, test } from 'vitest'
import type { Folder, Input } from '../../src/bytes/source.ts'
import { open } from '../../src/models/index.ts'
import { openTensor } from '../../src/tensor/read.ts'
import { MetaGraphDef } from '../../src/tensorflow/generated/messages.ts'
import { writeBundle } from '../formats/bundle-writer.ts'
import { bytesOf } from '../messages.ts'
import { floats } from './state/loading.ts'
import { folder, metaGraph, utf8, variable } from './written.ts'

const META = bytesOf(MetaGraphDef, metaGraph([], {}, [variable('w')]))

/** The files of a prefix, whose variable `w` is [value, value]. */
function saved(prefix: string, value: number): Record<string, Uint8Array> {
  const { index, data } = writeBundle({ w: { dtype: 'float32', shape: [2], bytes: floats(value, value) } })
  return { [`${prefix}.meta`]: META, [`${prefix}.index`]: index, [`${prefix}.data-00000-of-00001`]: data[0]! }
}

const two = { ...saved('m-1', 1), ...saved('m-2', 2) }
const file = async (files: Record<string, Uint8Array>, name: string): Promise<{ input: Input; siblings: Folder }> => {
  const siblings = folder(files, 'run')
  return { input: (await siblings.file(name))!, siblings }
}
const whole = async (files: Record<string, Uint8Array>) => ({ input: folder(files, 'run') })

describe('opened', () => {
  for (const [what, given, name, value] of [
    ['by its .meta file', () => file(two, 'm-1.meta'), 'm-1', 1],
    ['by its index', () => file(two, 'm-2.index'), 'm-2', 2],
    ['the only one of a folder', () => whole(saved('m-1', 1)), 'm-1', 1],
    [
      'the latest of a folder, which may have been moved',
      () =>
        whole({
          ...two,
          checkpoint: utf8('model_checkpoint_path: "/elsewhere/m-2"\nall_model_checkpoint_paths: "m-1"'),
        }),
      'm-2',
      2,
    ],
    [
      'the only one of a folder that names another',
      () => whole({ ...saved('m-1', 1), checkpoint: utf8('model_checkpoint_path: "m-9"') }),
      'm-1',
      1,
    ],
    ['with its graph as text', () => whole({ ...saved('m', 3), 'm.meta': utf8(TEXT) }), 'm', 3],
  ] as const) {
    test(what, async () => {
      const { input, ...options } = await given()
      const model = await open(input, options)
      expect([model.kind, model.name]).toEqual(['checkpoint', name])
      const value0 = await openTensor((await model.variables.resolve(model.graph.node('w')!)).value).read(0, 1)
      expect(value0).toEqual(floats(value))
    })
  }
})

const TEXT = `meta_info_def { } graph_def { node { name: "w" op: "VarHandleOp"
  attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: 2 } } } } } }`

const NO_GRAPH =
  'If Keras saved it, give the JSON of model.to_json() with --architecture. If it is the variables folder of a SavedModel, give the folder around it. Else load it in TensorFlow and save it as a SavedModel.'

describe('refused', () => {
  const { 'm-1.meta': _, ...withoutGraph } = saved('m-1', 1)
  for (const [what, given, message] of [
    [
      'weights without a graph',
      () => whole(withoutGraph),
      `run: this is a checkpoint without its graph: m-1.meta is not there. ${NO_GRAPH}`,
    ],
    [
      'an index alone',
      () => file({ 'm.index': withoutGraph['m-1.index']! }, 'm.index'),
      `m.index: this is a checkpoint without its graph: m.meta is not there. ${NO_GRAPH}`,
    ],
    [
      'several, and none is the latest',
      () => whole(two),
      'run: the folder holds the checkpoints m-1, m-2, and does not say which is the latest. Give the .meta file of one.',
    ],
  ] as const) {
    test(what, async () => {
      const { input, ...options } = await given()
      await expect(open(input, options)).rejects.toThrow(expect.objectContaining({ message }))
    })
  }

  test('a graph without weights, when one is needed', async () => {
    const model = await open((await file({ 'm.meta': META }, 'm.meta')).input)
    await expect(model.variables.resolve(model.graph.node('w')!)).rejects.toThrow(
      'w: variable float32[2]: its value lies in m.index, which is not there. Put m.index and m.data-… beside m.meta.',
    )
  })

  test('weights of the first format, when one is needed', async () => {
    const model = await open((await whole({ 'm.meta': META, m: withoutGraph['m-1.index']! })).input)
    await expect(model.variables.resolve(model.graph.node('w')!)).rejects.toThrow(
      "m: this is a checkpoint of TensorFlow's first format (V1), which is not supported. " +
        'Restore it in TensorFlow and save it again: its savers write the second.',
    )
  })
})

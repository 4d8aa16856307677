/** Bad input: exit status 1, one message with what to do, and nothing at OUT but what was there. */
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { shapeToProto } from '../../src/graph/proto/attr-value.ts'
import { NodeDef, SavedModel } from '../../src/tensorflow/generated/messages.ts'
import { writeBundle } from '../formats/bundle-writer.ts'
import { samples } from '../robustness/samples.ts'
import { copyFixture, FIXTURES, inFolder, put } from './folder.ts'
import { printed, tfreeze } from './run.ts'

inFolder()

const DATA = 'variables/variables.data-00000-of-00001'
const INDEX = 'variables/variables.index'
const SMALL = (await samples()).find(({ name }) => name === 'tensorflow2/saved_model.pb')!.files

type Change = (bytes: Uint8Array) => Uint8Array | undefined

/** Writes a small SavedModel as `model/`, with some of its files changed, or left out where they become nothing. */
function model(changes: Readonly<Record<string, Change>> = {}): void {
  for (const [path, bytes] of Object.entries(SMALL)) {
    const changed = changes[path] ? changes[path](bytes) : bytes
    if (changed) put(`model/${path}`, changed)
  }
}
const flipped =
  (at: number): Change =>
  bytes =>
    bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
const cut =
  (by: number): Change =>
  bytes =>
    bytes.subarray(0, bytes.length - by)
const gone: Change = () => undefined

/** A model of 2.4 GB: the weights are a hole in a file. */
function large(): void {
  const shape = [30_000, 20_000]
  const bytes = 4 * shape[0]! * shape[1]!
  const small = { dtype: 'float32', shape: [2], bytes: new Uint8Array(8) } as const
  const { index } = writeBundle({
    kernel: { dtype: 'float32', shape, bytes: new Uint8Array(0), entry: { size: BigInt(bytes) } },
    bias: { ...small, entry: { offset: BigInt(bytes) } },
  })
  model({ [INDEX]: () => index, 'saved_model.pb': resized(shape) })
  truncateSync(`model/${DATA}`, bytes + 8)
}

/** The small model, whose weights have another shape. */
const resized =
  (shape: readonly number[]): Change =>
  bytes => {
    const message = SavedModel.decode(bytes)
    const graph = message.metaGraphs[0]!.graphDef!
    graph.node = graph.node.map(bytes => {
      const node = NodeDef.decode(bytes)
      if (node.name === 'w') node.attr.set('shape', { value: { $case: 'shape', value: shapeToProto(shape) } })
      return NodeDef.encode(node).finish()
    })
    return SavedModel.encode(message).finish()
  }

interface Row {
  readonly what: string
  readonly given?: () => void
  readonly args?: readonly string[]
  readonly message: string
}

const rows: readonly Row[] = [
  { what: 'nothing there', args: ['nowhere'], message: 'nowhere: there is no such file or folder. Check the path.' },
  {
    what: 'an empty file',
    given: () => put('m.pb', ''),
    args: ['m.pb'],
    message: 'm.pb: the file is empty. It was not copied whole: copy or export it again.',
  },
  {
    what: 'a file of ten bytes',
    given: () => put('m.pb', 'ten bytes!'),
    args: ['m.pb'],
    message:
      'm.pb: this text file is not a model that tfreeze knows. Give a SavedModel folder, a Keras .h5 or .keras file, a frozen graph (.pb, .pbtxt), a TensorFlow 1 checkpoint, a TF.js model.json, or an archive of one of these.',
  },
  {
    what: 'a page',
    given: () => put('m.pb', '<!DOCTYPE html>\n<html>'),
    args: ['m.pb'],
    message: 'm.pb: this is a web page, not a model. Download the file itself, not the page that shows it.',
  },
  {
    what: "git's pointer",
    given: () => put('m.pb', 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n'),
    args: ['m.pb'],
    message: "m.pb: this is git's pointer to a large file, not the file. Fetch it with: git lfs pull.",
  },
  {
    what: 'an empty folder',
    given: () => mkdirSync('model'),
    message:
      'model: the folder is empty. Give a SavedModel folder, a Keras .h5 or .keras file, a frozen graph (.pb, .pbtxt), a TensorFlow 1 checkpoint, a TF.js model.json, or an archive of one of these.',
  },
  {
    what: 'a folder of other files',
    given: () => put('model/readme.txt', 'x'),
    message:
      'model: the folder does not hold a model, only readme.txt. Give a SavedModel folder, a Keras .h5 or .keras file, a frozen graph (.pb, .pbtxt), a TensorFlow 1 checkpoint, a TF.js model.json, or an archive of one of these.',
  },
  {
    what: 'a folder around the model',
    given: () => copyFixture('digits', 'model/export'),
    message: 'model: the folder is not a model, but export inside it is. Give model/export.',
  },
  {
    what: 'a folder around several models',
    given: () => {
      copyFixture('digits', 'model/a')
      copyFixture('keras/nested.k3.h5', 'model/b.h5')
    },
    message: 'model: the folder holds 2 models: a, b.h5. Give one of them, for example model/a.',
  },
  {
    what: 'the variables folder',
    given: () => model(),
    args: ['model/variables'],
    message:
      'variables: this is a checkpoint without its graph: variables.meta is not there. If Keras saved it, ' +
      'give the JSON of model.to_json() with --architecture. If it is the variables folder of a ' +
      'SavedModel, give the folder around it. Else load it in TensorFlow and save it as a SavedModel.',
  },
  {
    what: 'saved_model.pb without its folder',
    given: () => put('alone/saved_model.pb', SMALL['saved_model.pb']!),
    args: ['alone/saved_model.pb'],
    message:
      'alone/saved_model.pb w: variable float32[2,2]: its value lies in variables/variables.index, which is not there. Give ' +
      'the whole SavedModel folder, with its variables folder.',
  },
  {
    what: 'a cut graph',
    given: () => model({ 'saved_model.pb': cut(40) }),
    message:
      'saved_model.pb 0x5: a field of 3175 bytes ends at 3180, and the message at 3140. The file is cut ' +
      'short or damaged: copy it again.',
  },
  {
    what: 'a cut index',
    given: () => model({ [INDEX]: cut(10) }),
    message:
      'variables.index 0x8d footer: the magic number is 0x0000000000000000, a table ends in ' +
      '0xdb4775248b80fb57. The file is cut short, or is not the index of a checkpoint.',
  },
  {
    what: 'a damaged index',
    given: () => model({ [INDEX]: flipped(20) }),
    message:
      'variables.index 0x0 data block: checksum 0xf8894892 of a block, 0x1975bedb is stored. The file ' +
      'was damaged: copy it again.',
  },
  {
    what: 'no index',
    given: () => model({ [INDEX]: gone }),
    message:
      'model w: variable float32[2,2]: its value lies in variables/variables.index, which is not there. Give ' +
      'the whole SavedModel folder, with its variables folder.',
  },
  {
    what: 'a missing shard',
    given: () => model({ [DATA]: gone }),
    message:
      'variables.index kernel: the tensor is in variables.data-00000-of-00001, which is not there. Put ' +
      'variables.data-00000-of-00001 beside variables.index.',
  },
  {
    what: 'cut weights',
    given: () => model({ [DATA]: cut(9) }),
    message:
      'variables.data-00000-of-00001 kernel: bytes 0 to 16 of a file of 15 bytes. The file is cut short ' +
      'or is of another checkpoint: copy it again.',
  },
  {
    what: 'a wrong checksum',
    given: () => model({ [DATA]: flipped(12) }),
    message:
      'variables.data-00000-of-00001 0x0 kernel: the checksum of the 16 bytes here is 0x43ffc3b2, and ' +
      '0x9eba690a is recorded. The file is damaged: copy it again or save it anew.',
  },
  {
    what: 'no asset',
    given: () => model({ 'assets/words.txt': gone }),
    message:
      "assets/words.txt: the asset 'words.txt' is not there. Copy the whole SavedModel, with its assets " + 'folder.',
  },
  {
    what: 'wrong tags',
    given: () => model(),
    args: ['model', '--tags', 'serve,gpu'],
    message:
      "saved_model.pb: no metagraph has the tags 'gpu,serve'; the model has 'serve'. Choose one of " +
      "these with --tags, for example --tags 'serve'.",
  },
  {
    what: 'a wrong signature',
    given: () => copyFixture('digits', 'model'),
    args: ['model', '--signature', 'serving_defualt'],
    message:
      "model: no signature is called 'serving_defualt'. It has serve, serving_default: did you mean " +
      'serving_default?',
  },
  {
    what: 'a wrong output',
    given: () => copyFixture('digits', 'model'),
    args: ['model', '--outputs', 'output_O'],
    message: "model: no output 'output_O': no signature key, layer, tensor or node has that name. Nearest: output_0.",
  },
  {
    what: 'a wrong input',
    given: () => copyFixture('digits', 'model'),
    args: ['model', '--inputs', 'imag'],
    message: "model: no input 'imag': no signature key, layer, tensor or node has that name. Nearest: image.",
  },
  {
    what: 'a shape that does not fit',
    given: () => copyFixture('digits', 'model'),
    args: ['model', '--shape', 'image=1,32,32,1'],
    message:
      'model serving_default_image: the shape [1,32,32,1] does not fit the input, which has [?,28,28,1]. Fix ' +
      'only dimensions that the model leaves open, or change the first one, the batch.',
  },
  {
    what: 'a wrong variable',
    given: () => copyFixture('digits', 'model'),
    args: ['model', '--keep-variables', 'conv2d/kernal'],
    message: "model: no variable is called 'conv2d/kernal'. Nearest: conv2d/kernel_1, conv2d_1/kernel_1.",
  },
  {
    what: 'more than 2 GiB',
    given: large,
    message:
      'model: the graph takes 2400002380 bytes with its weights, and a GraphDef has at most 2147483647. Write ' +
      'a SavedModel with its weights beside it (-o FOLDER/ --weights variables), store weights in half ' +
      'the bytes with --dtype float16, or freeze to fewer outputs.',
  },
  {
    what: 'weights alone',
    given: () => copyFixture('keras/pair.tfk.weights_only.h5', 'w.h5'),
    args: ['w.h5'],
    message:
      'w.h5: the file holds weights and not the model they belong to. Give the JSON of model.to_json() ' +
      'with --architecture, or save the whole model with model.save.',
  },
  {
    what: 'an architecture alone',
    given: () => copyFixture('keras/pair.tfk.json', 'm.json'),
    args: ['m.json'],
    message:
      'm.json: the file holds the architecture of a Keras model and no weights. Give the file of ' +
      'weights, and this one with --architecture.',
  },
  {
    what: 'a cut .h5',
    given: () => put('m.h5', readFileSync(new URL('keras/nested.k3.h5', FIXTURES)).subarray(0, 9000)),
    args: ['m.h5'],
    message:
      'm.h5: HDF5 cannot read this (truncated file: eof = 9000, sblock->base_addr = 0, stored_eof = ' +
      '15392). The file is cut short or damaged: copy it again, or save the model again.',
  },
  {
    what: 'a cut .keras',
    given: () => put('m.keras', readFileSync(new URL('keras/nested.k3.keras', FIXTURES)).subarray(0, 2000)),
    args: ['m.keras'],
    message:
      'm.keras: the zip archive cannot be read (end of central directory not found). The file is cut ' +
      'short or damaged: copy it again.',
  },
  {
    what: 'custom layers that are not there',
    given: () => copyFixture('keras/words.keras', 'm.keras'),
    args: ['m.keras', '--custom', 'layers.mjs'],
    message: 'layers.mjs: there is no such file. Check the path.',
  },
  {
    what: 'custom layers of another form',
    given: () => {
      copyFixture('keras/words.keras', 'm.keras')
      put('layers.mjs', 'export const layers = {}')
    },
    args: ['m.keras', '--custom', 'layers.mjs'],
    message:
      'layers.mjs: its default export has no layers, or one of them is not a function. Write it as: export ' +
      'default { layers: { MyLayer(call) { … } } }.',
  },
]

for (const { what, given, args = ['model'], message } of rows) {
  test(what, async () => {
    given?.()
    writeFileSync('out.pb', 'what was there')
    const run = await tfreeze('freeze', ...args, '-o', 'out.pb')
    expect({ status: run.status, stderr: run.stderr, stdout: printed(run) }).toEqual({
      status: 1,
      stderr: `${message}\n`,
      stdout: '',
    })
    expect(String(readFileSync('out.pb'))).toBe('what was there')
    expect(readdirSync('.').filter(name => name.startsWith('.'))).toEqual([])
  })
}

for (const [what, fixture, message] of [
  [
    'a SavedModel',
    'digits',
    'this is a TensorFlow SavedModel, and optimize takes a graph that is frozen (.pb or .pbtxt)',
  ],
  [
    'a Keras file',
    'keras/words.keras',
    'this is a Keras 3 archive, and optimize takes a graph that is frozen (.pb or .pbtxt)',
  ],
] as const) {
  test(`optimize: ${what}`, async () => {
    copyFixture(fixture, 'model')
    const { status, stderr } = await tfreeze('optimize', 'model', '-o', 'out.pb')
    expect({ status, stderr }).toEqual({ status: 1, stderr: `model: ${message}. Use tfreeze freeze with -O.\n` })
    expect(readdirSync('.')).toEqual(['model'])
  })
}

test('nothing is left where nothing was', async () => {
  model({ [DATA]: flipped(12) })
  expect((await tfreeze('freeze', 'model', '-o', 'out.pb')).status).toBe(1)
  expect((await tfreeze('freeze', 'model', '-o', 'frozen/')).status).toBe(1)
  expect(readdirSync('.')).toEqual(['model'])
})

/** The files that the mistakes are made with: two models, and what people take for one. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { BlobReader, BlobWriter, ZipWriter } from '@zip.js/zip.js'
import { npyBytes } from '../../../src/formats/npy/npy.ts'
import { npzBytes } from '../../../src/formats/npy/npz.ts'
import { fromValues } from '../../../src/tensor/make.ts'
import { savedModelBytes } from '../../models/written.ts'
import { copyFixture, put } from '../folder.ts'

/** Writes all of them into the working folder. */
export async function writeFiles(): Promise<void> {
  copyFixture('digits', 'my_model')
  copyFixture('keras/nested.tfk.h5', 'model.h5')
  copyFixture('keras/pair.tfk.weights_only.h5', 'weights.h5')
  copyFixture('keras/pair.tfk.json', 'architecture.json')
  damagedModels()
  arrangedModels()
  layers()
  await foreignFiles()
  graphs()
  mkdirSync('empty_folder')
}

function damagedModels(): void {
  copyFixture('digits', 'no_variables')
  rmSync('no_variables/variables', { recursive: true })
  copyFixture('digits', 'damaged')
  const data = 'damaged/variables/variables.data-00000-of-00001'
  put(data, new Uint8Array(readFileSync(data).map(byte => byte ^ 1)))
  put('cut.h5', readFileSync('model.h5').subarray(0, 5000))
  copyFixture('keras/nested.k3.keras', 'model.keras')
  put('cut.keras', readFileSync('model.keras').subarray(0, 2000))
  put('empty.pb', '')
  put('words.txt', 'hello world\n')
  put('page.h5', '<!DOCTYPE html><html></html>')
  put('pointer.pb', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n')
}

function arrangedModels(): void {
  copyFixture('digits', 'wrapped/export')
  copyFixture('digits', 'several/first')
  copyFixture('digits', 'several/second')
  for (const part of ['index', 'data-00000-of-00001'])
    put(`checkpoints/ckpt-1.${part}`, readFileSync(`my_model/variables/variables.${part}`))
  put('two/saved_model.pb', savedModelBytes([]))
}

/** Architectures with a layer that nobody can write. */
function layers(): void {
  const change = (path: string, fields: object): void => {
    const json = JSON.parse(readFileSync('architecture.json', 'utf8'))
    Object.assign(json.config.layers[2], fields)
    writeFileSync(path, JSON.stringify(json))
  }
  change('custom.json', { class_name: 'Squash', module: 'my_project.layers' })
  change('lambda.json', {
    class_name: 'Lambda',
    config: { name: 'twice', function: ['4wEAAAAAAAAAAAAAAAIAAAAD', null, null], function_type: 'lambda' },
  })
}

async function foreignFiles(): Promise<void> {
  const array = fromValues('float32', [2], [1, 2])
  put('m.tflite', Uint8Array.from([0x1c, 0, 0, 0, ...utf8('TFL3'), ...new Uint8Array(64)]))
  put('m.onnx', Uint8Array.from([0x08, 0x0a, 0x12, 0x07, ...utf8('pytorch'), 0x3a, 0x00]))
  put('m.mlmodel', Uint8Array.from([0x08, 0x04, 0x12, 0x07, 0x0a, 0x05, 0x0a, 0x03, ...utf8('img')]))
  put('m.pt', await zip({ 'archive/data.pkl': '.', 'archive/version': '3', 'archive/data/0': '' }))
  put(
    'old.pth',
    Uint8Array.from([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]),
  )
  put('m.pkl', Uint8Array.from([0x80, 4, 0x95, 2, 0, 0, 0, 0, 0, 0, 0, 0x4e, 0x2e]))
  const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
  put('m.safetensors', Uint8Array.from([header.length, 0, 0, 0, 0, 0, 0, 0, ...utf8(header), 0, 0, 0, 0]))
  put('w.npy', npyBytes(array))
  put('w.npz', npzBytes(new Map([['a', array]])))
  put(
    'tfjs/model.json',
    '{"format": "graph-model", "weightsManifest": [{"paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"], "weights": []}], "modelTopology": {"node": []}}',
  )
  put('tfjs/group1-shard1of2.bin', new Uint8Array(4))
  put(
    'layers/model.json',
    '{"format": "layers-model", "modelTopology": {"model_config": {"class_name": "Sequential"}}}',
  )
  put('m.mlpackage/Data/com.apple.CoreML/model.mlmodel', '')
  put('m.xml', '<?xml version="1.0"?>\n<net name="m" version="11"><layers/></net>')
  put('yolo.cfg', '# YOLO\n[net]\nbatch=1\n')
  put('yolo.weights', Uint8Array.from([0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]))
  put('net.prototxt', 'name: "net"\nlayer {\n  name: "data"\n}\n')
  put('net.caffemodel', Uint8Array.from([0x0a, 3, ...utf8('net'), 0xa2, 0x06, 0x00]))
  put('m.gguf', 'GGUF\u0003')
  put('transformer/model.safetensors', 'x')
  put('transformer/config.json', '{}')
  put('two_models.zip', await zip({ 'a/saved_model.pb': 'x', 'b/saved_model.pb': 'x' }))
}

/** Graphs in which a part cannot be frozen. */
function graphs(): void {
  const float = 'attr { key: "dtype" value { type: DT_FLOAT } }'
  const t = 'attr { key: "T" value { type: DT_FLOAT } }'
  const queue = 'attr { key: "component_types" value { list { type: DT_FLOAT } } }'
  put(
    'queue.pbtxt',
    `node { name: "q" op: "FIFOQueueV2" ${queue} }
node { name: "d" op: "QueueDequeueV2" input: "q" ${queue} }
node { name: "y" op: "Neg" input: "d" ${t} }
`,
  )
  put(
    'variable.pbtxt',
    `node { name: "w" op: "VariableV2" ${float} attr { key: "shape" value { shape { dim { size: 2 } } } } }
node { name: "y" op: "Neg" input: "w" ${t} }
`,
  )
  put(
    'python.pbtxt',
    `node { name: "x" op: "Placeholder" ${float} }
node { name: "f" op: "PyFunc" input: "x" attr { key: "token" value { s: "pyfunc_0" } } attr { key: "Tin" value { list { type: DT_FLOAT } } } attr { key: "Tout" value { list { type: DT_FLOAT } } } }
`,
  )
  put(
    'counter.pbtxt',
    `node { name: "w" op: "VariableV2" ${float} attr { key: "shape" value { shape { } } } }
node { name: "one" op: "Const" ${float} attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { } float_val: 1 } } } }
node { name: "y" op: "AssignAdd" input: "w" input: "one" ${t} }
`,
  )
}

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)]

async function zip(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false })
  for (const [path, text] of Object.entries(files)) await writer.add(path, new BlobReader(new Blob([text])))
  return new Uint8Array(await (await writer.close()).arrayBuffer())
}

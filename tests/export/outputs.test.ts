/** The other output kinds: text, SavedModel, and the manifest beside them. */
import { describe, expect, it } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import {
  drawingFor,
  EXPORTERS,
  type Exporter,
  exporterFor,
  graphdefChunks,
  manifest,
  pbtxtChunks,
} from '../../src/export/index.ts'
import { parseText } from '../../src/formats/protobuf/text.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import { fromGraphDef } from '../../src/graph/graphdef.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { GraphDef, SavedModel } from '../../src/tensorflow/generated/messages.ts'
import { bytesOf } from './bytes.ts'

const ckpt = fromBytes(
  Uint8Array.from({ length: 1024 }, (_, i) => i % 256),
  'ckpt',
)

const GRAPH = `in image=x: float32[?,2]
w = Const float32[2,128] ckpt@0
s = Const string[2] ["a\\"\\n\\\\é" bytes:ff01]
y = MatMul(x, w) {_a: float:-0, _b: float:0.1, _c: float:inf, _d: float:nan, _e: type:bfloat16, _f: list():[], _g: -1}
i = If(c, y) {Tout: [float32], else_branch: @f, then_branch: @f}
c = Const bool[] [true]
out probs=i

fn f(a: float32 {_user: "a"}) {
  attrs {_noinline: true}
  b = Neg(a)
  out b
}`
const graph = () => parse(GRAPH, { ckpt })
const text = async (g = graph()): Promise<string> => new TextDecoder().decode(await bytesOf(await pbtxtChunks(g)))

const frozen = (): Frozen => ({
  graph: graph(),
  source: { kind: 'saved_model', name: 'm', tags: ['serve', 'gpu'], signature: 'predict' },
  inputs: [{ key: 'image', dtype: 'float32', shape: [null, 2], from: 'serving_default_image:0' }],
  outputs: [{ key: 'probs', dtype: 'float32', shape: null }],
  notes: ['a note'],
})

describe('pbtxt', () => {
  it('reads back as the same graph', async () => {
    const source = fromBytes(new TextEncoder().encode(await text()), 'out.pbtxt')
    const read = async (bytes: Uint8Array) => print(fromGraphDef(GraphDef.decode(bytes), 'out.pb'))
    const again = fromGraphDef(await parseText(source, GraphDef), 'out.pbtxt')
    expect(print(again)).toBe(await read(await bytesOf(await graphdefChunks(graph()))))
  })
  it('is protobuf text', async () => {
    expect(
      await text(parse('c = Const int32[2] [1 -1]\nn = Mine(c) {f: float:0.1, l: list(shape):[[?],?], s: "é\\n"} ^c')),
    ).toBe(`node {
  name: "c"
  op: "Const"
  attr {
    key: "dtype"
    value {
      type: DT_INT32
    }
  }
  attr {
    key: "value"
    value {
      tensor {
        dtype: DT_INT32
        tensor_shape {
          dim {
            size: 2
          }
        }
        tensor_content: "\\001\\000\\000\\000\\377\\377\\377\\377"
      }
    }
  }
}
node {
  name: "n"
  op: "Mine"
  input: "c"
  input: "^c"
  attr {
    key: "f"
    value {
      f: 0.1
    }
  }
  attr {
    key: "l"
    value {
      list {
        shape {
          dim {
            size: -1
          }
        }
        shape {
          unknown_rank: true
        }
      }
    }
  }
  attr {
    key: "s"
    value {
      s: "\\303\\251\\n"
    }
  }
}
versions {
  producer: 1882
  min_consumer: 12
}
`)
  })
})

describe('SavedModel', () => {
  it('has the graph, one signature and no variables', async () => {
    const files = await exporterFor('out/').write(frozen())
    expect(files.map(file => file.path)).toEqual(['saved_model.pb'])
    const model = SavedModel.decode(await bytesOf(files[0]!))
    const [metaGraph] = model.metaGraphs
    expect(model.savedModelSchemaVersion).toBe(1n)
    expect(metaGraph!.metaInfoDef!.tags).toEqual(['serve', 'gpu'])
    expect([...metaGraph!.signatureDef.keys()]).toEqual(['predict'])
    const { inputs, outputs, methodName } = metaGraph!.signatureDef.get('predict')!
    expect(methodName).toBe('tensorflow/serving/predict')
    expect(inputs.get('image')).toMatchObject({ encoding: { $case: 'name', value: 'x:0' }, dtype: 1 })
    expect(inputs.get('image')!.tensorShape!.dim.map(d => d.size)).toEqual([-1n, 2n])
    expect(outputs.get('probs')).toMatchObject({ encoding: { value: 'i:0' }, tensorShape: { unknownRank: true } })
    expect(metaGraph!.graphDef).toEqual(GraphDef.decode(await bytesOf(await graphdefChunks(graph()))))
  })
})

describe('the output kind follows from the path', () => {
  for (const [path, name] of [
    ['model.pb', 'graphdef'],
    ['-', 'graphdef'],
    ['model', 'graphdef'],
    ['model.pbtxt', 'pbtxt'],
    ['MODEL.PBTXT', 'pbtxt'],
    ['model/', 'saved_model'],
  ] as const) {
    it(`${path}: ${name}`, () => expect(exporterFor(path).name).toBe(name))
  }
  it('names are unique', () => expect(new Set(EXPORTERS.map(e => e.name)).size).toBe(EXPORTERS.length))
})

describe('the manifest', () => {
  it('is that of the contract', () => {
    const { tool, ...rest } = manifest(frozen(), { format: 'graphdef', bytes: 5, sha256: 'ab' })
    expect(tool).toMatch(/^tfreeze \d+\.\d+\.\d+/)
    expect(JSON.stringify(rest)).toBe(
      JSON.stringify({
        schema: 'tfreeze-manifest/1',
        source: { kind: 'saved_model', name: 'm', tags: ['serve', 'gpu'], signature: 'predict' },
        inputs: [{ key: 'image', tensor: 'x:0', dtype: 'float32', shape: [null, 2], from: 'serving_default_image:0' }],
        outputs: [{ key: 'probs', tensor: 'i:0', dtype: 'float32', shape: null }],
        output: { format: 'graphdef', bytes: 5, sha256: 'ab', nodes: 6, functions: 1 },
        notes: ['a note'],
      }),
    )
  })
})

describe('a kind that another gave', () => {
  const own = {
    kind: 'graph',
    name: 'own',
    description: 'x',
    extensions: ['.tflite', '.own/'],
    write: async () => [],
  } as const satisfies Exporter
  it('goes first, and claims an ending that nothing here writes', () => {
    for (const path of ['a.tflite', 'A.TFLITE', 'a.own/']) expect(exporterFor(path, [own]).name, path).toBe('own')
    expect(exporterFor('a/', [own]).name).toBe('saved_model')
    expect(() => exporterFor('a.tflite')).toThrow(
      /^a\.tflite: \.tflite stands for TensorFlow Lite, which tfreeze does not write\. Name a \.pb, .* file, or a folder that ends in \/\.$/,
    )
  })
})

it('a drawing follows from the path, too', () => {
  expect(drawingFor('a.svg').name).toBe('svg')
  expect(() => drawingFor('a.pb')).toThrow('a.pb: its ending names no kind of drawing. Name a .svg or .json file.')
})

/**
 * The outline of an ONNX model, without its weights: inputs, outputs and nodes of the main graph. And the model with further
 * outputs, so that inner values can be looked at. Source: onnx/onnx.proto.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { joinBytes } from '../bytes/join.ts'
import { FreezeError } from '../errors.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { DIM, ENTRY, GRAPH, MODEL, NODE, SHAPE, TENSOR, TENSOR_TYPE, TYPE, VALUE_INFO } from './fields.ts'
import { dtypeOfElement } from './model.ts'

/** The parts of a model. */
export interface OnnxOutline {
  /** Without those that have a value of their own. */
  readonly inputs: readonly OutlinePort[]
  readonly outputs: readonly OutlinePort[]
  /** Each after what it reads, as ONNX asks for. */
  readonly nodes: readonly OutlineNode[]
  /** The files beside it that hold weights. */
  readonly weightFiles: readonly string[]
}

/** An input or output. */
export interface OutlinePort {
  readonly name: string
  /** Undefined where the model does not say it, or it is no tensor of a type that TensorFlow has. */
  readonly dtype: DType | undefined
  /** Null where the rank is not known. */
  readonly shape: PartialShape
}

/** A node of the main graph. An optional input that is left out has no name. */
export interface OutlineNode {
  readonly name: string
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/** Reads the outline of a model from its bytes. Throws `corrupt` for bytes that are none. */
export function outlineOf(bytes: Uint8Array, file: string): OnnxOutline {
  const found = { nodes: [] as OutlineNode[], inputs: [] as OutlinePort[], outputs: [] as OutlinePort[] }
  const initializers = new Set<string>()
  const weightFiles = new Set<string>()
  try {
    walk(bytes, {
      [MODEL.graph]: graph =>
        walk(graph, {
          [GRAPH.node]: node => found.nodes.push(nodeOf(node)),
          [GRAPH.initializer]: tensor =>
            walk(tensor, {
              [TENSOR.name]: name => initializers.add(textOf(name)),
              [TENSOR.externalData]: entry => locationOf(entry, weightFiles),
            }),
          [GRAPH.input]: port => found.inputs.push(portOf(port)),
          [GRAPH.output]: port => found.outputs.push(portOf(port)),
        }),
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FreezeError('corrupt', `the bytes are not an ONNX model (${why})`, { file, cause })
  }
  const inputs = found.inputs.filter(({ name }) => !initializers.has(name))
  return { ...found, inputs, weightFiles: [...weightFiles] }
}

/**
 * The same model with these values as outputs, too: a graph with nothing but outputs is appended, and whoever reads
 * a message that comes twice joins both. ONNX Runtime infers the types.
 */
export function withOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  const writer = new BinaryWriter().tag(MODEL.graph, WireType.LengthDelimited).fork()
  for (const name of names) {
    writer.tag(GRAPH.output, WireType.LengthDelimited).fork()
    writer.tag(VALUE_INFO.name, WireType.LengthDelimited).string(name).join()
  }
  return joinBytes([bytes, writer.join().finish()])
}

/** Handlers of fields, by the field's number. */
type Takers = Readonly<Record<number, (content: Uint8Array) => unknown>>

/** Hands out the fields of a message that hold bytes, texts or messages; skips the others. Throws what the reader throws. */
function walk(message: Uint8Array, takers: Takers, numbers: Readonly<Record<number, (value: number) => void>> = {}) {
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    const [take, count] = [takers[field], numbers[field]]
    if (take && wireType === WireType.LengthDelimited) take(reader.bytes())
    else if (count && wireType === WireType.Varint) count(Number(reader.int64()))
    else reader.skip(wireType, field)
  }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** For the entries of a tensor that lies outside: `location` names the file. */
function locationOf(entry: Uint8Array, files: Set<string>): void {
  let [key, value] = ['', '']
  walk(entry, {
    [ENTRY.key]: bytes => (key = textOf(bytes)),
    [ENTRY.value]: bytes => (value = textOf(bytes)),
  })
  if (key === 'location') files.add(value)
}

function nodeOf(message: Uint8Array): OutlineNode {
  const found = { name: '', op: '', domain: '', inputs: [] as string[], outputs: [] as string[] }
  walk(message, {
    [NODE.name]: bytes => (found.name = textOf(bytes)),
    [NODE.opType]: bytes => (found.op = textOf(bytes)),
    [NODE.domain]: bytes => (found.domain = textOf(bytes)),
    [NODE.input]: bytes => found.inputs.push(textOf(bytes)),
    [NODE.output]: bytes => found.outputs.push(textOf(bytes)),
  })
  const { name, op, domain, inputs, outputs } = found
  const isPlain = domain === '' || domain === 'ai.onnx'
  return { name: name || (outputs[0] ?? op), op: isPlain ? op : `${domain}:${op}`, inputs, outputs }
}

function portOf(message: Uint8Array): OutlinePort {
  const found = { name: '', dtype: undefined as DType | undefined, shape: null as PartialShape }
  walk(message, {
    [VALUE_INFO.name]: bytes => (found.name = textOf(bytes)),
    [VALUE_INFO.type]: type =>
      walk(type, {
        [TYPE.tensor]: tensor =>
          walk(
            tensor,
            { [TENSOR_TYPE.shape]: shape => (found.shape = shapeOf(shape)) },
            { [TENSOR_TYPE.elementType]: number => (found.dtype = dtypeOfElement(number)) },
          ),
      }),
  })
  return found
}

function shapeOf(message: Uint8Array): (number | null)[] {
  const sizes: (number | null)[] = []
  walk(message, {
    [SHAPE.dim]: dim => {
      let size: number | null = null
      walk(dim, {}, { [DIM.value]: value => (size = value) })
      sizes.push(size)
    },
  })
  return sizes
}

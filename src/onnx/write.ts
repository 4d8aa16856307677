/**
 * Models as bytes, weights still to be read. Written by hand rather than by generated code, so that weights stream.
 * Source: onnx/onnx.proto.
 */
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { Scatter } from '../formats/protobuf/scatter.ts'
import { stringsIn } from '../tensor/strings.ts'
import { byteLength, type Tensor } from '../tensor/tensor.ts'
import {
  ATTRIBUTE,
  DIM,
  ENTRY,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from './fields.ts'
import {
  type Attribute,
  elementType,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type Ref,
  type ValueInfo,
} from './model.ts'

/** AttributeProto.AttributeType. */
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const
const EXTERNAL = 1

/** Where weights go that are not in the model's own file: its name, and each weight's place in it. */
export interface ExternalData {
  readonly location: string
  offsetOf(tensor: Tensor): number | undefined
}

/** The bytes of a model. */
export function modelScatter(model: OnnxModel, external?: ExternalData): Scatter {
  const [name, version] = model.producer.split(' ') as [string, string?]
  const scatter = new Scatter()
    .fields(w => {
      w.tag(MODEL.irVersion, WireType.Varint).int64(model.irVersion)
      text(w, MODEL.producerName, name)
      if (version) text(w, MODEL.producerVersion, version)
    })
    .message(MODEL.graph, graphScatter(model.graph, external))
  for (const [domain, number] of model.opsets) {
    scatter.message(
      MODEL.opsetImport,
      new Scatter().fields(w => {
        if (domain) text(w, OPSET.domain, domain)
        w.tag(OPSET.version, WireType.Varint).int64(number)
      }),
    )
  }
  for (const [key, value] of model.metadata) scatter.message(MODEL.metadata, entry(key, value))
  return scatter
}

const text = (w: BinaryWriter, field: number, value: string): BinaryWriter =>
  w.tag(field, WireType.LengthDelimited).string(value)

const entry = (key: string, value: string): Scatter =>
  new Scatter().fields(w => {
    text(w, ENTRY.key, key)
    text(w, ENTRY.value, value)
  })

function graphScatter(graph: OnnxGraph, external?: ExternalData): Scatter {
  const scatter = new Scatter()
  for (const node of graph.nodes) scatter.message(GRAPH.node, nodeScatter(node))
  scatter.fields(w => text(w, GRAPH.name, graph.name))
  for (const { ref, tensor } of graph.initializers)
    scatter.message(GRAPH.initializer, tensorScatter(tensor, ref.name, external))
  for (const input of graph.inputs) scatter.message(GRAPH.input, valueInfo(input))
  for (const output of graph.outputs) scatter.message(GRAPH.output, valueInfo(output))
  return scatter
}

function nodeScatter(node: OnnxNode): Scatter {
  const scatter = new Scatter().fields(w => {
    for (const ref of node.inputs) text(w, NODE.input, ref?.name ?? '')
    for (const ref of node.outputs) text(w, NODE.output, ref.name)
    text(w, NODE.name, node.outputs[0]?.name ?? node.op)
    text(w, NODE.opType, node.op)
    if (node.domain) text(w, NODE.domain, node.domain)
  })
  for (const [name, attribute] of node.attributes) scatter.message(NODE.attribute, attributeScatter(name, attribute))
  return scatter
}

function attributeScatter(name: string, attribute: Attribute): Scatter {
  const scatter = new Scatter().fields(w => text(w, ATTRIBUTE.name, name))
  if (attribute.kind === 'tensor') scatter.message(ATTRIBUTE.t, tensorScatter(attribute.value))
  else if (attribute.kind === 'graph') scatter.message(ATTRIBUTE.g, graphScatter(attribute.value))
  else scatter.fields(w => plainValue(w, attribute))
  return scatter.fields(w => w.tag(ATTRIBUTE.type, WireType.Varint).int32(ATTRIBUTE_TYPE[attribute.kind]))
}

function plainValue(w: BinaryWriter, attribute: Exclude<Attribute, { readonly kind: 'tensor' | 'graph' }>): void {
  const bytes = (field: number, value: string | Uint8Array): BinaryWriter =>
    typeof value === 'string' ? text(w, field, value) : w.tag(field, WireType.LengthDelimited).bytes(value)
  switch (attribute.kind) {
    case 'int':
      w.tag(ATTRIBUTE.i, WireType.Varint).int64(attribute.value)
      break
    case 'float':
      w.tag(ATTRIBUTE.f, WireType.Bit32).float(attribute.value)
      break
    case 'string':
      bytes(ATTRIBUTE.s, attribute.value)
      break
    case 'ints':
      for (const value of attribute.value) w.tag(ATTRIBUTE.ints, WireType.Varint).int64(value)
      break
    case 'floats':
      for (const value of attribute.value) w.tag(ATTRIBUTE.floats, WireType.Bit32).float(value)
      break
    case 'strings':
      for (const value of attribute.value) bytes(ATTRIBUTE.strings, value)
  }
}

/** A constant. Its elements are in the message, streamed, or in the external file. */
function tensorScatter(tensor: Tensor, name = '', external?: ExternalData): Scatter {
  const scatter = new Scatter().fields(w => {
    for (const size of tensor.shape) w.tag(TENSOR.dims, WireType.Varint).int64(size)
    w.tag(TENSOR.dataType, WireType.Varint).int32(elementType(tensor.dtype)!)
    if (tensor.dtype === 'string') {
      for (const value of stringsIn(tensor)) w.tag(TENSOR.stringData, WireType.LengthDelimited).bytes(value)
    }
    if (name) text(w, TENSOR.name, name)
  })
  const offset = external?.offsetOf(tensor)
  if (external && offset !== undefined) {
    const place = { location: external.location, offset: String(offset), length: String(byteLength(tensor)) }
    for (const [key, value] of Object.entries(place)) scatter.message(TENSOR.externalData, entry(key, value))
    return scatter.fields(w => w.tag(TENSOR.dataLocation, WireType.Varint).int32(EXTERNAL))
  }
  return tensor.dtype === 'string' ? scatter : scatter.tensor(TENSOR.rawData, tensor)
}

const valueInfo = (info: ValueInfo): Scatter =>
  new Scatter().fields(w => text(w, VALUE_INFO.name, info.ref.name)).message(VALUE_INFO.type, typeScatter(info))

function typeScatter({ ref, shape, symbols }: ValueInfo): Scatter {
  const tensor = new Scatter().fields(w => w.tag(TENSOR_TYPE.elementType, WireType.Varint).int32(elementOf(ref)))
  if (shape) {
    const sizes = new Scatter()
    for (const [i, size] of shape.entries()) {
      const dim = new Scatter().fields(w => {
        const symbol = symbols?.[i]
        if (size !== null) w.tag(DIM.value, WireType.Varint).int64(size)
        else if (symbol) text(w, DIM.param, symbol)
      })
      sizes.message(SHAPE.dim, dim)
    }
    tensor.message(TENSOR_TYPE.shape, sizes)
  }
  const type = new Scatter().message(TYPE.tensor, tensor)
  return ref.isSequence ? new Scatter().message(TYPE.sequence, new Scatter().message(1, type)) : type
}

const elementOf = ({ dtype }: Ref): number => elementType(dtype) ?? 0

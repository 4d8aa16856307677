/** Nodes as NodeDef: as a message for text, as scattered bytes for files. */
import { create, toBinary } from '@bufbuild/protobuf'
import { WireType } from '@bufbuild/protobuf/wire'
import type { Attr } from '../graph/attr.ts'
import type { Node, Value } from '../graph/node.ts'
import { attrToProto } from '../graph/proto/attr-value.ts'
import { RESULT_NAMES } from '../graph/results.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type AttrValue, AttrValueSchema } from '../tensorflow/generated/tensorflow/core/framework/attr_value_pb.js'
import { type NodeDef, NodeDefSchema } from '../tensorflow/generated/tensorflow/core/framework/node_def_pb.js'
import { TensorProtoSchema } from '../tensorflow/generated/tensorflow/core/framework/tensor_pb.js'
import type { Constants } from './constants.ts'
import { Scatter } from './scatter.ts'

/** A node's message; its attributes are sorted by name, so that equal nodes are equal bytes. */
export interface WrittenNode {
  readonly def: NodeDef
  /** The tensors whose elements the message lacks, by the attribute that they belong to: its `tensor_content`. */
  readonly contents: ReadonlyMap<string, Tensor>
}

/** `name` says how an input is called: `split:1`, or `split:output:1` in a function. */
export function nodeDef(node: Node, constants: Constants, name: (value: Value) => string = String): WrittenNode {
  const contents = new Map<string, Tensor>()
  const attrProto = (key: string, attr: Attr): AttrValue => {
    if (attr.kind !== 'tensor') return attrToProto(attr, tensor => constants.whole(tensor))
    const { proto, content } = constants.constant(attr.value)
    if (content) contents.set(key, content)
    return create(AttrValueSchema, { value: { case: 'tensor', value: proto } })
  }
  const keys = [...node.attrs.keys()].filter(key => key !== RESULT_NAMES).sort()
  const def = create(NodeDefSchema, {
    name: node.name,
    op: node.op,
    input: [...node.inputs.map(name), ...[...node.controls].map(c => `^${c.name}`)],
    device: node.device,
    attr: Object.fromEntries(keys.map(key => [key, attrProto(key, node.attrs.get(key)!)])),
  })
  return { def, contents }
}

/** The numbers of the fields around a `tensor_content`, from the outside in. */
const FIELD = { attr: 5, key: 1, value: 2, tensor: 8, tensorContent: 4 } as const

/** The same bytes as protobuf would write, tensors left out. */
export function nodeScatter({ def, contents }: WrittenNode): Scatter {
  if (contents.size === 0) return new Scatter().bytes(toBinary(NodeDefSchema, def))
  const scatter = new Scatter().bytes(toBinary(NodeDefSchema, { ...def, attr: {} }))
  for (const [key, value] of Object.entries(def.attr)) {
    const content = contents.get(key)
    const entry = new Scatter().fields(writer => writer.tag(FIELD.key, WireType.LengthDelimited).string(key))
    if (value.value.case === 'tensor' && content) {
      const tensor = new Scatter()
        .bytes(toBinary(TensorProtoSchema, value.value.value))
        .tensor(FIELD.tensorContent, content)
      entry.message(FIELD.value, new Scatter().message(FIELD.tensor, tensor))
    } else entry.message(FIELD.value, new Scatter().bytes(toBinary(AttrValueSchema, value)))
    scatter.message(FIELD.attr, entry)
  }
  return scatter
}

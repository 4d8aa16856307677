/** Nodes as NodeDef: as a message for text, as scattered bytes for files. */
import { WireType } from '@bufbuild/protobuf/wire'
import { Scatter } from '../formats/protobuf/scatter.ts'
import type { Attr } from '../graph/attr.ts'
import type { Node, Value } from '../graph/node.ts'
import { attrToProto } from '../graph/proto/attr-value.ts'
import { RESULT_NAMES } from '../graph/results.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { AttrValue, NodeDef, TensorProto } from '../tensorflow/generated/messages.ts'
import type { Constants } from './constants.ts'

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
    return { value: { $case: 'tensor', value: proto } }
  }
  const keys = [...node.attrs.keys()].filter(key => key !== RESULT_NAMES).sort()
  const def: NodeDef = {
    name: node.name,
    op: node.op,
    input: [...node.inputs.map(name), ...[...node.controls].map(c => `^${c.name}`)],
    device: node.device,
    attr: new Map(keys.map(key => [key, attrProto(key, node.attrs.get(key)!)])),
  }
  return { def, contents }
}

/** The numbers of the fields around a `tensor_content`, from the outside in. */
const FIELD = { attr: 5, key: 1, value: 2, tensor: 8, tensorContent: 4 } as const

/** Adds the node as a field of the message around it, as protobuf would write it; its tensors stay to be read. */
export function scatterNode(scatter: Scatter, field: number, node: WrittenNode): void {
  if (node.contents.size > 0) scatter.message(field, nodeScatter(node))
  else scatter.fields(w => NodeDef.encode(node.def, w.tag(field, WireType.LengthDelimited).fork()).join())
}

function nodeScatter({ def, contents }: WrittenNode): Scatter {
  const scatter = new Scatter().bytes(NodeDef.encode({ ...def, attr: new Map() }).finish())
  for (const [key, value] of def.attr) {
    const content = contents.get(key)
    const entry = new Scatter().fields(writer => writer.tag(FIELD.key, WireType.LengthDelimited).string(key))
    if (value.value?.$case === 'tensor' && content) {
      const tensor = new Scatter()
        .bytes(TensorProto.encode(value.value.value).finish())
        .tensor(FIELD.tensorContent, content)
      entry.message(FIELD.value, new Scatter().message(FIELD.tensor, tensor))
    } else entry.message(FIELD.value, new Scatter().bytes(AttrValue.encode(value).finish()))
    scatter.message(FIELD.attr, entry)
  }
  return scatter
}

/**
 * Library functions as FunctionDef: arguments by their names, other values by
 * the results that they are (`split:output:1`).
 * Source: tensorflow/core/framework/function.proto.
 */
import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { FreezeError, invariant } from '../errors.ts'
import { Scatter } from '../formats/protobuf/scatter.ts'
import type { Attr } from '../graph/attr.ts'
import { inOrder } from '../graph/flow.ts'
import { type GraphFunction, knownType, type Parameter, type Port } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { attrsToProto, attrToProto } from '../graph/proto/attr-value.ts'
import { UNIQUE_ID } from '../graph/proto/function-def.ts'
import { RESULT_NAMES, resultDefs, resultRanges } from '../graph/results.ts'
import { dtypeId } from '../tensorflow/dtype.ts'
import {
  FunctionDef,
  FunctionDef_ArgAttrs,
  type OpDef,
  type OpDef_ArgDef,
  type OpDef_AttrDef,
} from '../tensorflow/generated/messages.ts'
import type { Constants } from './constants.ts'
import { nodeDef, scatterNode, type WrittenNode } from './node-def.ts'

/** A function's message as bytes before and after its nodes, and its nodes one by one. */
export interface WrittenFunction {
  readonly head: Uint8Array
  nodes(): Iterable<WrittenNode>
  readonly tail: Uint8Array
}

type Library = ReadonlyMap<string, GraphFunction>

/** A function as it is written; `library` are the functions that it may call by name. */
export function functionDef(f: GraphFunction, constants: Constants, library: Library): WrittenFunction {
  const { body } = f
  const args = new Set(body.inputs.map(port => port.value.node))
  const name = (value: Value): string => (args.has(value.node) ? value.node.name : resultName(f, value, library))
  const order = inOrder([...body.roots(), ...body.nodes]).filter(node => !args.has(node))
  const tail = FunctionDef.encode({
    ...EMPTY_FUNCTION,
    attr: attrsToProto(f.attrs, tensor => constants.whole(tensor)),
    ret: new Map(body.outputs.map(port => [port.key, name(port.value)])),
    controlRet: new Map([...body.controlOutputs].map(([key, node]) => [key, node.name])),
  })
  writeArguments(tail, body.inputs, constants)
  return {
    head: FunctionDef.encode({ ...EMPTY_FUNCTION, signature: signature(f, constants) }).finish(),
    nodes: () => order.map(node => nodeDef(node, constants, name)),
    tail: tail.finish(),
  }
}

const EMPTY_FUNCTION = FunctionDef.decode(new Uint8Array(0))

/** `split:output:1`. */
function resultName(f: GraphFunction, value: Value, library: Library): string {
  const { node, index } = value
  const kept = node.attrs.get(RESULT_NAMES)
  const defs = resultDefs(node.op, library)
  if (defs) {
    const range = resultRanges(node, defs)?.find(r => index >= r.start && index < r.start + r.count)
    if (range) return `${node.name}:${range.name}:${index - range.start}`
  } else if (kept?.kind === 'list' && kept.of === 'string' && kept.value[index])
    return `${node.name}:${kept.value[index]}`
  const what = `output ${index} of the custom op ${node.op} in a function, and no definition tells its name`
  throw new FreezeError('unsupported', what, {
    path: [f.name],
    node: node.name,
    hint: 'Freeze with control flow as nodes (v1), which needs no functions.',
  })
}

function signature(f: GraphFunction, constants: Constants): OpDef {
  return {
    name: f.name,
    inputArg: f.body.inputs.map(({ value: { node } }) => argDef(node.name, node.attr('T'))),
    outputArg: f.body.outputs.map(port => argDef(port.key, resultType(port))),
    controlOutput: [...f.body.controlOutputs.keys()],
    attr: (f.parameters ?? []).map(parameter => attrDef(parameter, constants)),
    isStateful: f.isStateful,
  }
}

function resultType(port: Port): Attr | undefined {
  const dtype = knownType(port.value)
  return dtype ? { kind: 'type', value: dtype } : port.type
}

function argDef(name: string, type: Attr | undefined): OpDef_ArgDef {
  const arg = { name, type: 0, typeAttr: '', numberAttr: '', typeListAttr: '' }
  if (type?.kind === 'placeholder') return { ...arg, typeAttr: type.value }
  invariant(type?.kind === 'type', `argument or result '${name}' of a function has no type`)
  return { ...arg, type: dtypeId(type.value) }
}

function attrDef({ name, type, default: value }: Parameter, constants: Constants): OpDef_AttrDef {
  return { name, type, defaultValue: value && attrToProto(value, t => constants.whole(t)) }
}

/** The numbers of the fields that are written by hand. */
const FIELD = { nodeDef: 3, argAttr: 7, resourceArgUniqueId: 8, key: 1, value: 2 } as const

/**
 * Moves the attributes that `_Arg` nodes have beyond their type and index back to the function, in maps by the argument's number. An
 * entry has its number also where that is 0, as protobuf writes it, and ts-proto does not.
 */
function writeArguments(writer: BinaryWriter, inputs: readonly Port[], constants: Constants): void {
  for (const [i, { value }] of inputs.entries()) {
    const attr = attrsToProto(ownAttrs(value.node), t => constants.whole(t))
    if (attr.size === 0) continue
    writer.tag(FIELD.argAttr, WireType.LengthDelimited).fork().tag(FIELD.key, WireType.Varint).uint32(i)
    writer.tag(FIELD.value, WireType.LengthDelimited).bytes(FunctionDef_ArgAttrs.encode({ attr }).finish()).join()
  }
  for (const [i, { value }] of inputs.entries()) {
    const id = value.node.attrs.get(UNIQUE_ID)
    if (id?.kind !== 'int') continue
    writer.tag(FIELD.resourceArgUniqueId, WireType.LengthDelimited).fork().tag(FIELD.key, WireType.Varint).uint32(i)
    writer.tag(FIELD.value, WireType.Varint).uint32(Number(id.value)).join()
  }
}

const ownAttrs = (node: Node): ReadonlyMap<string, Attr> =>
  new Map([...node.attrs].filter(([name]) => name !== 'T' && name !== 'index' && name !== UNIQUE_ID))

/** The bytes that protobuf would write: fields by number, tensors left out. */
export function functionScatter({ head, nodes, tail }: WrittenFunction): Scatter {
  const scatter = new Scatter().bytes(head)
  for (const node of nodes()) scatterNode(scatter, FIELD.nodeDef, node)
  return scatter.bytes(tail)
}

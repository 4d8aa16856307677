/**
 * Library functions as FunctionDef: arguments by their names, other values by
 * the results that they are (`split:output:1`).
 * Source: tensorflow/core/framework/function.proto.
 */
import { create, toBinary } from '@bufbuild/protobuf'
import { FreezeError, invariant } from '../errors.ts'
import type { Attr } from '../graph/attr.ts'
import { type GraphFunction, inOrder, knownType, type Parameter, type Port } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { attrsToProto, attrToProto } from '../graph/proto/attr-value.ts'
import { UNIQUE_ID } from '../graph/proto/function-def.ts'
import { RESULT_NAMES, resultDefs, resultRanges } from '../graph/results.ts'
import { dtypeId } from '../tensorflow/dtype.ts'
import { type FunctionDef, FunctionDefSchema } from '../tensorflow/generated/tensorflow/core/framework/function_pb.js'
import {
  type OpDef,
  type OpDef_ArgDef,
  OpDef_ArgDefSchema,
  type OpDef_AttrDef,
  OpDef_AttrDefSchema,
  OpDefSchema,
} from '../tensorflow/generated/tensorflow/core/framework/op_def_pb.js'
import type { Constants } from './constants.ts'
import { nodeDef, nodeScatter, type WrittenNode } from './node-def.ts'
import { Scatter } from './scatter.ts'

/** A function's message without its nodes, and its nodes one by one. */
export interface WrittenFunction {
  readonly def: FunctionDef
  nodes(): Iterable<WrittenNode>
}

type Library = ReadonlyMap<string, GraphFunction>

/** A function as it is written; `library` are the functions that it may call by name. */
export function functionDef(f: GraphFunction, constants: Constants, library: Library): WrittenFunction {
  const { body } = f
  const args = new Set(body.inputs.map(port => port.value.node))
  const name = (value: Value): string => (args.has(value.node) ? value.node.name : resultName(f, value, library))
  const order = inOrder([...body.roots(), ...body.nodes]).filter(node => !args.has(node))
  const def = create(FunctionDefSchema, {
    signature: signature(f, constants),
    attr: attrsToProto(f.attrs, tensor => constants.whole(tensor)),
    argAttr: argAttrs(body.inputs, constants),
    resourceArgUniqueId: uniqueIds(body.inputs),
    ret: Object.fromEntries(body.outputs.map(port => [port.key, name(port.value)])),
    controlRet: Object.fromEntries([...body.controlOutputs].map(([key, node]) => [key, node.name])),
  })
  return { def, nodes: () => order.map(node => nodeDef(node, constants, name)) }
}

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
  return create(OpDefSchema, {
    name: f.name,
    inputArg: f.body.inputs.map(({ value: { node } }) => argDef(node.name, node.attr('T'))),
    outputArg: f.body.outputs.map(port => argDef(port.key, resultType(port))),
    controlOutput: [...f.body.controlOutputs.keys()],
    attr: (f.parameters ?? []).map(parameter => attrDef(parameter, constants)),
    isStateful: f.isStateful,
  })
}

function resultType(port: Port): Attr | undefined {
  const dtype = knownType(port.value)
  return dtype ? { kind: 'type', value: dtype } : port.type
}

function argDef(name: string, type: Attr | undefined): OpDef_ArgDef {
  if (type?.kind === 'placeholder') return create(OpDef_ArgDefSchema, { name, typeAttr: type.value })
  invariant(type?.kind === 'type', `argument or result '${name}' of a function has no type`)
  return create(OpDef_ArgDefSchema, { name, type: dtypeId(type.value) })
}

function attrDef({ name, type, default: value }: Parameter, constants: Constants): OpDef_AttrDef {
  if (!value) return create(OpDef_AttrDefSchema, { name, type })
  return create(OpDef_AttrDefSchema, { name, type, defaultValue: attrToProto(value, t => constants.whole(t)) })
}

/** What `_Arg` nodes have beyond their type and index goes back to the function. */
function argAttrs(inputs: readonly Port[], constants: Constants): FunctionDef['argAttr'] {
  const own = inputs.map(({ value: { node } }) => ownAttrs(node))
  const entries = own.map((attrs, i) => [i, { attr: attrsToProto(attrs, t => constants.whole(t)) }] as const)
  return create(FunctionDefSchema, { argAttr: Object.fromEntries(entries.filter(([i]) => own[i]!.size > 0)) }).argAttr
}

const ownAttrs = (node: Node): ReadonlyMap<string, Attr> =>
  new Map([...node.attrs].filter(([name]) => name !== 'T' && name !== 'index' && name !== UNIQUE_ID))

function uniqueIds(inputs: readonly Port[]): { [index: number]: number } {
  const ids: { [index: number]: number } = {}
  for (const [i, { value }] of inputs.entries()) {
    const id = value.node.attrs.get(UNIQUE_ID)
    if (id?.kind === 'int') ids[i] = Number(id.value)
  }
  return ids
}

const NODE_DEF = 3

/** The bytes that protobuf would write: fields by number, tensors left out. */
export function functionScatter({ def, nodes }: WrittenFunction): Scatter {
  const { signature: head, ...rest } = def
  const scatter = new Scatter().bytes(toBinary(FunctionDefSchema, create(FunctionDefSchema, { signature: head! })))
  for (const node of nodes()) scatter.message(NODE_DEF, nodeScatter(node))
  return scatter.bytes(toBinary(FunctionDefSchema, rest))
}

/**
 * FunctionDef to GraphFunction. A body names the results of its nodes
 * (`split:output:1`) and its arguments by bare names; here both become edges.
 * Source: tensorflow/core/framework/function.proto.
 */
import type { ErrorPlace } from '../../errors.ts'
import { decodeMessage, fieldBytes } from '../../formats/protobuf/decode.ts'
import { MAX_LIST_TENSORS } from '../../limits.ts'
import { type DType, dtypeOfId } from '../../tensorflow/dtype.ts'
import { FunctionDef, type OpDef, type OpDef_ArgDef, type OpDef_AttrDef } from '../../tensorflow/generated/messages.ts'
import { opDef } from '../../tensorflow/ops.ts'
import { type Attr, list } from '../attr.ts'
import { Graph, type GraphFunction, knownType, type Parameter, type Port } from '../graph.ts'
import type { Node, Value } from '../node.ts'
import { RESULT_NAMES, type ResultDef, resultRanges } from '../results.ts'
import { utf8 } from '../utf8.ts'
import { attrFromProto, attrsFromProto } from './attr-value.ts'
import { addNode, type Naming, type NodeContext, wire } from './node-def.ts'
import { fail, nodePlace } from './place.ts'

/**
 * Adds the function of which `bytes` are the FunctionDef to the graph's library.
 * It is decoded when something asks for more than its name: most functions of a
 * SavedModel are called by nothing that is frozen.
 */
export function declareFunction(graph: Graph, bytes: Uint8Array, context: NodeContext): void {
  const { file } = context
  const name = functionName(bytes, { file })
  if (!name) fail({ file }, 'invalid-graph', 'a library function without a name')
  const place = { file, path: [name] }
  if (graph.functions.has(name)) fail(place, 'invalid-graph', 'two library functions have this name')
  let def: FunctionDef | undefined
  const message = () => (def ??= decodeMessage(FunctionDef, bytes, place))
  let results: readonly ResultDef[] | undefined
  let read: Omit<GraphFunction, 'name'> | undefined
  const whole = () => {
    if (read) return read
    read = emptyFunction(graph, message(), context, place)
    try {
      new Body(read.body, message(), context).fill()
    } catch (e) {
      read = undefined // whoever asks again is told again
      throw e
    }
    results = signatureOf(message()).outputArg
    def = undefined // the graph says all else: memory need not hold both
    return read
  }
  graph.functions.set(name, {
    name,
    get body() {
      return whole().body
    },
    get attrs() {
      return whole().attrs
    },
    get isStateful() {
      return whole().isStateful
    },
    get parameters() {
      return whole().parameters
    },
  })
  context.results.set(name, () => results ?? signatureOf(message()).outputArg)
}

const FUNCTION_DEF = { signature: 1 } as const
const OP_DEF = { name: 1 } as const

/** A function of a file that is not decoded yet. */
function functionName(bytes: Uint8Array, place: ErrorPlace): string | undefined {
  const signature = fieldBytes(bytes, FUNCTION_DEF.signature, place)
  const name = signature && fieldBytes(signature, OP_DEF.name, place)
  return name && (utf8(name) ?? fail(place, 'corrupt', 'the name of a library function is not UTF-8'))
}

/** It is there: the function's name was found in it. */
const signatureOf = ({ signature }: FunctionDef): OpDef => signature!

/** The function without what is in its body, which may call the function itself. */
function emptyFunction(
  graph: Graph,
  def: FunctionDef,
  context: NodeContext,
  place: ErrorPlace,
): Omit<GraphFunction, 'name'> {
  const { attr, isStateful } = signatureOf(def)
  return {
    body: new Graph(graph.functions, graph.versions),
    attrs: attrsFromProto(def.attr, { large: context.large, place }),
    isStateful,
    parameters: attr.map(parameter => parameterOf(parameter, context, place)),
  }
}

function parameterOf({ name, type, defaultValue }: OpDef_AttrDef, context: NodeContext, place: ErrorPlace): Parameter {
  if (!defaultValue) return { name, type }
  return { name, type, default: attrFromProto(defaultValue, { large: context.large, place }) }
}

/** A body while it is filled. */
class Body {
  readonly #graph: Graph
  readonly #def: FunctionDef
  readonly #signature: OpDef
  readonly #context: NodeContext

  constructor(graph: Graph, def: FunctionDef, context: NodeContext) {
    this.#graph = graph
    this.#def = def
    this.#signature = signatureOf(def)
    this.#context = context
  }

  fill(): void {
    for (const [i, arg] of this.#signature.inputArg.entries()) this.#addArgument(arg, i)
    const { name } = this.#signature
    const nodes = this.#def.nodeDef.map(bytes => addNode(this.#graph, bytes, this.#context, name))
    const naming: Naming = {
      value: (input, reader) => this.#valueOf(input, reader),
      dangling: (input, reader) => this.#dangling(input, reader),
    }
    for (const unwired of nodes) wire(this.#graph, unwired, naming)
    for (const arg of this.#signature.outputArg) this.#graph.outputs.push(this.#result(arg))
    this.#addControlOutputs()
  }

  #fail(node: string, what: string): never {
    return fail(nodePlace(this.#context.file, this.#signature.name, node), 'invalid-graph', what)
  }

  /** The `_Arg` node takes what the function says about its argument, as when TensorFlow instantiates it. */
  #addArgument(arg: OpDef_ArgDef, index: number): void {
    if (this.#graph.node(arg.name)) this.#fail(arg.name, 'two arguments have this name')
    const { file, large } = this.#context
    const context = { large, place: nodePlace(file, this.#signature.name, arg.name) }
    const own = attrsFromProto(this.#def.argAttr.get(index)?.attr ?? new Map(), context)
    const unique = this.#def.resourceArgUniqueId.get(index)
    if (unique !== undefined) own.set(UNIQUE_ID, { kind: 'int', value: unique })
    const attrs = new Map<string, Attr>([['T', this.#typeOf(arg)], ['index', { kind: 'int', value: index }], ...own])
    this.#graph.inputs.push({ key: arg.name, value: this.#graph.addNode('_Arg', [], attrs, arg.name).out() })
  }

  #typeOf(arg: OpDef_ArgDef): Attr {
    if (arg.numberAttr || arg.typeListAttr)
      this.#fail(arg.name, 'an argument or result that is a list, which no released version of TensorFlow writes')
    if (arg.typeAttr) return { kind: 'placeholder', value: arg.typeAttr }
    const value: DType = dtypeOfId(arg.type) ?? this.#fail(arg.name, `the unknown data type ${arg.type}`)
    return { kind: 'type', value }
  }

  /** The value that an argument's name, `node:result:1` or `node:result` means; in models of TF.js also `node:1`. */
  #valueOf(input: string, reader: string): Value {
    const [name, result, digits = '0'] = input.split(':') as [string, string?, string?]
    const node = this.#graph.node(name) ?? this.#dangling(input, reader)
    if (result === undefined) return node.out()
    if (/^\d+$/.test(result)) return node.out(Number(result))
    const index = Number(digits)
    if (!Number.isInteger(index)) this.#dangling(input, reader)
    const defs = opDef(node.op)?.outputs ?? this.#context.results.get(node.op)?.()
    if (!defs) return this.#customOutput(node, result, index, reader)
    const ranges = resultRanges(node, defs) ?? this.#fail(name, 'a count of results that each call decides')
    const range = ranges.find(r => r.name === result)
    if (!range || index >= range.count) {
      this.#fail(
        reader,
        `the input '${input}', and the results of ${name} are ${ranges.map(r => r.name).join(', ') || 'none'}`,
      )
    }
    if (!opDef(node.op) && !this.#graph.functions.has(node.op))
      nameResults(
        node,
        ranges.flatMap(r => Array.from({ length: r.count }, (_, i) => `${r.name}:${i}`)),
      )
    return node.out(range.start + index)
  }

  /** An op that nobody defines has one result, as far as a body can tell; of two the order would be a guess. */
  #customOutput(node: Node, result: string, index: number, reader: string): Value {
    const known = node.attrs.get(RESULT_NAMES)
    const names = known?.kind === 'list' && known.of === 'string' ? known.value.map(String) : []
    if (names[0] !== undefined && !names[0].startsWith(`${result}:`)) {
      fail(
        nodePlace(this.#context.file, this.#signature.name, node.name),
        'unsupported',
        `the custom op ${node.op}, of which ${reader} and others read several results, and the file does not define it`,
        'Save the model with a version of TensorFlow where the op is registered.',
      )
    }
    const count = Math.max(names.length, index + 1)
    if (count > MAX_LIST_TENSORS) this.#dangling(`${node.name}:${result}:${index}`, reader)
    nameResults(
      node,
      Array.from({ length: count }, (_, i) => `${result}:${i}`),
    )
    return node.out(index)
  }

  #result(arg: OpDef_ArgDef): Port {
    const from = this.#def.ret.get(arg.name) ?? this.#fail(arg.name, 'a result that the function does not return')
    const value = this.#valueOf(from, arg.name)
    const type = this.#typeOf(arg)
    return { key: arg.name, value, ...(knownType(value) === undefined && { type }) }
  }

  #addControlOutputs(): void {
    const named = this.#signature.controlOutput
    const rest = [...this.#def.controlRet.keys()].filter(key => !named.includes(key)).sort()
    for (const key of [...named, ...rest]) {
      const name =
        this.#def.controlRet.get(key) ?? this.#fail(key, 'a control result that the function does not return')
      this.#graph.controlOutputs.set(key, this.#graph.node(name) ?? this.#dangling(`^${name}`, key))
    }
  }

  #dangling(input: string, reader: string): never {
    return this.#fail(reader, `the input '${input}', but there is no such node`)
  }
}

/** TensorFlow's own name for FunctionDef.resource_arg_unique_id when it is on the `_Arg` node. */
export const UNIQUE_ID = '_resource_arg_unique_id'

const nameResults = (node: Node, names: readonly string[]): void => node.setAttr(RESULT_NAMES, list('string', names))

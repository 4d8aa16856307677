/**
 * The rules of a legal graph, as a table: what TensorFlow would accept, and
 * what passes rely on. Each rule says in a sentence what is wrong with a node,
 * or nothing. The first sentence about a node is reported; the others often follow
 * from it.
 */
import { FreezeError, isFreezeError } from '../errors.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { type ArgDef, type AttrDef, opDef } from '../tensorflow/ops.ts'
import type { Attr } from './attr.ts'
import { nodeOnACycle } from './flow.ts'
import { mixedFrames } from './frames.ts'
import { calledFunctions, type Graph, knownType } from './graph.ts'
import type { Node } from './node.ts'
import { countOf, outputCount } from './results.ts'

/** The fault of a node, as in `y reads x, …`; undefined where it has none. */
type NodeRule = (node: Node, graph: Graph) => string | undefined

const NODE_RULES: readonly NodeRule[] = [
  hasAnOp,
  readsNodesOfTheGraph,
  waitsForNodesOfTheGraph,
  readsOutputsThatExist,
  hasItsAttributes,
  hasAsManyInputsAsItsOp,
  readsItsTypes,
  namesFunctionsThatExist,
  isAConstantOfItsType,
]

/** Throws `invalid-graph` with the first violation. */
export function verify(graph: Graph): void {
  for (const { what, node, functionName } of problems(graph)) {
    throw new FreezeError('invalid-graph', what, {
      ...(functionName !== undefined && { path: [functionName] }),
      ...(node !== undefined && { node }),
    })
  }
}

/** All violations, of the graph and its functions: at most one a node. */
export const violations = (graph: Graph): string[] =>
  Array.from(problems(graph), ({ what, node, functionName }) =>
    [functionName, node]
      .filter(Boolean)
      .join(' ')
      .concat(functionName || node ? `: ${what}` : what),
  )

interface Problem {
  readonly what: string
  readonly node?: string
  readonly functionName?: string
}

function* problems(graph: Graph): Generator<Problem> {
  yield* bodyProblems(graph)
  for (const [functionName, { body, name }] of graph.functions) {
    if (name !== functionName) yield { functionName, what: `the library has the function '${name}' under this name` }
    if (body.functions !== graph.functions) yield { functionName, what: 'the body has a library of its own' }
    for (const problem of bodyProblems(body)) yield { ...problem, functionName }
  }
}

function* bodyProblems(graph: Graph): Generator<Problem> {
  for (const node of graph.nodes) {
    const what = wrong(node, graph)
    if (what) yield { what, node: node.name }
  }
  yield* portProblems(graph)
  const cyclic = nodeOnACycle(graph.nodes)
  if (cyclic)
    yield { what: 'it waits for itself: only a Merge and a NextIteration may close a cycle', node: cyclic.name }
  else yield* frameProblems(graph)
}

function* frameProblems(graph: Graph): Generator<Problem> {
  const mixed = mixedFrames(graph)
  if (!mixed) return
  const { node, one, other } = mixed
  yield {
    node: node.name,
    what: `its inputs come from different frames: ${one.name} is not in the loop of ${other.name}`,
  }
}

function wrong(node: Node, graph: Graph): string | undefined {
  if (graph.node(node.name) !== node) return 'two nodes have this name'
  for (const rule of NODE_RULES) {
    try {
      const what = rule(node, graph)
      if (what) return what
    } catch (e) {
      if (!isFreezeError(e, 'invalid-graph')) throw e
      return e.message.replace(`${node.name}: `, '').replace(/\.$/, '')
    }
  }
  return undefined
}

function hasAnOp({ op }: Node): string | undefined {
  return op === '' ? 'it has no op' : undefined
}

function readsNodesOfTheGraph(node: Node, graph: Graph): string | undefined {
  for (const value of node.inputs)
    if (!graph.nodes.has(value.node)) return `it reads '${value}', which is not in the graph`
  return undefined
}

function waitsForNodesOfTheGraph(node: Node, graph: Graph): string | undefined {
  for (const control of node.controls)
    if (!graph.nodes.has(control)) return `it waits for '${control.name}', which is not in the graph`
  return undefined
}

function hasItsAttributes(node: Node): string | undefined {
  for (const def of node.def?.attrs ?? []) {
    const attr = node.attrs.get(def.name)
    if (!attr && def.default === undefined) return `this ${node.op} has no attribute '${def.name}' (${def.type})`
    if (attr && !isOfKind(attr, def)) return `attribute '${def.name}' of this ${node.op} must be ${def.type}`
  }
  return undefined
}

function isOfKind(attr: Attr, def: AttrDef): boolean {
  if (attr.kind === 'placeholder' || attr.kind === 'nothing') return true
  if (attr.kind !== 'list') return attr.kind === def.type
  return def.type === `list(${attr.of})` || (attr.value.length === 0 && def.type.startsWith('list('))
}

function hasAsManyInputsAsItsOp(node: Node): string | undefined {
  const expected = node.def && countOf(node, node.def.inputs)
  if (expected === undefined) return undefined
  if (node.inputs.length === expected) return undefined
  return `this ${node.op} has ${node.inputs.length} inputs, but must have ${expected}`
}

function readsOutputsThatExist(node: Node, graph: Graph): string | undefined {
  for (const value of node.inputs) {
    const count = knownCount(value.node, graph)
    if (count !== undefined && value.index >= count)
      return `it reads '${value}', but ${value.node.op} has ${count} outputs`
  }
  return undefined
}

/** How many outputs a node has; undefined where it does not say, which is a violation of its own. */
function knownCount(node: Node, { functions }: Graph): number | undefined {
  try {
    return outputCount(node, functions)
  } catch (e) {
    if (isFreezeError(e, 'invalid-graph')) return undefined
    throw e
  }
}

/** References pass for what they refer to. */
function readsItsTypes(node: Node): string | undefined {
  if (node.inputs.length === 0) return undefined
  const expected = node.def?.inputs.flatMap(arg => typesOf(node, arg)) ?? []
  for (let slot = 0; slot < node.inputs.length; slot++) {
    const value = node.inputs[slot]!
    const found = knownType(value)
    const wanted = expected[slot]
    if (found && wanted && found !== wanted) return `input ${slot} (${value}) is ${found}, but must be ${wanted}`
  }
  return undefined
}

/** The types of an argument; undefined for what the call of the function around decides. */
function typesOf(node: Node, arg: ArgDef): readonly (DType | undefined)[] {
  const isOpen = (name: string | undefined): boolean => name !== undefined && node.attr(name)?.kind === 'placeholder'
  if (isOpen(arg.typeListAttr) || isOpen(arg.numberAttr)) return []
  if (isOpen(arg.typeAttr)) return Array<undefined>(arg.numberAttr ? node.count(arg.numberAttr) : 1).fill(undefined)
  return node.argTypes(arg)
}

function namesFunctionsThatExist(node: Node, graph: Graph): string | undefined {
  if (!node.def) return undefined // a call by name or a custom op: they look the same
  // SymbolicGradient may name an op.
  const missing = calledFunctions(node).find(name => name && !graph.functions.has(name) && !opDef(name))
  return missing && `it calls '${missing}', which is not in the library`
}

function isAConstantOfItsType(node: Node): string | undefined {
  if (node.op !== 'Const') return undefined
  const { dtype } = node.tensor('value')
  return dtype === node.type('dtype') ? undefined : `its value is ${dtype}, but its dtype is ${node.type('dtype')}`
}

function* portProblems(graph: Graph): Generator<Problem> {
  const keys = new Set<string>()
  for (const { key, value } of graph.outputs) {
    if (!graph.nodes.has(value.node)) yield { what: `the output '${key}' is '${value}', which is not in the graph` }
    if (keys.has(key)) yield { what: `two outputs have the key '${key}'` }
    keys.add(key)
    const count = knownCount(value.node, graph)
    if (count !== undefined && value.index >= count)
      yield { what: `the output '${key}' is '${value}', but ${value.node.op} has ${count} outputs` }
  }
  for (const { key, value } of graph.inputs)
    if (!graph.nodes.has(value.node)) yield { what: `the input '${key}' is '${value}', which is not in the graph` }
  for (const [key, node] of graph.controlOutputs)
    if (!graph.nodes.has(node))
      yield { what: `the control output '${key}' is '${node.name}', which is not in the graph` }
}

/** Branches and loops whose bodies are functions: If and Loop with subgraphs. */
import { CallSite } from '../../graph/calls.ts'
import type { Node } from '../../graph/node.ts'
import { type Body, behind, bodyOf, emitBody, resultsOf, subgraph } from '../bodies.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { OnnxGraph, OnnxNode, Ref, ValueInfo } from '../model.ts'
import { recurrent } from '../recurrent/operator.ts'
import { refuse } from '../refusal.ts'
import { type Collected, collectedLists } from './collected.ts'

const info = (ref: Ref, shape: ValueInfo['shape'] = null): ValueInfo => ({ ref, shape })

/** A condition: what is not bool is true unless it is zero. */
const truth = (ref: Ref, emit: Emitter): Ref => emit.cast(ref, 'bool')

/** One branch as a subgraph. */
function branch(node: Node, name: string, args: readonly Ref[], emit: Emitter): OnnxGraph {
  const facts = CallSite.of(node, emit.graph.functions)!.arguments.map(value => emit.facts.of(value))
  const inner = emitBody({ graph: bodyOf(node, name, emit), name, args, facts }, emit, [])
  return subgraph(inner, `${node.name}/${name}`, [], resultsOf(inner))
}

/** An If of ONNX with these branches. */
function ifNode(emit: Emitter, condition: Ref, branches: readonly [OnnxGraph, OnnxGraph], name: string): OnnxNode {
  const [then, otherwise] = branches
  if (then.outputs.length === 0) refuse('it has no results')
  return {
    op: 'If',
    domain: '',
    inputs: [condition],
    outputs: then.outputs.map(({ ref }, i) => emit.shared.ref(i === 0 ? name : `${name}:${i}`, ref.dtype)),
    attributes: new Map([
      ['then_branch', { kind: 'graph', value: then }],
      ['else_branch', { kind: 'graph', value: otherwise }],
    ]),
  }
}

function setIf(node: Node, emit: Emitter, made: OnnxNode): void {
  emit.emit(made)
  for (const [i, ref] of made.outputs.entries()) emit.set(node.out(i), ref)
}

const conditional: Lowering = (node, emit) => {
  const args = node.inputs.slice(1).map(input => emit.value(input))
  const branches = [
    branch(node, node.func('then_branch').name, args, emit),
    branch(node, node.func('else_branch').name, args, emit),
  ] as const
  setIf(node, emit, ifNode(emit, truth(emit.value(node.input(0)), emit), branches, node.name))
}

/** A choice of several: an If in the else branch of another. An index out of range takes the last. */
const choice: Lowering = (node, emit) => {
  const args = node.inputs.slice(1).map(input => emit.value(input))
  const index = emit.value(node.input(0))
  const graphs = node.funcs('branches').map(f => branch(node, f.name, args, emit))
  const isIndex = graphs.map((_, i) => emit.op('Equal', [index, emit.scalar(index.dtype, i)]))
  const chosen = (from: number): OnnxGraph => {
    if (from === graphs.length - 1) return graphs[from]!
    const name = `${node.name}/from_${from}`
    const made = ifNode(emit, isIndex[from]!, [graphs[from]!, chosen(from + 1)], name)
    return { name, nodes: [made], initializers: [], inputs: [], outputs: made.outputs.map(ref => info(ref)) }
  }
  if (graphs.length === 1) refuse('it has one branch')
  setIf(node, emit, ifNode(emit, isIndex[0]!, [graphs[0]!, chosen(1)], node.name))
}

/** The part of each loop variable: given from outside as it is, carried from turn to turn, or collected. */
interface Variables {
  readonly invariant: ReadonlySet<number>
  readonly collected: ReadonlyMap<number, Collected>
  readonly carried: readonly number[]
}

function variablesOf(node: Node, emit: Emitter): Variables {
  const body = bodyOf(node, node.func('body').name, emit)
  const invariant = new Set(
    body.inputs.flatMap((port, i) => (behind(body.outputs[i]!.value) === port.value ? [i] : [])),
  )
  const collected = collectedLists(node, emit)
  const carried = body.inputs.flatMap((_, i) => (invariant.has(i) || collected.has(i) ? [] : [i]))
  return { invariant, collected, carried }
}

/**
 *     while c(x): x = f(x)      Loop(c(x₀), x₀) { x → c(f(x)), f(x) }
 *
 * Values that the body does not change are read from outside. A list that gets an element a turn is a scan output. A loop that is
 * a recurrent layer is an operator of its own.
 */
const loop: Lowering = (node, emit) => {
  if (recurrent(node, emit)) return
  const { invariant, collected, carried } = variablesOf(node, emit)
  const facts = node.inputs.map((_, i) => emit.facts.of(node.out(i)))
  const initial = node.inputs.map((input, i) => (collected.has(i) ? undefined : emit.value(input)))
  const named = (attr: string): Pick<Body, 'graph' | 'name'> => ({
    graph: bodyOf(node, node.func(attr).name, emit),
    name: node.func(attr).name,
  })
  const first = condition({ ...named('cond'), args: initial as Ref[], facts }, emit, emit.nodes)
  const iteration = emit.shared.ref(`${node.name}/iteration`, 'int64')
  const goesOn = emit.shared.ref(`${node.name}/condition`, 'bool')
  const variables = new Map(carried.map(i => [i, emit.shared.ref(`${node.name}/variable_${i}`, initial[i]!.dtype)]))
  const args = initial.map((ref, i) => (invariant.has(i) ? ref : variables.get(i))) as Ref[]
  const items = [...collected.values()].map(({ item }) => item)
  const results = bodyOf(node, node.func('body').name, emit).outputs.map(port => port.value)
  const needed = [...carried.map(i => results[i]!), ...items]
  const body = emitBody({ ...named('body'), args, facts, needed }, emit, [])
  const next = args.map((ref, i) => (variables.has(i) ? body.value(results[i]!) : ref))
  const again = condition({ ...named('cond'), args: next, facts }, body, body.nodes)
  const given = [again, ...carried.map(i => next[i]!), ...items.map(item => body.value(item))]
  const inputs = [info(iteration, []), info(goesOn, []), ...[...variables.values()].map(ref => info(ref))]
  const graph = subgraph(body, `${node.name}/body`, inputs, given)
  const outputs = [...carried, ...collected.keys()].map((i, at) =>
    emit.shared.ref(`${node.name}${i === 0 ? '' : `:${i}`}`, given[at + 1]!.dtype),
  )
  for (const [i, ref] of initial.entries()) if (invariant.has(i)) emit.set(node.out(i), ref!)
  if (outputs.length === 0) return
  emit.emit({
    op: 'Loop',
    domain: '',
    inputs: [undefined, first, ...carried.map(i => initial[i]!)],
    outputs,
    attributes: new Map([['body', { kind: 'graph', value: graph }]]),
  })
  for (const [at, i] of [...carried, ...collected.keys()].entries())
    emit.set(node.out(i), collected.get(i)?.isLast ? lastOf(outputs[at]!, emit) : outputs[at]!)
}

/** The list of one place that holds the last of the elements. */
function lastOf(elements: Ref, emit: Emitter): Ref {
  return emit.op('Slice', [elements, emit.vector([-1]), emit.vector([Number.MAX_SAFE_INTEGER]), emit.vector([0])])
}

function condition(body: Body, emit: Emitter, nodes: Emitter['nodes']): Ref {
  const [result] = resultsOf(emitBody(body, emit, nodes))
  return truth(result!, emit)
}

export const controlFlow: Lowerings = {
  Case: choice,
  If: conditional,
  StatelessCase: choice,
  StatelessIf: conditional,
  StatelessWhile: loop,
  While: loop,
}

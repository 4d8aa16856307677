/** Joins two frozen graphs: outputs of the first feed inputs of the second. */
import { FreezeError } from '../errors.ts'
import { type PartialShape, shapeText } from '../graph/attr.ts'
import { moveReaders } from '../graph/edit.ts'
import type { Graph, Port } from '../graph/graph.ts'
import { freshName } from '../graph/names.ts'
import { verify } from '../graph/verify.ts'
import { unknownPort } from './choice.ts'
import type { Frozen, FrozenPort } from './frozen.ts'

/**
 * Joins two frozen graphs into one; both are left as they were. `connections` says which output of the first feeds
 * which input of the second, by key, tensor or node name. The result has the inputs of both that nothing feeds and
 * the outputs of both, those that were connected left out. Nodes of the second whose names the first has get a
 * suffix. Throws `missing` for a name that is not there, and `invalid-graph` where types or shapes do not fit.
 *
 * @example
 * ```ts
 * import { freeze, merge, open } from 'tfreeze'
 * import { openInput } from 'tfreeze/node'
 *
 * const model = await freeze(await open(openInput('my_model')))
 * const twice = merge(model, model, new Map())
 * console.log(twice.inputs.map(({ key }) => key)) // [ 'image', 'image_1' ]
 * ```
 */
export function merge(first: Frozen, second: Frozen, connections: ReadonlyMap<string, string>): Frozen {
  const graph = first.graph.deepClone()
  const { graph: added } = second
  addFunctions(graph, added, second.source.name)
  graph.versions = { ...graph.versions, producer: Math.max(graph.versions.producer, added.versions.producer) }
  const twins = graph.absorb(added, name => name)
  const moved = ({ value, ...port }: Port): Port => ({ ...port, value: twins.get(value.node)!.out(value.index) })
  const own = sideOf(first, graph.inputs, graph.outputs)
  const other = sideOf(second, added.inputs.map(moved), added.outputs.map(moved))
  graph.outputs.push(...other.outputs.map(({ port }) => port)) // an output that is an input follows what feeds it
  for (const node of added.kept) graph.kept.add(twins.get(node)!)
  const used = [...connections].map(pair => connect(graph, own, other, pair))
  const inputs = [...own.inputs, ...other.inputs.filter(end => !used.some(({ to }) => to === end))]
  const outputs = [...own.outputs.filter(end => !used.some(({ from }) => from === end)), ...other.outputs]
  const [freeInputs, allOutputs] = [withFreshKeys(inputs), withFreshKeys(outputs)]
  graph.inputs.splice(0, Infinity, ...freeInputs.map(({ port }) => port))
  graph.outputs.splice(0, Infinity, ...allOutputs.map(({ port }) => port))
  graph.prune()
  verify(graph)
  return {
    graph,
    source: { kind: 'graphdef', name: `${first.source.name} + ${second.source.name}` },
    inputs: freeInputs.map(({ described }) => described),
    outputs: allOutputs.map(({ described }) => described),
    notes: [...new Set([...first.notes, ...second.notes, ...renamed(added, twins, second)])],
  }
}

/** An input or output on its way into the merged graph. */
interface End {
  readonly port: Port
  readonly described: FrozenPort
}
interface Side {
  readonly name: string
  readonly inputs: readonly End[]
  readonly outputs: readonly End[]
}

const sideOf = ({ source, ...frozen }: Frozen, inputs: readonly Port[], outputs: readonly Port[]): Side => ({
  name: source.name,
  inputs: inputs.map((port, i) => ({ port, described: frozen.inputs[i]! })),
  outputs: outputs.map((port, i) => ({ port, described: frozen.outputs[i]! })),
})

/** Adds copies of the second graph's functions, which share the library. Two functions of one name would be taken for each other. */
function addFunctions(graph: Graph, { functions }: Graph, name: string): void {
  for (const [key, f] of functions) {
    if (graph.functions.has(key))
      throw new FreezeError('unsupported', `both graphs have a function called '${key}'`, {
        file: name,
        hint: 'Freeze both with --control-flow v1, which writes no functions.',
      })
    graph.functions.set(key, { ...f, body: f.body.clone(graph.functions) })
  }
}

function connect(graph: Graph, first: Side, second: Side, [output, input]: readonly [string, string]) {
  const from = endNamed(first.outputs, output, `output of ${first.name}`)
  const to = endNamed(second.inputs, input, `input of ${second.name}`)
  const [a, b] = [from.described, to.described]
  if (a.dtype !== b.dtype || !isCompatible(a.shape, b.shape))
    throw new FreezeError(
      'invalid-graph',
      `the output '${output}' is ${typed(a)}, and the input '${input}' takes ${typed(b)}`,
      { file: second.name, hint: 'Connect tensors of one type and shape, or convert one in between.' },
    )
  moveReaders(graph, to.port.value, from.port.value)
  return { from, to }
}

function endNamed(ends: readonly End[], name: string, what: string): End {
  const names = ({ port, described }: End): string[] => {
    const { node, index } = port.value
    return [described.key, `${node.name}:${index}`, ...(index === 0 ? [node.name] : [])]
  }
  const found = ends.find(end => names(end).includes(name))
  if (found) return found
  const keys = ends.map(({ described }) => described.key)
  throw unknownPort(what, name, keys, ['--connect'])
}

const isCompatible = (a: PartialShape, b: PartialShape): boolean =>
  !a || !b || (a.length === b.length && a.every((d, i) => d === null || b[i] === null || d === b[i]))

const typed = ({ dtype, shape }: FrozenPort): string => `${dtype}${shape ? shapeText(shape) : ''}`

/** Keys that both graphs have get a suffix, as nodes do. */
function withFreshKeys(ends: readonly End[]): End[] {
  const taken = new Set<string>()
  return ends.map(({ port, described }) => {
    const isTaken = (name: string): boolean => taken.has(name)
    const key = freshName(described.key, isTaken)
    taken.add(key)
    return { port: { ...port, key }, described: { ...described, key } }
  })
}

/** Notes on public nodes of the second graph that got new names, because the first has theirs. */
function renamed({ inputs, outputs }: Graph, twins: ReturnType<Graph['absorb']>, { source }: Frozen): string[] {
  return [...inputs, ...outputs].flatMap(({ value: { node } }) => {
    const now = twins.get(node)!.name
    return now === node.name ? [] : [`${node.name} of ${source.name} is called ${now}: the first graph has that name.`]
  })
}

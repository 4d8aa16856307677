import type { Attr } from '../graph/attr.ts'
import { moveWaiting } from '../graph/edit.ts'
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { pass } from '../optimize/pass.ts'
import { isPure } from '../optimize/purity.ts'
import type { ReportBuilder } from '../optimize/report.ts'
import { recipeKey } from '../tensor/make.ts'

/**
 * Among nodes with the same op, attributes, inputs and control edges one is
 * enough; of constants with equal recipes too, compared without reading them.
 * Random and other stateful ops differ each time they run, and stay.
 */
export const mergeDuplicates = pass({
  name: 'merge-duplicates',
  description: 'Merges equal constants, and nodes that compute the same from the same inputs.',
  aliases: ['merge_duplicate_nodes'],
  enabled: true,
  run(graph, { report }) {
    const ids = new Map<Node, number>()
    const first = new Map<string, Node>()
    const attrs = new AttrKeys()
    for (const node of inOrder(graph.nodes)) {
      ids.set(node, ids.size)
      if (!isPure(node)) continue
      const key = nodeKey(node, ids, attrs)
      const twin = first.get(key)
      if (twin && twin !== node) merge(graph, node, twin, report)
      else if (key !== '') first.set(key, node)
    }
  },
})

function merge(graph: Graph, node: Node, twin: Node, report: ReportBuilder): void {
  const { name } = node
  const outputs = node.outputs.filter(v => v !== undefined)
  const obstacle = losesOutput(graph, node, twin)
    ? 'TensorFlow loses an output Sigmoid that is a factor as well'
    : staysForItsName(graph, node)
      ? 'its name is public'
      : outputs.map(v => graph.obstacle(v, twin.out(v.index))).find(o => o !== undefined)
  if (obstacle) {
    report.decline(name, obstacle)
    return
  }
  const controls = [...node.controls]
  node.clearControls() // the twin waits for the same
  for (const value of outputs) graph.replace(value, twin.out(value.index))
  moveWaiting(graph, node, twin)
  if (graph.isPublic(node)) for (const control of controls) node.addControl(control)
  else graph.remove(node)
  report.apply(name)
}

/** A second name of an output: unlike an output's own it cannot move, so that merging would save nothing. */
const staysForItsName = (graph: Graph, node: Node): boolean => graph.isPublic(node) && !graph.isOutput(node)

/** With oneDNN, TensorFlow's graph optimiser fuses x·sigmoid(x) to one op even where the sigmoid is fetched: it is gone then. */
const losesOutput = (graph: Graph, node: Node, twin: Node): boolean =>
  node.op === 'Sigmoid' && (graph.isPublic(node) || graph.isPublic(twin))

/** Equal for nodes that compute the same; empty where that cannot be said. */
function nodeKey(node: Node, ids: ReadonlyMap<Node, number>, keys: AttrKeys): string {
  // A node that a loop leads back to has inputs without a number yet: it is nobody's twin.
  if (node.inputs.some(v => !ids.has(v.node))) return ''
  const inputs = node.inputs.map(v => `${ids.get(v.node)}:${v.index}`)
  const controls = [...node.controls].map(c => `^${ids.get(c)}`).sort()
  return [node.op, node.device, ...inputs, ...controls, keys.of(node)].join(' ')
}

/** The attributes of nodes as keys. Many nodes share a set of attributes: its key is made once. */
class AttrKeys {
  readonly #byOp = new Map<string, Map<ReadonlyMap<string, Attr>, string>>()

  of(node: Node): string {
    const known = this.#byOp.get(node.op) ?? new Map<ReadonlyMap<string, Attr>, string>()
    this.#byOp.set(node.op, known)
    const key =
      known.get(node.attrs) ??
      attrNames(node)
        .map(name => `${name}=${attrKey(node.attr(name)!)}`)
        .join(' ')
    if (node.op !== 'Const') known.set(node.attrs, key)
    return key
  }
}

/** Attributes that say what a node computes; the marks of other tools do not. */
const attrNames = (node: Node): string[] =>
  [...new Set([...node.attrs.keys(), ...(node.def?.attrs ?? []).filter(a => a.default !== undefined).map(a => a.name)])]
    .filter(name => name !== '_output_shapes' && name !== '_class')
    .sort()

function attrKey(attr: Attr): string {
  if (attr.kind === 'tensor') return recipeKey(attr.value)
  if (attr.kind === 'list' && attr.of === 'tensor') return attr.value.map(recipeKey).join()
  return JSON.stringify(attr, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value instanceof Uint8Array) return [...value]
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
    return Object.is(value, -0) ? '-0' : value
  })
}

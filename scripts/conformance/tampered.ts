// node scripts/conformance/tampered.mjs TENSORFLOW SAVED_MODEL…
// Changes one weight, one axis and one op of each frozen network, in the graph and in the optimised one, and lets
// `verify` compare it with the network as it was: each change must be caught, and the node that it is in be named.
import { invariant } from '../../src/errors.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import { freeze } from '../../src/freeze/index.ts'
import { inOrder } from '../../src/graph/flow.ts'
import type { Graph } from '../../src/graph/graph.ts'
import type { Node, Value } from '../../src/graph/node.ts'
import { open } from '../../src/models/index.ts'
import { tensorflow } from '../../src/node/engines/index.ts'
import { openFolder } from '../../src/node/file-source.ts'
import { optimize } from '../../src/optimize/optimize.ts'
import { decode, encode } from '../../src/tensor/codec.ts'
import { reshape, transpose } from '../../src/tensor/make.ts'
import { readTensor } from '../../src/tensor/read.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { verify } from '../../src/verify/verify.ts'

/** Changes a graph, each time in another way; returns the node whose numbers change first. */
type Change = (graph: Graph, time: number) => Promise<Node>

/** The constant that a value is, also behind Identity. */
function constantOf(value: Value | undefined): Tensor | undefined {
  let at = value
  while (at?.node.op === 'Identity') at = at.node.input(0)
  return at?.tensor
}

/** The middle one of the nodes that a test takes, in the order in which they run. */
function middle(graph: Graph, takes: (node: Node) => boolean): Node {
  const found = inOrder(graph.outputs.map(port => port.value.node)).filter(takes)
  const node = found[Math.floor(found.length / 2)]
  invariant(node, 'the network has no node for this change')
  return node
}

/** The node with another op or other inputs, under its own name. */
function replaced(graph: Graph, node: Node, op: string, inputs: readonly Value[]): Node {
  const other = graph.addNode(op, inputs, node.attrs, `${node.name}/other`)
  const { name } = node
  graph.replace(node.out(), other.out())
  graph.prune()
  graph.rename(other, name)
  return other
}

const WEIGHTED = ['Conv2D', 'DepthwiseConv2dNative', 'MatMul']
const weightOf = (node: Node): Tensor | undefined =>
  WEIGHTED.includes(node.op) ? constantOf(node.inputs[1]) : undefined

async function withWeight(graph: Graph, node: Node, tensor: Tensor): Promise<Node> {
  const [x] = node.inputs as [Value]
  return replaced(graph, node, node.op, [x, graph.const(tensor, `${node.name}/weight`)])
}

const CHANGES: Readonly<Record<string, Change>> = {
  /** One number of the kernel of one convolution. */
  async weight(graph, time) {
    const node = middle(graph, each => weightOf(each) !== undefined)
    const tensor = weightOf(node)!
    const values = decode(tensor.dtype, await readTensor(tensor))
    const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
    values[(Math.floor(values.length / 2) + time * 7919) % values.length]! += 10 * (largest || 1)
    const bytes = encode(tensor.dtype, values)
    return withWeight(graph, node, { ...tensor, recipe: { kind: 'memory', bytes } })
  },
  /** A kernel that is read with its first two axes, height and width of an image's, in the other order. */
  async axis(graph) {
    const hasTwo = (tensor: Tensor | undefined): boolean =>
      tensor !== undefined && Math.min(...tensor.shape.slice(0, 2)) > 1
    const node = middle(graph, each => hasTwo(weightOf(each)))
    const { shape } = weightOf(node)!
    const moved = transpose(weightOf(node)!, [1, 0, 2, 3].slice(0, shape.length))
    return withWeight(graph, node, reshape(moved, shape))
  },
  /** Another activation. */
  async op(graph) {
    const others: Readonly<Record<string, string>> = { Relu: 'Elu', Relu6: 'Relu', Sigmoid: 'Tanh', Erf: 'Tanh' }
    const node = middle(graph, each => others[each.op] !== undefined)
    return replaced(graph, node, others[node.op]!, node.inputs)
  },
}

/** How often a change is tried that no output shows: of a weight that only meets zeros. */
const TIMES = 20

const [library, ...folders] = process.argv.slice(2)
const engine = await tensorflow(library!)

/** The network with a change that an output shows, and the name of the node that it is in. */
async function tampered(original: Frozen, change: Change): Promise<{ readonly frozen: Frozen; readonly node: string }> {
  for (let time = 0; ; time++) {
    const graph = original.graph.deepClone()
    const node = (await change(graph, time)).name
    const frozen = { ...original, graph }
    const { outputs } = await verify(frozen, original, { engine })
    if (time === TIMES || outputs.some(({ figures }) => figures.absolute > 0)) return { frozen, node }
  }
}

/** What `verify` does not see, in words; empty where the change is caught and its node named. */
async function missed(original: Frozen, result: Frozen, node: string | undefined): Promise<string> {
  const { agrees, divergence } = await verify(result, original, { engine })
  if (agrees) return 'the numbers agree'
  if (divergence === undefined) return 'no node is named'
  return node === undefined || divergence.node === node ? '' : `${divergence.node} is named`
}

let [caught, judged] = [0, 0]
for (const folder of folders) {
  const original = await freeze(await open(openFolder(folder)))
  for (const [what, change] of Object.entries(CHANGES)) {
    const { frozen, node } = await tampered(original, change)
    // Optimising joins nodes, so that another name may stand for the changed one.
    for (const [form, result, name] of [
      ['', frozen, node],
      [', optimised', optimize(frozen).frozen, undefined],
    ] as const) {
      const why = await missed(original, result, name)
      judged++
      if (why === '') caught++
      else console.log(`FAILS  ${folder}: another ${what} at ${node}${form}: ${why}`)
    }
  }
}
console.log(
  `${caught} of ${judged} changes of ${folders.length} networks are caught, and the first node that diverges named`,
)
process.exitCode = caught === judged && judged > 0 ? 0 : 1

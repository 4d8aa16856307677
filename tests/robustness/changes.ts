/** Changes of a graph's nodes that leave its bytes legal, and what becomes of a sample that has them. */
import fc from 'fast-check'
import { AttrValue, FunctionDef, GraphDef, NodeDef, SavedModel } from '../../src/tensorflow/generated/messages.ts'
import { type Init, message, nodesOf } from '../messages.ts'
import type { Sample } from './samples.ts'

/** A change of a list of nodes, as numbers that are taken modulo what there is. */
export interface Change {
  readonly kind: keyof typeof CHANGES
  readonly node: number
  readonly which: number
  readonly to: number
}

/** The nodes of the main graph and of each function. */
type Bodies = readonly NodeDef[][]

const picked = <T>(items: readonly T[], at: number): T | undefined =>
  items.length === 0 ? undefined : items[at % items.length]

const values: readonly NonNullable<Init<AttrValue>['value']>[] = [
  { case: 'i', value: -1n },
  { case: 'i', value: 1n << 62n },
  { case: 'f', value: Number.NaN },
  { case: 'b', value: true },
  { case: 's', value: new Uint8Array([255]) },
  { case: 'type', value: 1 },
  { case: 'type', value: 20 },
  { case: 'type', value: 999 }, // a number that TensorFlow may add
  { case: 'placeholder', value: 'T' },
  { case: 'func', value: { name: 'yes' } },
  { case: 'shape', value: { unknownRank: true } },
  { case: 'shape', value: { dim: [{ size: -7n }, { size: 1n << 40n }] } },
  { case: 'tensor', value: { dtype: 1, tensorShape: { dim: [{ size: 1n << 40n }] } } },
  { case: 'tensor', value: { dtype: 7 } },
  { case: 'list', value: { i: [0n, -5n] } },
  { case: 'list', value: {} },
  { case: undefined },
]
const attrValue = (at: number): AttrValue => message(AttrValue, { value: picked(values, at)! })

const OPS = ['Identity', 'Const', 'NoOp', 'Merge', 'Switch', 'Enter', 'VarHandleOp', 'If', 'Split', 'MyOwn', 'Reshape']
const DIMENSIONS = ['', ':0', ':1', ':7', ':-1', ':output:0', ':99999999999']

/** What is done to one node of a body. */
const CHANGES = {
  'drop a node': (body, _node, { node }) => body.splice(node % body.length, 1),
  'repeat a node': (body, node) => body.push(node),
  'lead an edge elsewhere': (body, node, { which, to }) => {
    const slot = which % Math.max(1, node.input.length)
    node.input[slot] = `${picked(body, to)!.name}${picked(DIMENSIONS, which + to)}`
  },
  'wait for a node': (body, node, { to }) => node.input.push(`^${picked(body, to)!.name}`),
  'drop an edge': (_, node, { which }) => node.input.splice(which % Math.max(1, node.input.length), 1),
  'read nothing': (_, node) => node.input.push('nothing'),
  'change an attribute': (_, node, { which, to }) => {
    const key = picked([...node.attr.keys()].sort(), which)
    if (key !== undefined) node.attr.set(key, attrValue(to))
  },
  'drop an attribute': (_, node, { which }) => {
    const key = picked([...node.attr.keys()].sort(), which)
    if (key !== undefined) node.attr.delete(key)
  },
  'swap attributes': (body, node, { to }) => {
    node.attr = new Map([...node.attr, ...picked(body, to)!.attr])
  },
  'change the op': (_, node, { to }) => {
    node.op = picked(OPS, to)!
  },
  'take a name': (body, node, { to }) => {
    node.name = picked(body, to)!.name
  },
  'have no name': (_, node) => {
    node.name = ''
  },
} satisfies Record<string, (body: NodeDef[], node: NodeDef, change: Change) => unknown>

/** A change, and the number of the body that it is made in. */
export const change: fc.Arbitrary<readonly [number, Change]> = fc.tuple(
  fc.nat(20),
  fc.record({
    kind: fc.constantFrom(...(Object.keys(CHANGES) as Change['kind'][])), // the keys of a constant
    node: fc.nat(200),
    which: fc.nat(20),
    to: fc.nat(200),
  }),
)

function apply(bodies: Bodies, changes: readonly (readonly [number, Change])[]): void {
  for (const [at, change] of changes) {
    const body = picked(bodies, at)!
    const node = picked(body, change.node)
    if (node) CHANGES[change.kind](body, node, change)
  }
}

function applyToAll(graph: GraphDef, changes: readonly (readonly [number, Change])[]): void {
  const functions = (graph.library?.function ?? []).map(bytes => FunctionDef.decode(bytes))
  const bodies = [graph.node, ...functions.map(f => f.nodeDef)].map(nodesOf)
  apply(bodies, changes)
  const [nodes, ...nodesOfFunctions] = bodies.map(body => body.map(node => NodeDef.encode(node).finish()))
  graph.node = nodes!
  for (const [i, f] of functions.entries()) f.nodeDef = nodesOfFunctions[i]!
  if (graph.library) graph.library.function = functions.map(f => FunctionDef.encode(f).finish())
}

/** Whether the sample's damaged file is a message whose nodes can be changed. */
export const hasNodes = ({ name }: Sample): boolean => /^graph\.pb$|^(tensorflow\d|digits).saved_model\.pb$/.test(name)

/** The bytes of a sample's damaged file with its graphs changed. */
export function changed(sample: Sample, changes: readonly (readonly [number, Change])[]): Uint8Array {
  const bytes = sample.files[sample.damaged]!
  if (sample.damaged === 'saved_model.pb') {
    const model = SavedModel.decode(bytes)
    applyToAll(model.metaGraphs[0]!.graphDef!, changes)
    return SavedModel.encode(model).finish()
  }
  const graph = GraphDef.decode(bytes)
  applyToAll(graph, changes)
  return GraphDef.encode(graph).finish()
}

/** The text on a box: its op and name, or its name and contents. */
import { opTable } from '../tensorflow/op-table.ts'
import { bodiesOf, isInlineCall, readableFunction } from './bodies.ts'
import type { Box, Item, Scope } from './box.ts'
import { type Family, opFamily } from './families.ts'
import { withoutCommon } from './names.ts'
import type { PictureBox } from './parts.ts'

/** Letters of a name after which what it has in common with its neighbours' is cut. */
const LONG = 26
/** Neighbours that are looked at. */
const NEIGHBOURS = 8

type Description = Pick<PictureBox, 'kind' | 'title' | 'subtitle' | 'op'>

/** `layers` are the classes of a Keras file's layers, by their name scopes. */
export function described(box: Box, layers: ReadonlyMap<string, string>): Description {
  return box.kind === 'scope' ? scope(box, layerOf(box, layers)) : node(box)
}

/** The class of the layer that a scope was written for, and the scope's name up to there: scopes in it may be all that it has. */
export function layerOf(
  { id, label, instance, role }: Scope,
  layers: ReadonlyMap<string, string>,
): { readonly className: string; readonly label: string } | undefined {
  if (layers.size === 0 || instance.prefix !== '' || role !== undefined) return undefined
  let [path, rest] = [id.replace(/\/$/, ''), label]
  for (;;) {
    const className = layers.get(path)
    if (className !== undefined) return { className, label: rest }
    const at = rest.lastIndexOf('/')
    if (at < 0) return undefined
    path = path.slice(0, path.length - (rest.length - at))
    rest = rest.slice(0, at)
  }
}

function node(item: Item): Description {
  const { node, instance } = item
  const { op } = node
  const bodies = bodiesOf(node, instance.graph)
  if (op === '_Arg') return { kind: 'node', title: 'Argument', subtitle: nameOf(item), op }
  if (bodies.length === 0) return { kind: 'node', title: op, subtitle: nameOf(item), op }
  const isCall = isInlineCall(node)
  const title = isCall ? readableFunction(bodies[0]!.name) : op
  return { kind: 'call', title, subtitle: isCall ? `call ${item.label}` : nameOf(item), op }
}

/** Without the op at its end, where a layer is one node of that op, and without what is the same in the boxes around. */
function nameOf(box: Box, given?: string): string {
  const name = (at: Box): string =>
    at.kind === 'node' && at.label.endsWith(`/${at.node.op}`) ? at.label.slice(0, -at.node.op.length - 1) : at.label
  const label = given ?? name(box)
  if (label.length <= LONG || box.parent?.kind !== 'scope') return label
  const { children } = box.parent
  const at = children.indexOf(box)
  return withoutCommon(label, children.slice(Math.max(0, at - NEIGHBOURS), at + NEIGHBOURS + 1).map(name), LONG)
}

/** Nodes of a scope that are told one by one: those of a layer. */
const FEW_NODES = 8
/** Ops that are listed. */
const MAX_OPS = 3

/** Whether a scope is as small as a layer: what it holds is said on its box. */
export const isSmall = (box: Box): boolean => box.kind === 'scope' && box.size <= FEW_NODES && box.role !== 'run'

function scope(box: Scope, layer: ReturnType<typeof layerOf>): Description {
  const kind = box.role ?? 'scope'
  const title = nameOf(box, layer?.label)
  const nodes = box.size === 1 ? '1 node' : `${box.size.toLocaleString('en')} nodes`
  if (!isSmall(box) || kind === 'branch')
    return { kind, title, subtitle: layer ? `${layer.className}, ${nodes}` : nodes }
  const ops = [...new Set(opsIn(box))]
  if (layer) return { kind, title, subtitle: layer.className, op: opOfLayer(layer.className, ops) }
  const main = mainOp(ops)
  return {
    kind,
    title,
    subtitle: ops.length > MAX_OPS ? nodes : ops.join(', '),
    ...(main !== undefined && { op: main }),
  }
}

/** Most layers are called like the op that they are there for. */
const opOfLayer = (className: string, ops: readonly string[]): string =>
  opFamily(className) === 'other' ? (mainOp(ops) ?? className) : className

function opsIn(scope: Scope): string[] {
  const ops: string[] = []
  const stack: Box[] = [scope]
  for (let box = stack.pop(); box; box = stack.pop()) {
    if (box.kind === 'node') ops.push(box.node.op)
    else stack.push(...[...box.children].reverse())
  }
  return ops
}

/** It stands in its family with what a layer is there for, and only comes along. */
const isBias = opTable<true>([['BiasAdd*', true]])

/** From what a layer is there for to what comes along with it. */
const WEIGHT: readonly Family[] = ['product', 'norm', 'pool', 'activation', 'control', 'text', 'math', 'shape']

function mainOp(ops: readonly string[]): string | undefined {
  for (const family of WEIGHT) {
    const found = ops.find(op => opFamily(op) === family && !isBias(op))
    if (found !== undefined) return found
  }
  return ops[0]
}

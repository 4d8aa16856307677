/**
 * A graph as nested boxes: name scopes, calls with the body they run, branches
 * and loops with theirs. Everything is made when it is first looked at, so a
 * library of a thousand functions costs nothing until one is opened.
 *
 * The id of a box is its path: `conv1/` a scope, `conv1/Conv2D` a node, `block_3*` a
 * group of boxes whose names begin so, `conv1/#64-127` a run of boxes where there are
 * too many to draw, and behind `|` what is inside a call: `call|f|dense/MatMul`.
 */
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { bodiesOf, isInlineCall } from './bodies.ts'
import type { Box, Instance, Item, Scope } from './box.ts'
import { foldedNodes } from './folded.ts'
import { group, tidy } from './nesting.ts'

/** An output of a node at one place. */
export interface Source {
  readonly item: Item
  readonly value: Value
}

export interface SceneOptions {
  /** Whether calls open in place. Without, they stay closed, and functions are looked at on their own. */
  readonly inline?: boolean
  /** The nodes of the main graph that are shown; all where absent. */
  readonly only?: ReadonlySet<Node>
  /** For a Keras file: the classes of layers, by the name scopes of the main graph that they were written in. */
  readonly layers?: ReadonlyMap<string, string> | undefined
}

/** The boxes of a graph. */
export class Scene {
  readonly main: Instance
  readonly inline: boolean
  readonly layers: ReadonlyMap<string, string>
  readonly #bodies = new Map<Item, Instance[]>()

  constructor(graph: Graph, { inline = true, only, layers = new Map() }: SceneOptions = {}) {
    this.inline = inline
    this.layers = layers
    this.main = instance(graph, '', undefined, false, only)
  }

  /** The bodies that a node runs, in the order of its attributes; none where they are not shown in place. */
  bodies(item: Item): readonly Instance[] {
    const known = this.#bodies.get(item)
    if (known) return known
    const isInline = isInlineCall(item.node)
    const made =
      isInline && !this.inline
        ? []
        : bodiesOf(item.node, item.instance.graph).flatMap(({ attr, body }) =>
            depthOf(item) < MAX_NESTING ? [instance(body, `${item.id}|${attr}|`, item, isInline)] : [],
          )
    this.#bodies.set(item, made)
    return made
  }

  /** The boxes directly inside a box. */
  children(box: Box): readonly Box[] {
    if (box.kind === 'scope') return box.children
    const bodies = this.bodies(box)
    return bodies[0]?.isInline ? bodies[0].root.children : bodies.map(body => body.root)
  }

  /** The box with this id; undefined where there is none. */
  box(id: string): Box | undefined {
    const at = id.lastIndexOf('|')
    const owner = at < 0 ? undefined : this.#instanceAt(id.slice(0, at + 1))
    if (at >= 0 && !owner) return undefined
    return find(owner ?? this.main, id)
  }

  #instanceAt(prefix: string): Instance | undefined {
    const [, callId, attr] = /^(.*)\|([^|]*)\|$/s.exec(prefix) ?? []
    if (callId === undefined) return undefined
    const call = this.box(callId)
    return call?.kind === 'node' ? this.bodies(call).find(b => b.prefix === `${callId}|${attr}|`) : undefined
  }

  /** Where a value that a node of `reader` reads comes from: through arguments and results of calls that are open. */
  source(reader: Instance, value: Value, isOpen: (item: Item) => boolean): Source | undefined {
    let at = reader
    let from = value
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const item = at.items.get(from.node)
      if (at.isInline && from.node.op === '_Arg' && at.caller) {
        const index = at.graph.inputs.findIndex(port => port.value.node === from.node)
        const argument = at.caller.node.inputs[index]
        if (!argument) return undefined
        at = at.caller.instance
        from = argument
        continue
      }
      const body = item && isInlineCall(from.node) && isOpen(item) ? this.bodies(item)[0] : undefined
      const result = body?.graph.outputs[from.index]?.value
      if (!body || !result) return item && { item, value: from }
      at = body
      from = result
    }
    return undefined
  }
}

/** Calls within calls that are opened: functions may call themselves. */
const MAX_NESTING = 32
/** Calls that one value is followed through. */
const MAX_STEPS = 10_000

function depthOf(item: Item): number {
  let depth = 0
  for (let at = item.instance.caller; at; at = at.instance.caller) depth++
  return depth
}

function find({ graph, items, scopes, prefix }: Instance, id: string): Box | undefined {
  const node = graph.node(id.slice(prefix.length))
  return (node && items.get(node)) ?? scopes.get(id)
}

function instance(
  graph: Graph,
  prefix: string,
  caller: Item | undefined,
  isInline: boolean,
  only?: ReadonlySet<Node>,
): Instance {
  const items = new Map<Node, Item>()
  const label = caller ? prefix.slice(caller.id.length + 1, -1) : ''
  const scopes = new Map<string, Scope>()
  const made: Instance = { graph, prefix, caller, isInline, items, scopes, root: undefined as unknown as Scope } // set below: each needs the other
  const root: Scope = {
    kind: 'scope',
    id: prefix,
    label,
    instance: made,
    parent: caller,
    children: [],
    size: 0,
    ...(caller && !isInline && { role: 'branch' as const }),
  }
  Object.assign(made, { root })
  const shown = inOrder(graph.nodes).filter(node => !only || only.has(node))
  addItems(made, items, shown)
  return made
}

/** Puts every node in its scope, and tidies the scopes up. */
function addItems(made: Instance, items: Map<Node, Item>, nodes: readonly Node[]): void {
  const folded = foldedNodes(made.graph)
  const scopes = new Map<string, Scope>([['', made.root]])
  for (const node of nodes) {
    const isFolded = folded.has(node) || (made.isInline && node.op === '_Arg')
    const at = node.name.lastIndexOf('/')
    const parent = scopeAt(made, scopes, at < 0 ? '' : node.name.slice(0, at))
    const id = made.prefix + node.name
    const item: Item = { kind: 'node', id, label: node.name.slice(at + 1), node, instance: made, parent, isFolded }
    items.set(node, item)
    if (!isFolded) parent.children.push(item)
  }
  const all = [...scopes.values()].reverse() // inner ones first
  for (const scope of all) tidy(scope)
  for (const scope of all) if (scope.children.length > 0 || scope === made.root) made.scopes.set(scope.id, scope)
  for (const scope of all) group(scope)
}

function scopeAt(instance: Instance, scopes: Map<string, Scope>, path: string): Scope {
  const known = scopes.get(path)
  if (known) return known
  const segments = path.split('/')
  let parent = instance.root
  for (let i = 1; i <= segments.length; i++) {
    const inner = segments.slice(0, i).join('/')
    let scope = scopes.get(inner)
    if (!scope) {
      const id = `${instance.prefix}${inner}/`
      scope = { kind: 'scope', id, label: segments[i - 1]!, instance, parent, children: [], size: 0 }
      scopes.set(inner, scope)
      parent.children.push(scope)
    }
    parent = scope
  }
  return parent
}

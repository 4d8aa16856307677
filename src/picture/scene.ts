/**
 * A graph as nested boxes: name scopes, calls with the body they run, branches
 * and loops with theirs. Everything is made when it is first looked at, so a
 * library of a thousand functions costs nothing until one is opened.
 *
 * The id of a box is its path: `conv1/` a scope, `conv1/Conv2D` a node,
 * `conv1/#64-127` a run of nodes of a crowded scope, and behind `|` what is inside
 * a call: `call|f|dense/MatMul`.
 */
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { bodiesOf, isInlineCall } from './bodies.ts'
import { foldedNodes } from './folded.ts'
import { shortened } from './measure.ts'

/** A box is a scope (or a run of nodes, or a branch), or a node. */
export type Box = Scope | Item

/** What other boxes are in. */
export interface Scope {
  readonly kind: 'scope'
  readonly id: string
  label: string
  readonly instance: Instance
  /** Scopes that hold everything that this one does. Undefined for the picture as a whole. */
  parent: Scope | Item | undefined
  /** In the order in which the graph computes them. */
  children: Box[]
  /** Nodes inside, without those that are folded into their readers. */
  size: number
  /** A run of a crowded scope, or a branch. */
  readonly role?: 'run' | 'branch'
}

/** A node at one place of the picture. */
export interface Item {
  readonly kind: 'node'
  readonly id: string
  label: string
  readonly node: Node
  readonly instance: Instance
  parent: Scope
  /** Drawn as a badge of its readers. */
  readonly isFolded: boolean
}

/** A graph in the picture: the one it is of, or a function's body where it is called. */
export interface Instance {
  readonly graph: Graph
  /** What ids of its boxes begin with. */
  readonly prefix: string
  readonly root: Scope
  readonly items: ReadonlyMap<Node, Item>
  /** By id. */
  readonly scopes: Map<string, Scope>
  /** The call that it is the body of. */
  readonly caller: Item | undefined
  /** Whether edges run through from the caller's inputs to the body's readers. */
  readonly isInline: boolean
}

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
}

/** Boxes in one scope before it is divided into runs. */
const MAX_CHILDREN = 48
/** Runs that a crowded scope is divided into, and at the least what one holds. */
const RUNS = 24
/** Letters of each of the two names that a run is called by. */
const RUN_LETTERS = 14

/** The boxes of a graph. */
export class Scene {
  readonly main: Instance
  readonly inline: boolean
  readonly #bodies = new Map<Item, Instance[]>()

  constructor(graph: Graph, { inline = true, only }: SceneOptions = {}) {
    this.inline = inline
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

/** The box that a box is in; the body of a call that opens in place is no box of its own. */
export function parentOf(box: Box): Box | undefined {
  const { parent } = box
  return parent?.kind === 'scope' && parent.instance.isInline && parent === parent.instance.root
    ? parent.parent
    : parent
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
  for (const scope of all) divide(scope)
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

/** A scope that holds nothing goes; one that holds a single box gives way to it. */
function tidy(scope: Scope): void {
  scope.children = scope.children.flatMap(child => {
    if (child.kind === 'node') return [child]
    if (child.children.length === 0) return []
    const [only, ...others] = child.children
    if (!only || others.length > 0) return [child]
    only.label = `${child.label}/${only.label}`
    return [only]
  })
  for (const child of scope.children) child.parent = scope
  scope.size = scope.children.reduce((n, child) => n + (child.kind === 'scope' ? child.size : 1), 0)
}

/** Divides a crowded scope into runs, in the order of computation, until none is crowded. */
function divide(scope: Scope): void {
  if (scope.children.length <= MAX_CHILDREN) return
  const crowded: Scope[] = [scope]
  for (let next = crowded.pop(); next; next = crowded.pop()) {
    const length = Math.max(RUNS, Math.ceil(next.children.length / RUNS))
    const runs: Scope[] = []
    const base = next.role === 'run' ? Number(/#(\d+)-\d+$/.exec(next.id)![1]) : 0
    for (let start = 0; start < next.children.length; start += length) {
      const run = runOf(scope, next, base + start, next.children.slice(start, start + length))
      runs.push(run)
      if (run.children.length > MAX_CHILDREN) crowded.push(run)
    }
    next.children = runs
  }
}

function runOf(scope: Scope, parent: Scope, start: number, children: Box[]): Scope {
  const run: Scope = {
    kind: 'scope',
    id: `${scope.id}#${start}-${start + children.length - 1}`,
    label: `${shortened(children[0]!.label, RUN_LETTERS)} – ${shortened(children.at(-1)!.label, RUN_LETTERS)}`,
    instance: scope.instance,
    parent,
    children,
    size: children.reduce((n, child) => n + (child.kind === 'scope' ? child.size : 1), 0),
    role: 'run',
  }
  scope.instance.scopes.set(run.id, run)
  for (const child of children) child.parent = run
  return run
}

/**
 * Call sites: nodes that run functions of the library.
 *
 *     y    = PartitionedCall(a, b) {f}                    arguments a, b           bodies f
 *     y    = If(p, a, b) {then_branch, else_branch}       arguments a, b           bodies then_branch, else_branch
 *     y    = Case(i, a, b) {branches}                     arguments a, b           bodies branches.0, branches.1, …
 *     x, n = While(x0, n0) {cond, body}                   arguments x0, n0         bodies cond, body
 *     y    = f(a, b)                                      the oldest form of a call: the op is the function's name
 *
 * Also the one way to change a function for the sake of a site: a copy, which all sites that need the same share.
 */

import { FreezeError } from '../errors.ts'
import type { DType } from '../tensorflow/dtype.ts'
import type { BranchRole, CallRole, LoopRole } from '../tensorflow/roles.ts'
import { type Attr, type FuncRef, list } from './attr.ts'
import type { Graph, GraphFunction } from './graph.ts'
import { numbered } from './names.ts'
import type { Node, Value } from './node.ts'

/** A function that a site runs: the attribute that names it (`then_branch`; `branches.2` of a list), and the reference. */
export interface SiteBody {
  readonly attr: string
  readonly ref: FuncRef
}

/** A node that runs functions, and how its inputs and outputs are theirs. */
export class CallSite {
  readonly node: Node
  readonly kind: 'call' | 'branch' | 'loop'
  /** The inputs before this one are no arguments: what chooses the branch. */
  readonly first: number
  readonly #role: CallRole | BranchRole | LoopRole | undefined

  private constructor(node: Node, role: CallRole | BranchRole | LoopRole | undefined) {
    this.node = node
    this.kind = role?.kind ?? 'call'
    this.first = this.kind === 'branch' ? 1 : 0
    this.#role = role
  }

  /** The call, branch or loop that a node is; undefined for any other node. */
  static of(node: Node, functions: ReadonlyMap<string, GraphFunction>): CallSite | undefined {
    const { role } = node
    if (role?.kind === 'call' || role?.kind === 'branch' || role?.kind === 'loop') return new CallSite(node, role)
    return !node.def && functions.has(node.op) ? new CallSite(node, undefined) : undefined
  }

  /** Whether the node is a call whose last input is the device that the function runs on. */
  static takesDevice({ role }: Node): boolean {
    return role?.kind === 'call' && role.extra > 0
  }

  /** The inputs that are arguments, in order. */
  get arguments(): readonly Value[] {
    const { inputs } = this.node
    const extra = this.#role?.kind === 'call' ? this.#role.extra : 0
    return inputs.slice(this.first, inputs.length - extra)
  }
  /** The input that chooses the branch: a condition or an index. */
  get chooser(): Value | undefined {
    return this.kind === 'branch' ? this.node.inputs[0] : undefined
  }
  /** The argument that an input is; undefined for what is none. */
  argumentAt(slot: number): number | undefined {
    const index = slot - this.first
    return index >= 0 && index < this.arguments.length ? index : undefined
  }
  /** The input that an argument is. */
  slotOf(argument: number): number {
    return argument + this.first
  }

  /** The functions that the site may run, in the order of its attributes' names above. */
  get bodies(): readonly SiteBody[] {
    const { node } = this
    const role = this.#role
    if (!role) return [{ attr: 'f', ref: { name: node.op, attrs: node.attrs } }]
    if (role.kind === 'call') return [{ attr: role.body, ref: node.func(role.body) }]
    return role.bodies.flatMap(attr =>
      node.attr(attr)?.kind === 'list'
        ? node.funcs(attr).map((ref, i) => ({ attr: `${attr}.${i}`, ref }))
        : [{ attr, ref: node.func(attr) }],
    )
  }
  /** The function that this attribute names; undefined where the site has no such attribute. */
  body(attr: string): FuncRef | undefined {
    return this.bodies.find(body => body.attr === attr)?.ref
  }
  /** Whether this function is the one that gives the site's results: all are, but for a loop's condition. */
  givesResults({ attr }: SiteBody): boolean {
    return this.kind !== 'loop' || attr === 'body'
  }
  /** The branch that a condition or index chooses: anything but 0 is true, and an index out of range takes the last. */
  chosen(condition: number): FuncRef {
    const { bodies } = this
    const index = this.body('then_branch') ? Number(condition === 0) : condition
    return (bodies[index] ?? bodies.at(-1)!).ref
  }

  /** Makes the site run other functions. Not for a call in the oldest form, whose function is its op. */
  mapBodies(change: (body: SiteBody) => FuncRef): void {
    const { node, bodies } = this
    const changed = new Map(bodies.map(body => [body.attr, change(body)]))
    for (const attr of this.#role?.kind === 'call' ? [this.#role.body] : (this.#role?.bodies ?? [])) {
      const single = changed.get(attr)
      if (single) node.setAttr(attr, { kind: 'func', value: single })
      else
        node.setAttr(
          attr,
          list(
            'func',
            bodies.flatMap(body => changed.get(body.attr) ?? []),
          ),
        )
    }
  }

  /** The types of the arguments of a branch or loop. */
  get argumentTypes(): readonly DType[] {
    return this.node.types(this.kind === 'loop' ? 'T' : 'Tin')
  }
  /** Says the types of the arguments of a branch or loop; a loop's are its results' too. */
  setArgumentTypes(types: readonly DType[]): void {
    this.node.setAttr(this.kind === 'loop' ? 'T' : 'Tin', list('type', types))
  }
  /** Says the types of a branch's results. */
  setResultTypes(types: readonly DType[]): void {
    if (this.kind === 'branch') this.node.setAttr('Tout', list('type', types))
  }
}

/** The branch or loop that a node is. */
export function controlSite(node: Node, graph: Graph): CallSite | undefined {
  return node.is('branch', 'loop') ? CallSite.of(node, graph.functions) : undefined
}

/** The function that a reference names. Throws `invalid-graph` where the library does not have it. */
export function functionNamed({ functions }: Graph, name: string, caller: Node): GraphFunction {
  const f = functions.get(name)
  if (f) return f
  throw new FreezeError('invalid-graph', `it calls the function '${name}', which the model does not have`, {
    node: caller.name,
    hint: 'Export the model again.',
  })
}

/** The purpose of a copy of a function. */
export interface CopyFor {
  /** The node that will call the copy. */
  readonly caller: Node
  /** Equal for copies that are the same, for one function. */
  readonly key: unknown
  /** Changes the copy's body, which the library has by then: it may call itself. */
  readonly change: (body: Graph) => void
  /** `$T` becomes the call's T in the copy. A function without parameters is changed itself, and not copied. */
  readonly fillsParameters?: boolean
}

/** Copies of functions, changed for the sites that call them; each is made once. */
export class FunctionCopies {
  readonly #made = new Map<string, string>()

  /** The function of `graph`'s library that is `ref` with a change; made when first asked for. */
  of(graph: Graph, ref: FuncRef, { caller, key, change, fillsParameters = false }: CopyFor): FuncRef {
    const id = JSON.stringify([ref.name, key], (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))
    const attrs = fillsParameters ? new Map<string, Attr>() : ref.attrs
    const known = this.#made.get(id)
    if (known !== undefined) return { name: known, attrs }
    const original = functionNamed(graph, ref.name, caller)
    const parameters = fillsParameters ? parametersOf(original, ref) : undefined
    const name = parameters?.size === 0 ? ref.name : numbered(ref.name, taken => graph.functions.has(taken))
    this.#made.set(id, name)
    const body = original.body.clone()
    if (parameters) for (const node of body.nodes) fill(node, parameters)
    graph.functions.set(name, { ...original, name, body, ...(parameters && { parameters: undefined }) })
    change(body)
    return { name, attrs }
  }
}

function fill(node: Node, parameters: ReadonlyMap<string, Attr>): void {
  for (const [name, attr] of substitute(node.attrs, parameters)) node.setAttr(name, attr)
}

/** The values of a function's own attributes at a call. */
export function parametersOf(f: GraphFunction, ref: FuncRef): ReadonlyMap<string, Attr> {
  const values = new Map(ref.attrs)
  for (const { name, default: fallback } of f.parameters ?? []) {
    if (!values.has(name) && fallback) values.set(name, fallback)
  }
  return values
}

/** Attributes with every `$T` replaced, in references to other functions too. What has no value is left. */
export function substitute(
  attrs: ReadonlyMap<string, Attr>,
  values: ReadonlyMap<string, Attr>,
): ReadonlyMap<string, Attr> {
  if (values.size === 0) return attrs
  const result = new Map<string, Attr>()
  for (const [name, attr] of attrs) result.set(name, substituteOne(attr, values))
  return result
}

function substituteOne(attr: Attr, values: ReadonlyMap<string, Attr>): Attr {
  if (attr.kind === 'placeholder') return values.get(attr.value) ?? attr
  const inside = (f: FuncRef): FuncRef => ({ name: f.name, attrs: substitute(f.attrs, values) })
  if (attr.kind === 'func') return { kind: 'func', value: inside(attr.value) }
  if (attr.kind === 'list' && attr.of === 'func') return { kind: 'list', of: 'func', value: attr.value.map(inside) }
  return attr
}

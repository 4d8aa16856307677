/**
 * Takes the functions out of a graph: every call becomes a copy of the body it
 * calls, from the top, as deep as calls go; with `lower`, every If, Case and
 * While becomes Switch, Merge, Enter… nodes around copies of its bodies.
 *
 *     y = StatefulPartitionedCall(x, w) {f: f}          y' = MatMul(x, w)
 *     fn f(a, b) { m = MatMul(a, b)  return m }    →    (readers of y read y')
 *
 * Work that is left lies on an explicit list, since calls nest deeper than the
 * call stack should be trusted with. Source of what TensorFlow's own inliner
 * keeps and drops: tensorflow/core/common_runtime/inline_function_utils.cc.
 */

import { FreezeError } from '../../errors.ts'
import { type PartialShape, string } from '../../graph/attr.ts'
import { CallSite } from '../../graph/calls.ts'
import { moveReaders } from '../../graph/edit.ts'
import { inOrder } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import { freshName } from '../../graph/names.ts'
import type { Node, Value } from '../../graph/node.ts'
import { MAX_DEPTH } from '../../limits.ts'
import { type Instance, instantiate, scopeOf } from './functions.ts'
import { lowerBranch } from './lower-if.ts'
import { lowerWhile } from './lower-while.ts'
import { OuterScopes, pin, type Scope } from './scope.ts'
import type { Chain, Copied, Expander, Run, Site } from './site.ts'
import { unrollWhile } from './unroll-while.ts'

/** Loops whose number of turns is known are written out. */
export interface Unrolling {
  /** The shapes that inputs will have. */
  readonly shapes: ReadonlyMap<Value, PartialShape>
  /** Receives a sentence for each loop that stays. */
  readonly notes: string[]
}

/** A graph whose calls are being expanded. */
export class Expansion implements Expander {
  readonly graph: Graph
  /** Nodes that ran whenever an expanded function was called, whatever it returned. */
  readonly effects: Node[] = []
  readonly #lower: boolean
  readonly #unroll: Unrolling | undefined
  readonly #sites: Site[] = []
  readonly #frames = new Set<string>()

  constructor(graph: Graph, lower: boolean, unroll?: Unrolling) {
    this.graph = graph
    this.#lower = lower
    this.#unroll = unroll
  }

  /** Expands what is needed by `roots`, and all that this brings in. */
  run(roots: Iterable<Node>): void {
    const calls = inOrder(roots).flatMap(node => this.expands(node) ?? [])
    if (calls.length === 0) return
    const outer = new OuterScopes(this.graph)
    const sites = calls.map(call => ({ node: call.node, call, scope: outer.of(call.node), chain: undefined }))
    this.#sites.push(...sites.reverse())
    for (const node of this.graph.nodes) if (node.is('enter')) this.#frames.add(node.str('frame_name'))
    for (let site = this.#sites.pop(); site; site = this.#sites.pop()) this.#expand(site)
  }

  freshFrame(name: string): string {
    const fresh = freshName(name, frame => this.#frames.has(frame))
    this.#frames.add(fresh)
    return fresh
  }

  /** The call, branch or loop that a node is, where it is one that goes. */
  expands(node: Node): CallSite | undefined {
    const call = expandable(node, this.graph)
    const isAsked = this.#lower || call?.kind === 'call' || (call?.kind === 'loop' && this.#unroll !== undefined)
    return isAsked ? call : undefined
  }

  copy(site: Site, { ref, args, scope, prefix }: Copied): Instance {
    const chain = extend(site.chain, ref.name, site.node)
    const instance = instantiate(this.graph, { ref, args, caller: site.node, prefix })
    for (const node of instance.nodes) pin(node, scope)
    this.#ownFrames(instance.nodes)
    const calls = instance.nodes.flatMap(node => this.expands(node) ?? [])
    const inner = calls.map(call => ({ node: call.node, call, scope, chain }))
    this.#sites.push(...inner.reverse())
    this.effects.push(...instance.effects)
    return instance
  }

  /** Loops that TensorFlow 1 wrote in a function are loops of their own in each copy of it. */
  #ownFrames(nodes: readonly Node[]): void {
    const frames = new Map<string, string>()
    for (const node of nodes.filter(node => node.is('enter'))) {
      const name = node.str('frame_name')
      const own = frames.get(name) ?? this.freshFrame(name)
      frames.set(name, own)
      node.setAttr('frame_name', string(own))
    }
  }

  #expand(site: Site): void {
    const { kind } = site.call
    if (kind === 'branch') lowerBranch(this, site)
    else if (kind === 'loop') this.#loop(site)
    else this.#inline(site)
  }

  #loop(site: Site): void {
    const reason = this.#unroll ? unrollWhile(this, site, this.#unroll.shapes) : ''
    if (reason === undefined) return
    if (reason) this.#unroll?.notes.push(`${site.node.name} stays a loop: ${reason}.`)
    if (this.#lower) lowerWhile(this, site)
  }

  #inline(site: Site): void {
    const { node, call, scope } = site
    const instance = this.copy(site, {
      ref: call.bodies[0]!.ref,
      args: call.arguments,
      scope,
      prefix: scopeOf(node.name),
    })
    const inLoops = loopNodes(instance.nodes)
    const isLoose = (inner: Node): boolean =>
      !inLoops.has(inner) && (inner.inputs.length === 0 || (inner.def?.isStateful ?? true))
    this.order(site, { first: instance.nodes.filter(isLoose), last: instance.effects, results: instance.results })
    this.finish(site, instance.results.map(throughIdentity))
  }

  order({ node, scope }: Site, { first = [], last = [], results }: Run): void {
    if (node.controls.size > 0 && first.length > 0) {
      const before = this.#joined([...node.controls], scope, `${node.name}/before`)
      for (const inner of first) if (inner !== before) inner.addControl(before)
    }
    const ends = last.length > 0 ? last : results.slice(0, 1).map(value => value.node)
    const waiting = [...node.controlUses]
    const isControlOutput = [...this.graph.controlOutputs.values()].includes(node)
    if (ends.length === 0 || (waiting.length === 0 && !isControlOutput)) return
    const after = this.#joined(ends, scope, `${node.name}/after`)
    for (const later of waiting) if (later !== after) later.addControl(after)
    for (const [name, control] of this.graph.controlOutputs) {
      if (control === node) this.graph.controlOutputs.set(name, after)
    }
  }

  /** One node that stands for several to wait for. */
  #joined(nodes: readonly Node[], scope: Scope, name: string): Node {
    if (nodes.length === 1) return nodes[0]!
    const join = this.graph.addNode('NoOp', [], new Map(), name)
    for (const node of nodes) join.addControl(node)
    pin(join, scope)
    return join
  }

  finish({ node, scope }: Site, results: readonly Value[]): void {
    for (const output of node.outputs) {
      if (!output) continue
      const result = results[output.index]
      const readers = [...output.uses.keys()]
      if (result) moveReaders(this.graph, output, result)
      else if (readers.length > 0) {
        throw new FreezeError('invalid-graph', `its function does not return result ${output.index}`, {
          node: node.name,
        })
      }
      // A loop constant that came back as a result holds nothing in the loop.
      for (const reader of readers) pin(reader, scope)
    }
    for (const [name, control] of this.graph.controlOutputs)
      if (control === node) this.graph.controlOutputs.delete(name)
    this.graph.remove(node)
  }

  bool(value: Value, scope: Scope, name: string): Value {
    return value.dtype === 'bool' ? value : pin(this.graph.add('ToBool', [value], {}, `${name}/ToBool`), scope).out()
  }
}

/**
 * The call, branch or loop that a node is, if freezing can expand it. What a TPUPartitionedCall runs was placed on a
 * TPU by hand: it stays, to be refused.
 */
export function expandable(node: Node, graph: Graph): CallSite | undefined {
  return CallSite.takesDevice(node) ? undefined : CallSite.of(node, graph.functions)
}

/** Functions return through Identity nodes, which carry a value over a boundary that is gone. */
function throughIdentity(result: Value): Value {
  let value = result
  for (let steps = 0; steps < MAX_DEPTH && value.node.op === 'Identity'; steps++) value = value.node.input(0)
  return value
}

function extend(chain: Chain | undefined, name: string, caller: Node): Chain {
  const names: string[] = []
  for (let link = chain; link; link = link.outer) {
    names.unshift(link.name)
    if (link.name === name) return refuseCycle([...names, name], caller)
  }
  const depth = (chain?.depth ?? 0) + 1
  if (depth > MAX_DEPTH) {
    throw new FreezeError('limit', `functions call each other more than ${MAX_DEPTH} levels deep`, {
      node: caller.name,
    })
  }
  return { name, depth, outer: chain }
}

function refuseCycle(names: readonly string[], caller: Node): never {
  throw new FreezeError('invalid-graph', `functions call each other in a cycle: ${names.join(' → ')}`, {
    node: caller.name,
    hint: 'A recursive model cannot be frozen: unroll the recursion or write it as a loop.',
  })
}

/** The nodes, given in order, that are in loops that TensorFlow 1 wrote in the body: no edge from outside may reach them. */
function loopNodes(nodes: readonly Node[]): ReadonlySet<Node> {
  const depths = new Map<Node, number>()
  if (!nodes.some(node => node.is('enter'))) return new Set()
  for (const node of nodes) {
    const before = [...node.inputs.map(value => value.node), ...node.controls].map(n => depths.get(n) ?? 0)
    const depth = Math.max(0, ...before)
    depths.set(node, node.is('enter') ? depth + 1 : node.is('exit') ? Math.max(0, depth - 1) : depth)
  }
  return new Set(nodes.filter(node => depths.get(node)! > 0 && !node.is('enter')))
}

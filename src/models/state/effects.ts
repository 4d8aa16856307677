/** Lists the effects of running an operation on variables and tables: its assignments and initialisations, in order, through calls. */

import { FreezeError } from '../../errors.ts'
import { CallSite } from '../../graph/calls.ts'
import { inOrder } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { MAX_NODES } from '../../limits.ts'
import { enter, type Frame, type Located, type LocatedNode, located, origin } from './frames.ts'

/** One thing done to a variable or table. */
export interface Effect {
  readonly kind: 'assign' | 'update' | 'initialize'
  readonly by: LocatedNode
  /** The node that makes the variable or table, as far as the handle could be followed. */
  readonly target: LocatedNode
  /** It happens in a branch or loop: whether, and how often, is known only at run time. */
  readonly isConditional: boolean
}

function effectKind({ role }: Node): Effect['kind'] | undefined {
  if (role?.kind === 'fills') return 'initialize'
  if (role?.kind !== 'writes') return undefined
  return role.how === 'assign' ? 'assign' : 'update'
}

/** Everything that running `roots` does, each effect after those that it waits for. */
export function effectsOf(roots: readonly Node[], main: Frame): readonly Effect[] {
  const walk: Walk = { effects: [], effectful: new Map(), steps: 0 }
  visit(roots, main, false, walk)
  return walk.effects
}

interface Walk {
  readonly effects: Effect[]
  /** Whether a body does anything, directly or through what it calls: most do not and need no visit. */
  readonly effectful: Map<Graph, boolean>
  steps: number
}

/** Recursion is as deep as calls are nested, which `enter` limits. */
function visit(roots: readonly Node[], frame: Frame, isConditional: boolean, walk: Walk): void {
  for (const node of inOrder(roots)) {
    walk.steps += 1
    if (walk.steps > MAX_NODES) {
      throw new FreezeError('limit', `initialising the model takes more than ${MAX_NODES} operations`, {
        node: node.name,
      })
    }
    const kind = effectKind(node)
    const handle = node.inputs[0]
    if (kind && handle) {
      const by = { node, frame }
      walk.effects.push({ kind, by, target: makerOf(located(handle, frame)), isConditional })
    }
    for (const { body, conditional } of bodiesOf(node, frame.graph)) {
      if (!hasEffects(body, walk.effectful)) continue
      visit(rootsOf(body), enter(body, { node, frame }), isConditional || conditional, walk)
    }
  }
}

/** The nodes that run when a function does: its results and its control results. */
const rootsOf = (body: Graph): Node[] => [...body.controlOutputs.values(), ...body.outputs.map(p => p.value.node)]

/** The bodies that running a node may run; those that the library has. */
function bodiesOf(node: Node, { functions }: Graph): { body: Graph; conditional: boolean }[] {
  const site = CallSite.of(node, functions)
  const bodies = site?.bodies.flatMap(({ ref }) => functions.get(ref.name)?.body ?? []) ?? []
  return bodies.map(body => ({ body, conditional: site?.kind !== 'call' }))
}

function hasEffects(body: Graph, known: Map<Graph, boolean>): boolean {
  const before = known.get(body)
  if (before !== undefined) return before
  const reached = new Set<Graph>([body])
  for (const graph of reached) {
    for (const node of graph.nodes) {
      if (effectKind(node)) {
        known.set(body, true)
        return true
      }
      for (const inner of bodiesOf(node, graph)) reached.add(inner.body)
    }
  }
  known.set(body, false)
  return false
}

/** The node that makes the variable or table behind a handle. */
function makerOf(handle: Located): LocatedNode {
  const { value, frame } = origin(handle)
  return { node: value.node, frame }
}

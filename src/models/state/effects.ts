/** What running an operation does to variables and tables: its assignments and initialisations, in order, through calls. */
import { FreezeError } from '../../errors.ts'
import { type Graph, inOrder } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { MAX_NODES } from '../../limits.ts'
import { calledFunction, enter, type Frame, type Located, type LocatedNode, located, origin } from './frames.ts'

/** One thing done to a variable or table. */
export interface Effect {
  readonly kind: 'assign' | 'update' | 'initialize'
  readonly by: LocatedNode
  /** The node that makes the variable or table, as far as the handle could be followed. */
  readonly target: LocatedNode
  /** It happens in a branch or loop: whether, and how often, is known only at run time. */
  readonly isConditional: boolean
}

const ASSIGNS: ReadonlySet<string> = new Set(['Assign', 'AssignVariableOp'])
const INITIALIZES: ReadonlySet<string> = new Set([
  'InitializeTable',
  'InitializeTableV2',
  'InitializeTableFromTextFile',
  'InitializeTableFromTextFileV2',
  'LookupTableImport',
  'LookupTableImportV2',
  'LookupTableInsert',
  'LookupTableInsertV2',
])
/** Changes of a variable other than giving it a value outright. */
const UPDATES =
  /^(Assign(Add|Sub)(VariableOp)?|(Resource)?(Scatter|Apply|SparseApply|StridedSliceAssign)\w*|CountUpTo)$/

function effectKind(op: string): Effect['kind'] | undefined {
  if (ASSIGNS.has(op)) return 'assign'
  if (INITIALIZES.has(op)) return 'initialize'
  // ScatterNd makes a tensor of its own; its namesakes with a suffix change a variable.
  return UPDATES.test(op) && op !== 'ScatterNd' ? 'update' : undefined
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
    const kind = effectKind(node.op)
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

/** What runs when a function does: its results and its control results. */
const rootsOf = (body: Graph): Node[] => [...body.controlOutputs.values(), ...body.outputs.map(p => p.value.node)]

/** The bodies that running a node may run. */
function bodiesOf(node: Node, graph: Graph): { body: Graph; conditional: boolean }[] {
  const called = calledFunction(node, graph)
  if (called) return [{ body: called.body, conditional: false }]
  const bodies: { body: Graph; conditional: boolean }[] = []
  for (const name of branchNames(node)) {
    const branch = graph.functions.get(name)
    if (branch) bodies.push({ body: branch.body, conditional: true })
  }
  return bodies
}

function branchNames(node: Node): string[] {
  if (node.op === 'If' || node.op === 'StatelessIf')
    return [node.func('then_branch').name, node.func('else_branch').name]
  if (node.op === 'Case' || node.op === 'StatelessCase') return node.funcs('branches').map(f => f.name)
  if (node.op === 'While' || node.op === 'StatelessWhile') return [node.func('cond').name, node.func('body').name]
  return []
}

function hasEffects(body: Graph, known: Map<Graph, boolean>): boolean {
  const before = known.get(body)
  if (before !== undefined) return before
  const reached = new Set<Graph>([body])
  for (const graph of reached) {
    for (const node of graph.nodes) {
      if (effectKind(node.op)) {
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

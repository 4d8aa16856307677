/**
 * What "frozen" means: placeholders, constants and computation, and nothing
 * that needs a checkpoint, a file, a library function or a device beside it.
 * A lookup table that the graph itself fills is allowed.
 */
import { FreezeError } from '../errors.ts'
import { calledFunctions, type Graph } from './graph.ts'
import type { Node } from './node.ts'
import { verify } from './verify.ts'

/** What a caller asked to be left as it is. */
export interface FrozenForm {
  /** Names of variables that stay. */
  readonly keepVariables?: ReadonlySet<string>
  /** `v2` keeps If and While, with their functions. */
  readonly controlFlow?: 'v1' | 'v2'
}

/** What a frozen graph has none of, by the names of ops. The first that fits is told. */
const FORBIDDEN: readonly (readonly [what: string, ops: RegExp])[] = [
  [
    'a variable',
    /^_?(VarHandleOp|VarHandlesOp|Variable|VariableV2|TemporaryVariable|AutoReloadVariable|_VarHandlesOp)$/,
  ],
  ['an optimiser', /^(Resource)?(Sparse)?Apply[A-Z]/],
  [
    'a read of a variable',
    /^(_?ReadVariables?Op|ReadVariableXlaSplitND|ResourceGather(Nd)?|VariableShape|VarIsInitializedOp|IsVariableInitialized)$/,
  ],
  [
    'an assignment',
    /^(Assign|DestroyTemporaryVariable$|DestroyResourceOp$|ResourceStridedSliceAssign$|StridedSliceAssign$|CountUpTo$|ResourceCountUpTo$)/,
  ],
  ['an update of a variable', /^(Resource)?Scatter(Nd)?(Add|Sub|Mul|Div|Min|Max|Update)$/],
  [
    'a save or restore',
    /^(DTensor|Distributed)?(Save|Restore)(V2|Slices?)?$|^(MergeV2Checkpoints|ShardedFilename|ShardedFilespec)$/,
  ],
  [
    'a file',
    /^(ReadFile|WriteFile|MatchingFiles|InitializeTableFromTextFile(V2)?|(TextLine|WholeFile|TFRecord|FixedLengthRecord|LMDB)(Reader|Dataset)(V\d)?|ReaderReadV?2?)$/,
  ],
  ['a summary', /Summary(V2)?$|^SummaryWriter$|^Create\w*Summary\w*Writer$/],
  ['a call', /^(Stateful)?PartitionedCall$|^(RemoteCall|SymbolicGradient|TPUPartitionedCall)$/],
]

/** A node that belongs to a variable which stays. */
function isKept(node: Node, keep: ReadonlySet<string>): boolean {
  if (keep.has(node.name)) return true
  const [handle] = node.inputs
  return (
    handle !== undefined && keep.has(handle.node.name) && /^(VariableV2|Variable|VarHandleOp)$/.test(handle.node.op)
  )
}

/** Every way in which the graph is not frozen, as sentences; at most one a node. */
export function unfrozen(graph: Graph, form: FrozenForm = {}): string[] {
  const found: string[] = []
  const keep = form.keepVariables ?? new Set()
  for (const body of graph.withBodies()) {
    for (const node of body.nodes) {
      const what = unfrozenNode(node, graph)
      if (what && !isKept(node, keep)) found.push(`${node.name}: ${what}`)
    }
  }
  return [...found, ...needlessFunctions(graph, form)]
}

function unfrozenNode(node: Node, graph: Graph): string | undefined {
  if (graph.functions.has(node.op)) return `it calls the function ${node.op}`
  const forbidden = FORBIDDEN.find(([, ops]) => ops.test(node.op))
  if (forbidden) return `${forbidden[0]} (${node.op})`
  return node.device ? `it is placed on the device ${node.device}` : undefined
}

function needlessFunctions(graph: Graph, { controlFlow = 'v1' }: FrozenForm): string[] {
  const names = [...graph.functions.keys()].sort()
  if (controlFlow === 'v1') return names.map(name => `the function ${name} is still there`)
  const called = reachable(graph)
  return names.filter(name => !called.has(name)).map(name => `nothing calls the function ${name}`)
}

/** The functions that the main graph reaches, directly or through others. */
function reachable(graph: Graph): ReadonlySet<string> {
  const names = new Set<string>()
  const bodies = [graph]
  for (let body = bodies.pop(); body; body = bodies.pop()) {
    for (const node of body.nodes) {
      for (const name of calledFunctions(node)) {
        const f = graph.functions.get(name)
        if (!f || names.has(name)) continue
        names.add(name)
        bodies.push(f.body)
      }
    }
  }
  return names
}

/** Throws `invalid-graph` unless the graph is legal and frozen. */
export function verifyFrozen(graph: Graph, form: FrozenForm = {}): void {
  verify(graph)
  const [first] = unfrozen(graph, form)
  if (first) throw new FreezeError('invalid-graph', `the graph is not frozen: ${first}`)
}

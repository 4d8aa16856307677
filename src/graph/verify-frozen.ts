/**
 * The definition of "frozen": placeholders, constants and computation, and nothing
 * that needs a checkpoint, a file, a library function or a device beside it.
 * A lookup table that the graph itself fills is allowed.
 */
import { FreezeError } from '../errors.ts'
import type { Graph } from './graph.ts'
import type { Node } from './node.ts'
import { verify } from './verify.ts'

/** The parts that a caller asked to keep as they are. */
export interface FrozenForm {
  /** Names of variables that stay. */
  readonly keepVariables?: ReadonlySet<string>
  /** `v2` keeps If and While, with their functions. */
  readonly controlFlow?: 'v1' | 'v2'
}

/** The kinds of nodes that a frozen graph never has. */
function forbidden({ role }: Node): string | undefined {
  switch (role?.kind) {
    case 'variable':
    case 'scratch':
      return 'a variable'
    case 'reads':
      return 'a read of a variable'
    case 'writes':
      return role.how === 'train' ? 'an optimiser' : 'an assignment'
    case 'checkpoint':
      return 'a save or restore'
    case 'file':
    case 'fileWrite':
      return 'a file'
    case 'queue':
      return 'a queue'
    case 'dataset':
      return 'a dataset'
    case 'fills':
      return role.from === 'pairs' ? undefined : `a ${role.from}`
    case 'summary':
      return 'a summary'
    case 'call':
      return 'a call'
    case 'remote':
      return 'training, or an exchange with other devices'
    default:
      return undefined
  }
}

/** A node that belongs to a variable which stays. */
function isKept(node: Node, keep: ReadonlySet<string>): boolean {
  if (keep.has(node.name)) return true
  const [handle] = node.inputs
  return handle !== undefined && keep.has(handle.node.name) && handle.node.is('variable')
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

/** Whether a graph computes alone, on whatever device: it has no state, reads no file and calls no function. */
export const isFrozen = (graph: Graph): boolean =>
  graph.withBodies().every(body => [...body.nodes].every(node => !graph.functions.has(node.op) && !forbidden(node)))

function unfrozenNode(node: Node, graph: Graph): string | undefined {
  if (graph.functions.has(node.op)) return `it calls the function ${node.op}`
  const what = forbidden(node)
  if (what) return `${what} (${node.op})`
  return node.device ? `it is placed on the device ${node.device}` : undefined
}

function needlessFunctions(graph: Graph, { controlFlow = 'v1' }: FrozenForm): string[] {
  const names = [...graph.functions.keys()].sort()
  if (controlFlow === 'v1') return names.map(name => `the function ${name} is still there`)
  const called = graph.reachedFunctions()
  return names.filter(name => !called.has(name)).map(name => `nothing calls the function ${name}`)
}

/** Throws `invalid-graph` unless the graph is legal and frozen. */
export function verifyFrozen(graph: Graph, form: FrozenForm = {}): void {
  verify(graph)
  const [first] = unfrozen(graph, form)
  if (first) throw new FreezeError('invalid-graph', `the graph is not frozen: ${first}`)
}

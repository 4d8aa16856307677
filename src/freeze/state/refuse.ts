/** Ops that no frozen graph can hold, each with what it does and what the user can do; and those that deserve a note. */

import { type ErrorCode, FreezeError } from '../../errors.ts'
import { CallSite } from '../../graph/calls.ts'
import type { Graph } from '../../graph/graph.ts'
import { listed } from '../../graph/names.ts'
import type { Node } from '../../graph/node.ts'
import type { Role } from '../../tensorflow/roles.ts'

interface Row {
  readonly code: ErrorCode
  /** The predicate of a sentence about the node. */
  readonly does: string
  readonly hint: (name: string) => string
}

const cutAt = (name: string): string => `Cut the graph there with --inputs ${name}.`

const WRITES: Row = {
  code: 'stateful',
  does: 'writes a file or a summary',
  hint: () => 'Freeze an output that does not depend on it: name it with --outputs.',
}

/** By role. */
const ROWS: Readonly<Partial<Record<Role['kind'], Row>>> = {
  python: {
    code: 'unsupported',
    does: 'calls a Python function that is not in the model',
    hint: name =>
      `Export the model without tf.py_function and tf.numpy_function, or cut the graph there with --inputs ${name}.`,
  },
  dataset: { code: 'stateful', does: 'reads a dataset', hint: cutAt },
  queue: { code: 'stateful', does: 'reads a queue', hint: cutAt },
  checkpoint: {
    code: 'stateful',
    does: 'reads or writes a checkpoint',
    hint: () => 'Freeze an output of the model itself: name it with --outputs.',
  },
  fileWrite: WRITES,
  summary: WRITES,
  tpu: {
    code: 'unsupported',
    does: 'runs on TPUs only',
    hint: () => 'Freeze the metagraph without the tag tpu: --tags serve.',
  },
  remote: { code: 'unsupported', does: 'belongs to training or to distributed execution', hint: cutAt },
  scratch: { code: 'stateful', does: 'creates a variable that is assigned at run time', hint: cutAt },
}

function rowOf(node: Node): Row | undefined {
  if (CallSite.takesDevice(node)) return ROWS.tpu
  return node.role && ROWS[node.role.kind]
}

/** Throws where a live node cannot be in a frozen graph. */
export function refuseUnfreezable(graph: Graph): void {
  const refused = [...graph.nodes].filter(rowOf)
  // Where one makes a handle that another reads, the other is where the user can cut.
  const worst = refused.find(givesTensors) ?? refused[0]
  if (worst) {
    const { code, does, hint } = rowOf(worst)!
    fail(code, worst, does, hint(worst.name))
  }
  for (const node of graph.nodes) {
    if (changesConstant(node)) {
      const hint = 'The graph was frozen without looking at what changes its variables: freeze the original model.'
      fail('invalid-graph', node, `changes ${node.inputs[0]}, which is not a variable`, hint)
    }
    if (makesState(node)) fail('stateful', node, 'creates state that a frozen graph cannot hold', cutAt(node.name))
  }
}

const givesTensors = (node: Node): boolean =>
  node.outputTypes?.some(type => type !== 'resource' && type !== 'variant') ?? false

function fail(code: ErrorCode, node: Node, does: string, hint: string): never {
  throw new FreezeError(code, `this ${node.op} ${does}`, { node: node.name, hint })
}

/** A write whose variable another freezer has made a constant. */
const changesConstant = (node: Node): boolean =>
  node.def?.inputs[0]?.isRef === true && node.inputs[0]?.node.op === 'Const'

/** Resources that live within one run, made by the graph itself. */
const OF_ONE_RUN = ['tensorArray', 'stack'] as const

function makesState(node: Node): boolean {
  if (!node.def?.isStateful || node.is('variable', 'table', ...OF_ONE_RUN)) return false
  return node.def.outputs.some(arg => arg.dtype === 'resource' || arg.isRef) && node.inputs.length === 0
}

/** Notes for the user about ops that stay. */
export function notesOn(graph: Graph): string[] {
  const notes: string[] = []
  const names = (test: (node: Node) => boolean): string[] => [...graph.nodes].filter(test).map(node => node.name)
  const random = names(({ role }) => role?.kind === 'random' && !role.isSeeded)
  if (random.length > 0) notes.push(`Random at each run: ${listed(random)}.`)
  const custom = new Map([...graph.nodes].flatMap(node => (node.def ? [] : [[node.op, node.name]])))
  for (const [op, name] of custom) {
    notes.push(`${name}: ${op} is not one of TensorFlow's own ops; what loads the graph must have it registered.`)
  }
  const xla = names(node => node.op === 'XlaCallModule')
  if (xla.length > 0) notes.push(`Runs only where TensorFlow has XLA: ${listed(xla)}.`)
  return notes
}

/** The report of `tfreeze inspect` for people: the inputs and outputs first. */
import type { InspectedSignature, InspectedTensor } from '../../inspect/contents.ts'
import type { Inspected, Inspection } from '../../inspect/inspection.ts'
import type { InspectedNode } from '../../inspect/nodes.ts'
import type { KerasInspection } from '../../models/keras/open.ts'
import { MODEL_KINDS, type Model, type VariableInfo } from '../../models/model.ts'
import { bytes, columns, longTable, MAX_ROWS, plural, typed } from '../print.ts'
import type { Flags } from '../settings.ts'
import { describeLayers } from './inspect-keras.ts'

/** The report on a model: for a Keras file its layers, and where it can be opened further, the rest. */
export interface Looked {
  /** As the user gave it. */
  readonly path: string
  readonly keras?: KerasInspection
  readonly model?: Model
  readonly inspected?: Inspected
  readonly nodes?: readonly InspectedNode[]
}

/** The inspection as text. */
export function describe(found: Inspection, { path, keras }: Looked, flags: Flags): string {
  const parts = [
    heading(found, path),
    ...(found.signatures.length > 0
      ? found.signatures.map(signature => describeSignature(signature, found))
      : [describePorts(found)]),
    ...(found.callable.length > 0 ? [`functions that --signature takes too\n  ${found.callable.join(', ')}`] : []),
    ...(keras ? [describeLayers(keras, flags)] : describeVariables(found, flags)),
    describeOps(found, flags),
    ...(found.notes.length > 0 ? [`notes\n${found.notes.map(n => `  ${n}`).join('\n')}`] : []),
  ]
  return parts.join('\n\n')
}

function heading(found: Inspection, path: string): string {
  const rows: string[][] = [['kind', MODEL_KINDS[found.kind]]]
  if (found.writer) rows.push(['written by', found.writer])
  if (found.tags) rows.push(['tags', found.tags.join(', ') || '(none)'])
  for (const { tags, signatures } of found.metagraphs.length > 1 ? found.metagraphs : []) {
    rows.push(['metagraph', `${tags.join(',') || "''"}: ${signatures.join(', ') || 'no signature'}`])
  }
  rows.push(state(found, path))
  return `${found.name}\n${columns(rows)}`
}

/** Whether it is frozen, or can be. */
function state(found: Inspection, path: string): [string, string] {
  if (found.isFrozen) {
    const command = found.kind === 'graphdef' ? `optimize ${path} -o small.pb` : `freeze ${path} -O -o small.pb`
    return ['frozen', `yes; to optimise it: tfreeze ${command}`]
  }
  const refusals = Object.values(found.freezes).filter(verdict => verdict !== true)
  if (refusals.length === 0) return ['can be frozen', 'yes']
  if (found.signatures.length > 1) return ['can be frozen', found.canBeFrozen ? 'in part, see below' : 'no, see below']
  return ['can be frozen', `no: ${refusals[0]}`]
}

const portRow =
  (side: string, reasons: ReadonlyMap<string, string> = new Map()) =>
  ({ key, dtype, shape, tensor }: InspectedTensor): string[] => [
    side,
    key,
    typed(dtype, shape),
    reasons.get(key) ?? (tensor.replace(/:0$/, '') === key ? '' : tensor),
  ]

function describeSignature({ name, inputs, outputs }: InspectedSignature, { freezes, signatures }: Inspection): string {
  const table = columns([...inputs.map(portRow('in')), ...outputs.map(portRow('out'))])
  const verdict = signatures.length > 1 && freezes[name] !== true ? `\n  cannot be frozen: ${freezes[name]}` : ''
  return `signature ${name}\n${table || '  it has no inputs and no outputs'}${verdict}`
}

/** The inputs and outputs of a graph that says nothing of them. */
function describePorts({ inputs, outputs, likelyOutputs = [] }: Inspection): string {
  const reasons = new Map(likelyOutputs.map(({ tensor, reason }) => [tensor, reason]))
  const rows = [...inputs.map(portRow('in')), ...outputs.slice(0, MAX_ROWS).map(portRow('out', reasons))]
  const more = outputs.length > MAX_ROWS ? `\n  … and ${outputs.length - MAX_ROWS} more outputs` : ''
  return `inputs and outputs, as the graph shows them; it has no signature\n${columns(rows) || '  none'}${more}`
}

function describeVariables({ variables, unreadVariables }: Inspection, flags: Flags): string[] {
  const rest = `${plural(unreadVariables.length, 'value')} in the checkpoint that no output reads, ${size(unreadVariables)}`
  if (variables.length === 0) return unreadVariables.length > 0 ? [rest] : []
  const rows = variables.map(v => [v.name, typed(v.dtype, v.shape), bytes(v.bytes)])
  const table = longTable(rows, { all: flags.all === true, more: '--all lists them' })
  return [
    `${plural(variables.length, 'variable')}, ${size(variables)}\n${table}`,
    ...(unreadVariables.length > 0 ? [`and ${rest}`] : []),
  ]
}

const size = (variables: readonly VariableInfo[]): string => bytes(variables.reduce((n, v) => n + v.bytes, 0))

function describeOps({ ops, nodes, functions }: Inspection, { all }: Flags): string {
  const list = Object.entries(ops)
  const shown = list.slice(0, all ? list.length : MAX_ROWS).map(([op, count]) => `${op} ${count}`)
  const more = list.length > shown.length ? [`and ${list.length - shown.length} more kinds`] : []
  const inner = functions > 0 ? `, ${plural(functions, 'function')}` : ''
  return `${plural(nodes, 'node')}${inner}; ops, with those of functions (--nodes lists nodes)\n  ${[...shown, ...more].join(', ')}`
}

/** The table of nodes. */
export function describeNodes(nodes: readonly InspectedNode[], flags: Flags): string {
  if (nodes.length === 0)
    return `no node has a name or an op like '${flags.nodes}'. List all with --nodes alone; * stands for any characters.`
  const table = longTable(
    nodes.map(({ name, op, dtype, shape }) => [name, op, dtype ? typed(dtype, shape) : '']),
    {
      head: ['node', 'op', 'output'],
      all: flags.all === true,
      more: '--all lists them, --nodes PATTERN looks for some',
    },
  )
  const constants = flags.nodes === '' ? ' besides constants' : ''
  return `${plural(nodes.length, 'node')}${constants}, in the order of computation\n${table}`
}

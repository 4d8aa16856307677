/** `tfreeze inspect`: what people otherwise open TensorBoard for. */
import { isFreezeError } from '../../errors.ts'
import { freeze } from '../../freeze/index.ts'
import { likelyOutputs } from '../../models/likely-outputs.ts'
import type { Model, Signature, VariableInfo } from '../../models/model.ts'
import { openModel } from '../input.ts'
import { bytes, columns, typed } from '../print.ts'

export interface InspectFlags {
  readonly tags?: readonly string[]
  readonly json?: boolean
}

/** Rows of a long table that are printed; `--json` has them all. */
const MAX_ROWS = 20

/** What `inspect` finds, and prints as JSON. */
export interface Inspection {
  readonly kind: string
  readonly name: string
  readonly writer?: string
  readonly tags?: readonly string[]
  readonly metagraphs: Model['metagraphs']
  readonly signatures: readonly InspectedSignature[]
  readonly variables: readonly VariableInfo[]
  readonly ops: Readonly<Record<string, number>>
  readonly nodes: number
  readonly functions: number
  /** Where there is no signature: nodes that look like outputs, the likeliest first. */
  readonly likelyOutputs?: readonly { readonly tensor: string; readonly reason: string }[]
  /** Whether it can be frozen, by signature (`` where there is none); the sentence that says why not. */
  readonly freezes: Readonly<Record<string, true | string>>
  readonly notes: readonly string[]
}
interface InspectedSignature {
  readonly name: string
  readonly inputs: readonly InspectedTensor[]
  readonly outputs: readonly InspectedTensor[]
}
interface InspectedTensor {
  readonly key: string
  readonly tensor: string
  readonly dtype: string
  readonly shape: readonly (number | null)[] | null
}

export async function run(path: string, flags: InspectFlags): Promise<void> {
  const model = await openModel(path, flags.tags ? { tags: flags.tags } : {})
  const found = await inspection(model)
  process.stdout.write(`${flags.json ? JSON.stringify(found, null, 2) : describe(found)}\n`)
}

/** Looks at a model; reads no weights. */
export async function inspection(model: Model): Promise<Inspection> {
  const ops = countOps(model)
  const likely = model.signatures.size === 0 ? likelyOutputs(model.graph) : []
  return {
    kind: model.kind,
    name: model.name,
    ...(model.writer !== undefined && { writer: model.writer }),
    ...(model.tags && { tags: model.tags }),
    metagraphs: model.metagraphs,
    signatures: [...model.signatures.values()].map(inspectedSignature),
    variables: await model.variables.list(),
    ops,
    nodes: model.graph.nodes.size,
    functions: model.graph.functions.size,
    ...(likely.length > 0 && { likelyOutputs: likely.map(l => ({ tensor: String(l.value), reason: l.reason })) }),
    freezes: await tryFreezing(model, likely[0] && String(likely[0].value)),
    notes: model.notes,
  }
}

const inspectedSignature = ({ name, inputs, outputs }: Signature): InspectedSignature => {
  const tensor = (t: Signature['inputs'][number]): InspectedTensor => ({
    key: t.key,
    tensor: `${t.value.node.name}:${t.value.index}`,
    dtype: t.dtype,
    shape: t.shape,
  })
  return { name, inputs: inputs.map(tensor), outputs: outputs.map(tensor) }
}

/** Ops of the main graph and of its functions, the most frequent first. */
function countOps(model: Model): Record<string, number> {
  const counts = new Map<string, number>()
  for (const graph of [model.graph, ...[...model.graph.functions.values()].map(f => f.body)]) {
    for (const { op } of graph.nodes) if (op !== '_Arg') counts.set(op, (counts.get(op) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))
}

/** Freezes each signature without writing it. */
async function tryFreezing(model: Model, likely: string | undefined): Promise<Record<string, true | string>> {
  const names: (string | undefined)[] = model.signatures.size > 0 ? [...model.signatures.keys()] : [undefined]
  const result: Record<string, true | string> = {}
  for (const name of names) {
    try {
      await freeze(model, name !== undefined ? { signature: name } : likely ? { outputs: [likely] } : {})
      result[name ?? ''] = true
    } catch (error) {
      if (!isFreezeError(error)) throw error
      result[name ?? ''] = error.message
    }
  }
  return result
}

/** The inspection as text. */
export function describe(found: Inspection): string {
  const parts = [heading(found)]
  for (const signature of found.signatures) parts.push(describeSignature(signature, found.freezes[signature.name]))
  if (found.likelyOutputs) {
    parts.push(`likely outputs (no signature): pass one with --outputs\n${columns(found.likelyOutputs.slice(0, MAX_ROWS).map(l => [l.tensor, l.reason]))}`)
  }
  if (found.variables.length > 0) parts.push(describeVariables(found.variables))
  parts.push(describeOps(found))
  if (found.notes.length > 0) parts.push(`notes\n${found.notes.map(n => `  ${n}`).join('\n')}`)
  return parts.join('\n\n')
}

function heading(found: Inspection): string {
  const rows = [['kind', found.kind]]
  if (found.writer) rows.push(['written by', found.writer])
  if (found.tags) rows.push(['tags', found.tags.join(', ') || '(none)'])
  for (const { tags, signatures } of found.metagraphs.length > 1 ? found.metagraphs : []) {
    rows.push(['metagraph', `${tags.join(',') || "''"}: ${signatures.join(', ') || 'no signature'}`])
  }
  if (found.freezes[''] !== undefined) rows.push(['can be frozen', found.freezes[''] === true ? 'yes' : `no: ${found.freezes['']}`])
  return `${found.name}\n${columns(rows)}`
}

function describeSignature({ name, inputs, outputs }: InspectedSignature, freezes: true | string | undefined): string {
  const row = (side: string) => (t: InspectedTensor): string[] => [side, t.key, typed(t.dtype, t.shape), t.tensor]
  const rows = [...inputs.map(row('in')), ...outputs.map(row('out'))]
  return `signature ${name}\n${columns(rows)}\n  can be frozen: ${freezes === true ? 'yes' : `no: ${freezes}`}`
}

function describeVariables(variables: readonly VariableInfo[]): string {
  const total = variables.reduce((n, v) => n + v.bytes, 0)
  const rows = variables.slice(0, MAX_ROWS).map(v => [v.name, typed(v.dtype, v.shape), bytes(v.bytes), v.where])
  const more = variables.length > MAX_ROWS ? `\n  … and ${variables.length - MAX_ROWS} more (--json lists all)` : ''
  return `${variables.length} variables, ${bytes(total)}\n${columns(rows)}${more}`
}

function describeOps({ ops, nodes, functions }: Inspection): string {
  const list = Object.entries(ops)
  const shown = list.slice(0, MAX_ROWS).map(([op, count]) => `${op} ${count}`)
  const more = list.length > MAX_ROWS ? [`and ${list.length - MAX_ROWS} more kinds`] : []
  return `${nodes} nodes${functions ? `, ${functions} functions` : ''}; ops\n  ${[...shown, ...more].join(', ')}`
}

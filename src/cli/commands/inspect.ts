/** `tfreeze inspect`: what people otherwise open TensorBoard for. */
import type { InspectedSignature, InspectedTensor } from '../../inspect/contents.ts'
import { type Inspection, inspection } from '../../inspect/inspection.ts'
import { openDetected, openSettings } from '../../models/index.ts'
import type { VariableInfo } from '../../models/model.ts'
import { given } from '../input.ts'
import { bytes, columns, terminal, typed } from '../print.ts'
import { type Flags, openOptions } from '../settings.ts'
import { describeLayers } from './inspect-keras.ts'

/** Rows of a long table that are printed; `--json` has them all. */
const MAX_ROWS = 20

export async function run(path: string, flags: Flags): Promise<void> {
  const options = await openOptions(flags)
  const detected = await given(path)
  const keras = await detected.kind.inspectLayers?.(detected.probe, openSettings(options))
  const model = keras ? keras.model : await openDetected(detected, options)
  const found = model && (await inspection(model))
  const text = flags.json
    ? JSON.stringify({ ...keras?.inspection, ...found }, null, 2)
    : [keras && describeLayers(keras.inspection, found !== undefined), found && describe(found)]
        .filter(Boolean)
        .join('\n\n')
  process.stdout.write(`${terminal(text)}\n`)
}

/** The inspection as text. */
export function describe(found: Inspection): string {
  const parts = [heading(found)]
  for (const signature of found.signatures) parts.push(describeSignature(signature, found.freezes[signature.name]))
  if (found.likelyOutputs) {
    parts.push(
      `likely outputs (the model has no signature); choose with --outputs\n${columns(found.likelyOutputs.slice(0, MAX_ROWS).map(l => [l.tensor, l.reason]))}`,
    )
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
  if (found.freezes[''] !== undefined)
    rows.push(['can be frozen', found.freezes[''] === true ? 'yes' : `no: ${found.freezes['']}`])
  return `${found.name}\n${columns(rows)}`
}

function describeSignature({ name, inputs, outputs }: InspectedSignature, freezes: true | string | undefined): string {
  const row =
    (side: string) =>
    (t: InspectedTensor): string[] => [side, t.key, typed(t.dtype, t.shape), t.tensor]
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

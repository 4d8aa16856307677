/** The layers of a Keras file, for `tfreeze inspect`: also of one that cannot be frozen. */
import type { KerasInspection } from '../../models/keras/open.ts'
import type { LayerRow } from '../../models/keras/summary.ts'
import { columns } from '../print.ts'

/** The table of layers; and why nothing else is said of the model, where it could not be opened further. */
export function describeLayers({ name, writer, layers, refusal }: KerasInspection, isOpen: boolean): string {
  const heading = `${name}\n${columns([['written by', writer]])}`
  const total = layers.reduce((n, { parameters }) => n + parameters, 0)
  const head = ['layer', 'class', 'output', 'parameters', 'weights']
  const table = `${layers.length} layers, ${total} parameters\n${columns([head, ...layers.map(row)])}`
  return [heading, table, ...(isOpen ? [] : [`can be frozen: no: ${refusal}`])].join('\n\n')
}

const row = ({ path, className, shape, parameters, weights }: LayerRow): string[] => [
  path,
  className,
  shape ? `[${shape.map(size => size ?? '?')}]` : '',
  parameters === 0 ? '' : String(parameters),
  weights.map(({ role, where }) => `${role}: ${where}`).join(', '),
]

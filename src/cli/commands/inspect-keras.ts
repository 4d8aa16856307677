/** The layers of a Keras file, for `tfreeze inspect`: also of one that cannot be frozen. */
import { shapeText } from '../../graph/attr.ts'
import type { KerasInspection } from '../../models/keras/open.ts'
import type { LayerRow } from '../../models/keras/summary.ts'
import { columns, longTable, plural } from '../print.ts'
import type { Flags } from '../settings.ts'

/** A Keras file that cannot be opened further: its layers, and why. */
export function describeKeras(found: KerasInspection, flags: Flags): string {
  const heading = columns([
    ['written by', found.writer],
    ['can be frozen', `no: ${found.refusal}`],
  ])
  return `${found.name}\n${heading}\n\n${describeLayers(found, flags)}`
}

/** The table of layers. */
export function describeLayers({ layers }: Pick<KerasInspection, 'layers'>, { all, layers: isOnly }: Flags): string {
  const total = layers.reduce((n, { parameters }) => n + parameters, 0)
  const more = isOnly ? '--all lists them' : '--layers --all lists them'
  const table = longTable(layers.map(row), {
    head: ['layer', 'class', 'output', 'parameters'],
    all: all === true,
    more,
  })
  return `${plural(layers.length, 'layer')}, ${plural(total, 'parameter')}\n${table}`
}

const row = ({ path, className, shape, parameters }: LayerRow): string[] => [
  path,
  className,
  shape ? shapeText(shape) : '',
  parameters === 0 ? '' : parameters.toLocaleString('en'),
]

/** The weights of a layer that tensorflow_model_optimization prunes or clusters. */
import type { Layer } from '../../layer-graph.ts'
import type { SlotsOfLayer } from '../../weights/slots.ts'

/** A weight, and whose it is. */
export interface MainWeight {
  /** The layer, or a cell inside it. */
  readonly owner: Layer
  readonly role: string
  /** Its name in clustering: `kernel`, `recurrent_kernel/0`. */
  readonly name: string
}

/** The weights in tfmot's order: those of the layer itself, else those of the cells or layers inside it. */
export function mainWeights(layer: Layer, slots: SlotsOfLayer): readonly MainWeight[] {
  return holders(layer, slots).flatMap((owner, i) =>
    slots(owner).flatMap(({ role, main }) => (main ? [{ owner, role, name: main.replace('#', String(i)) }] : [])),
  )
}

const holders = (layer: Layer, slots: SlotsOfLayer): readonly Layer[] =>
  slots(layer).some(({ main }) => main) ? [layer] : [...layer.children.values()].flatMap(each => holders(each, slots))

/** Layers that act only in training: at inference they pass on what they get. */
import { passThrough } from './core.ts'
import type { LayerClass } from './layer-class.ts'

const silent: Pick<LayerClass, 'emit' | 'mask'> = { emit: passThrough, mask: 'pass' }
const dropout: Omit<LayerClass, 'name'> = { ...silent, oldArguments: { p: 'rate' } }

export const REGULARIZATION_LAYERS: readonly LayerClass[] = [
  { name: 'Dropout', ...dropout },
  { name: 'SpatialDropout1D', ...dropout, omitsTrainable: true },
  { name: 'SpatialDropout2D', ...dropout, omitsTrainable: true },
  { name: 'SpatialDropout3D', ...dropout, omitsTrainable: true },
  { name: 'GaussianDropout', ...dropout },
  { name: 'GaussianNoise', ...silent, oldArguments: { sigma: 'stddev' } },
  { name: 'AlphaDropout', ...silent },
  { name: 'ActivityRegularization', ...silent },
]

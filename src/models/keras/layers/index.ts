/** Every layer that can be written: its class, its emitter, and what becomes of the mask. One row a class. */
import type { LayerKind } from '../call.ts'
import * as core from './core.ts'

export const LAYERS: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ['Dense', { emit: core.dense, mask: 'pass' }],
  ['Activation', { emit: core.activation, mask: 'pass' }],
  ['Flatten', { emit: core.flatten, mask: 'drop' }],
  ['Dropout', { emit: core.passThrough, mask: 'pass' }],
])

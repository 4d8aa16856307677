/**
 * Every layer that can be written: its class, its emitter, and what becomes of
 * the mask. One row a class; the emitters are in a file for each family.
 */
import type { LayerKind } from '../call.ts'
import * as core from './core.ts'

/** The mask goes on, or ends. */
const passing = (emit: LayerKind['emit']): LayerKind => ({ emit, mask: 'pass' })
const ending = (emit: LayerKind['emit']): LayerKind => ({ emit, mask: 'drop' })

/** Layers, by canonical class. */
export const LAYERS: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ['Dense', passing(core.dense)],
  ['Activation', passing(core.activation)],
  ['Flatten', ending(core.flatten)],
  ['Dropout', passing(core.passThrough)],
])

/** Calls of functions that are recorded as layers, by class: `TFOpLambda` of Keras 2, each Operation of Keras 3. */
export const OPERATIONS: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([])

/** Classes of Keras that cannot be written, and why. */
export const REFUSED: ReadonlyMap<string, string> = new Map([
  ['Lambda', 'it holds Python bytecode, which is never run'],
])

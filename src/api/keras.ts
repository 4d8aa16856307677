/**
 * `tfreeze/keras`: the types of what an emitter of a custom layer is given, for
 * `--custom` and the option `custom` of `open`. There are no values in it.
 *
 * @module tfreeze/keras
 */
export type {
  Emission,
  EmitOptions,
  Emitted,
  Emitter,
  KArg,
  KTensor,
  LayerCall,
  LayerWeights,
  WeightChange,
} from '../models/keras/call.ts'
export type { Config } from '../models/keras/config.ts'
export type {
  Arg,
  Call,
  CallRef,
  Dialect,
  DTypePolicy,
  Json,
  Layer,
  LayerConfig,
  LayerGraph,
  ModelPort,
  Profile,
  Quantization,
  TensorArg,
  TensorRef,
} from '../models/keras/layer-graph.ts'
export type { Cell, CellStep } from '../models/keras/layers/recurrent/cell.ts'
export type { KerasInspection, KerasLook } from '../models/keras/open.ts'
export type { Attrs, Dim, Operand, Range, Scope, SizeOf } from '../models/keras/scope.ts'
export type { LayerRow, WeightRow } from '../models/keras/summary.ts'
export type { PartialSizes, WeightSlot } from '../models/keras/weights/slots.ts'

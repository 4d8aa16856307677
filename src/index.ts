/**
 * The library: open a model, freeze it, optimise it, write it. Runs in Node, browsers, workers, Deno and Bun.
 *
 * @module tfreeze
 */
export { fromFiles } from './bytes/folder.ts'
export { type ByteSource, type Folder, fromBlob, fromBytes, type Input, type SyncByteSource } from './bytes/source.ts'
export { embedded } from './engines/embedded.ts'
export type { Arrays, Engine, Runnable } from './engines/engine.ts'
export { type ErrorCode, type ErrorPlace, FreezeError, isFreezeError, type Unreadable } from './errors.ts'
export type {
  Bigints,
  Complex,
  Elements,
  Handle,
  NdArray,
  Numbers,
  Table,
  TensorArray,
  TensorList,
} from './evaluate/array.ts'
export type { Progress } from './evaluate/run.ts'
export {
  DRAWINGS,
  type Drawing,
  drawingFor,
  EXPORTERS,
  type ExportContext,
  type Exporter,
  exporterFor,
  type Manifest,
  type ManifestPort,
  manifest,
  type Output,
  type OutputFile,
  type Preferences,
  type Requirements,
  type WrittenOutput,
} from './export/index.ts'
export type { Frozen, FrozenPort, FrozenSource } from './freeze/frozen.ts'
export { type FreezeOptions, freeze } from './freeze/index.ts'
export { merge } from './freeze/merge.ts'
export type { InspectedSignature, InspectedTensor } from './inspect/contents.ts'
export { type Inspection, inspection, type Verdicts } from './inspect/inspection.ts'
export type { Probe } from './models/detect.ts'
export { INPUT_KINDS, type InputKind, type OpenOptions, type OpenSettings, open } from './models/index.ts'
export type {
  MetaGraphSummary,
  Model,
  ModelKind,
  ObjectFunction,
  Resolved,
  Signature,
  SignatureTensor,
  TableContents,
  Tables,
  VariableInfo,
  Variables,
} from './models/model.ts'
export { type OptimizeOptions, type OptimizeReport, optimize, type PassRun, readAhead } from './optimize/optimize.ts'
export { parsePasses } from './optimize/parse.ts'
export type { PassCall } from './optimize/pass.ts'
export type { GraphSummary } from './optimize/summary.ts'
export { type Leniency, TARGETS, type Target, type TargetReport, targetNamed } from './optimize/targets/index.ts'
export type { OutputNodes } from './optimize/targets/separate-outputs.ts'
export { OPTIONS, type OptionsOf, type OptionTable, type SettingsOf } from './options/index.ts'
export type {
  CommandName,
  Literal,
  OptionCommon,
  OptionDef,
  OptionKinds,
  OptionsIn,
  SettingsIn,
  Stage,
  ValueOf,
} from './options/option.ts'
export { PASSES } from './passes/index.ts'
export type { Figures, Tolerance, WorstElement } from './verify/compare.ts'
export { type Data, type DataOptions, type GivenValue, readData } from './verify/data.ts'
export type { Divergence, DivergentInput } from './verify/divergence.ts'
export type { Inner, InnerNode, InnerTensor } from './verify/inner.ts'
export { type Normalization, normalization } from './verify/normalize.ts'
export type { Photo } from './verify/photo.ts'
export { type RunOptions, run } from './verify/run.ts'
export type { Subject, SubjectPort } from './verify/subject.ts'
export {
  type Verification,
  type VerifiedOutput,
  type VerifiedSide,
  type VerifyOptions,
  verify,
} from './verify/verify.ts'

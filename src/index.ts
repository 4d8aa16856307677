/** The library: open a model, freeze it, optimise it, write it. Runs in Node, browsers, workers, Deno and Bun. */
export { fromFiles } from './bytes/folder.ts'
export { type ByteSource, type Folder, fromBlob, fromBytes, type Input } from './bytes/source.ts'
export { type ErrorCode, type ErrorPlace, FreezeError, isFreezeError } from './errors.ts'
export {
  type Drawing,
  EXPORTERS,
  type ExportContext,
  type Exporter,
  exporterFor,
  type Manifest,
  manifest,
  type Output,
  type OutputFile,
  type Requirements,
  type WrittenOutput,
} from './export/index.ts'
export type { Frozen, FrozenPort, FrozenSource } from './freeze/frozen.ts'
export { type FreezeOptions, freeze } from './freeze/index.ts'
export { type Inspection, inspection } from './inspect/inspection.ts'
export { INPUT_KINDS, type InputKind, type OpenOptions, open } from './models/index.ts'
export type { Model, Signature, SignatureTensor, VariableInfo } from './models/model.ts'
export { type OptimizeOptions, type OptimizeReport, optimize, readAhead } from './optimize/optimize.ts'
export { parsePasses } from './optimize/parse.ts'
export type { PassCall } from './optimize/pass.ts'
export { TARGETS, type Target, targetNamed } from './optimize/targets/index.ts'
export { PASSES } from './passes/index.ts'

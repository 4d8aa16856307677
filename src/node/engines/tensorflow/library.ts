/**
 * TensorFlow's C API, as much of it as runs graphs, called through koffi.
 * Source: tensorflow/c/c_api.h, tensorflow/c/tf_tensor.h, tensorflow/c/tf_status.h.
 */
import type { LibraryHandle } from 'koffi'
import { FreezeError, isFreezeError } from '../../../errors.ts'

/** A pointer, as koffi hands it around. */
export type Pointer = unknown

type Koffi = typeof import('koffi')['default']

/** The prototypes, by what they are for. */
const PROTOTYPES = [
  'const char *TF_Version(void)',
  // The message of the failure.
  'void *TF_NewStatus(void)',
  'void TF_DeleteStatus(void *status)',
  'int TF_GetCode(void *status)',
  'const char *TF_Message(void *status)',
  // Graphs.
  'void *TF_NewBufferFromString(const void *bytes, size_t length)',
  'void TF_DeleteBuffer(void *buffer)',
  'void *TF_NewGraph(void)',
  'void TF_DeleteGraph(void *graph)',
  'void *TF_NewImportGraphDefOptions(void)',
  'void TF_DeleteImportGraphDefOptions(void *options)',
  'void TF_GraphImportGraphDef(void *graph, void *buffer, void *options, void *status)',
  'void *TF_GraphOperationByName(void *graph, const char *name)',
  // Sessions.
  'void *TF_NewSessionOptions(void)',
  'void TF_SetConfig(void *options, const void *bytes, size_t length, void *status)',
  'void TF_DeleteSessionOptions(void *options)',
  'void *TF_NewSession(void *graph, void *options, void *status)',
  'void *TF_LoadSessionFromSavedModel(void *options, void *run_options, const char *folder, const char **tags, int count, void *graph, void *meta_graph, void *status)',
  'void TF_CloseSession(void *session, void *status)',
  'void TF_DeleteSession(void *session, void *status)',
  'void TF_SessionRun(void *session, void *run_options, const TF_Output *inputs, void **input_values, int input_count, const TF_Output *outputs, _Out_ void **output_values, int output_count, void **targets, int target_count, void *run_metadata, void *status)',
  // Tensors.
  'void *TF_AllocateTensor(int dtype, const int64_t *sizes, int rank, size_t length)',
  'void TF_DeleteTensor(void *tensor)',
  'int TF_TensorType(void *tensor)',
  'int TF_NumDims(void *tensor)',
  'int64_t TF_Dim(void *tensor, int axis)',
  'size_t TF_TensorByteSize(void *tensor)',
  'void *TF_TensorData(void *tensor)',
  // Texts: 24 bytes each in a tensor's memory.
  'void TF_StringInit(void *text)',
  'void TF_StringCopy(void *text, const void *bytes, size_t length)',
  'const void *TF_StringGetDataPointer(void *text)',
  'size_t TF_StringGetSize(void *text)',
] as const

/** The functions by name. */
type Functions = Record<string, (...args: unknown[]) => Pointer>

/** The library, loaded. */
export class TensorFlowLibrary {
  readonly koffi: Koffi
  readonly version: string
  readonly #functions: Functions

  constructor(koffi: Koffi, handle: LibraryHandle) {
    this.koffi = koffi
    koffi.struct('TF_Output', { oper: 'void *', index: 'int' })
    this.#functions = Object.fromEntries(
      PROTOTYPES.map(prototype => [/(\w+)\(/.exec(prototype)![1]!, handle.func(prototype)]),
    )
    this.version = String(this.call('TF_Version'))
  }

  /** Calls a function by its name. */
  call(name: string, ...args: unknown[]): Pointer {
    return this.#functions[name]!(...args)
  }

  /** Calls a function whose last argument is a status. Throws what the status says, as an error of that kind. */
  checked(name: string, ...args: unknown[]): Pointer {
    const status = this.call('TF_NewStatus')
    try {
      const result = this.call(name, ...args, status)
      if (this.call('TF_GetCode', status) !== 0) throw failure(String(this.call('TF_Message', status)))
      return result
    } finally {
      this.call('TF_DeleteStatus', status)
    }
  }
}

/** TensorFlow's message, without the functions and nodes that it lists around the fault. */
function failure(message: string): FreezeError {
  const [what = ''] = message.replace(/^(\{\{[^}]*\}\}\s*)+/, '').split('\n')
  return new FreezeError('invalid-graph', `TensorFlow says: ${what.replace(/\.$/, '')}`)
}

let loaded: { readonly path: string; readonly library: TensorFlowLibrary } | undefined

/** Loads the library at a path: once, as a process can hold but one. Throws `missing` without koffi, `unsupported` for another file. */
export async function loadLibrary(path: string): Promise<TensorFlowLibrary> {
  if (loaded?.path === path) return loaded.library
  const koffi = await loadKoffi()
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3'
  process.env['CUDA_VISIBLE_DEVICES'] ??= '-1' // the processor's results are the reference
  try {
    const library = new TensorFlowLibrary(koffi, koffi.load(path))
    loaded = { path, library }
    return library
  } catch (cause) {
    if (isFreezeError(cause)) throw cause
    const why = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '')
    throw new FreezeError('unsupported', `it cannot be loaded as TensorFlow's library: ${why}`, { file: path, cause })
  }
}

async function loadKoffi(): Promise<Koffi> {
  try {
    return (await import('koffi')).default
  } catch (cause) {
    throw new FreezeError('missing', 'calling TensorFlow needs the package koffi', {
      hint: 'Install it beside tfreeze: npm install koffi.',
      cause,
    })
  }
}

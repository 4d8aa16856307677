/** The weights of an ONNX model that lie in files beside it. */
import { type Folder, readAll } from '../../../bytes/source.ts'
import { FreezeError } from '../../../errors.ts'
import { MAX_DATA_BYTES } from '../../../limits.ts'
import type { LoadedRuntime } from './runtime.ts'

/** How a session finds the weights. */
export interface Weights {
  /** ONNX Runtime's own setting: the folder in which it finds the files of a model that is in memory. */
  readonly extra?: { readonly session: { readonly model_external_initializers_file_folder_path: string } }
  /** The files' bytes, for the package that cannot read files. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[]
}

/** Throws `missing` where a file is not there, and `unsupported` for a name that leads out of the folder. */
export async function externalWeights(
  names: readonly string[],
  folder: Folder,
  path: string,
  { isNative }: LoadedRuntime,
): Promise<Weights> {
  if (names.length === 0) return {}
  const externalData: { path: string; data: Uint8Array }[] = []
  for (const name of names) {
    const file = await folder.file(name)
    if (!file)
      throw new FreezeError('missing', 'the file that holds weights of the model is not there', {
        file: name,
        hint: 'Put it beside the .onnx file.',
      })
    if (!isNative) externalData.push({ path: name, data: await readAll(file, MAX_DATA_BYTES) })
  }
  return isNative ? { extra: { session: { model_external_initializers_file_folder_path: path } } } : { externalData }
}

/** The registry of output kinds. The first that fits an output path writes it. */
import { FreezeError } from '../errors.ts'
import type { Exporter } from './exporter.ts'
import { graphdef } from './graphdef.ts'
import { otherFormat } from './other-formats.ts'
import { pbtxt } from './pbtxt.ts'
import { savedModel } from './saved-model.ts'

export type { Exporter } from './exporter.ts'
export { graphdefChunks } from './graphdef.ts'
export { type Manifest, manifest, type WrittenOutput } from './manifest.ts'
export type { Output, OutputFile } from './output.ts'
export { pbtxtChunks } from './pbtxt.ts'

/** Every output kind; the last takes any path. */
export const EXPORTERS: readonly Exporter[] = [savedModel, pbtxt, graphdef]

/**
 * The output kind that a path asks for; GraphDef where its ending says nothing. Throws
 * `unsupported` for a path that ends like a file of another kind, such as `.onnx`.
 */
export function exporterFor(path: string): Exporter {
  const other = otherFormat(path)
  if (!other) return EXPORTERS.find(exporter => exporter.fits(path)) ?? graphdef
  throw new FreezeError('unsupported', `.${other.ending} stands for ${other.format}, which tfreeze does not write`, {
    file: path,
    hint: 'Name a .pb or .pbtxt file, or a folder that ends in /.',
  })
}

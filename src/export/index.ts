/** The registry of output kinds: what writes a frozen graph, and what draws a model. */
import { FreezeError } from '../errors.ts'
import { modelExplorerJson, svg } from './drawings.ts'
import { type Drawing, type Exporter, fits, isFolder } from './exporter.ts'
import { graphdef } from './graphdef.ts'
import { onnx } from './onnx.ts'
import { otherFormat } from './other-formats.ts'
import { pbtxt } from './pbtxt.ts'
import { savedModel } from './saved-model.ts'
import { tfjs } from './tfjs.ts'

export type { Drawing, ExportContext, Exporter, Preferences, Requirements } from './exporter.ts'
export { isFolder } from './exporter.ts'
export { graphdefChunks } from './graphdef.ts'
export { type Manifest, type ManifestPort, manifest, type WrittenOutput } from './manifest.ts'
export type { Output, OutputFile } from './output.ts'
export { pbtxtChunks } from './pbtxt.ts'

/** Every way to write a frozen graph. */
export const EXPORTERS: readonly Exporter[] = [graphdef, pbtxt, tfjs, savedModel, onnx]

/** Every way to draw a model. */
export const DRAWINGS: readonly Drawing[] = [svg, modelExplorerJson]

/**
 * The output kind that a path asks for: of `more`, which go first, and of the registry.
 * GraphDef where the path's ending says nothing. Throws `unsupported` for a path that
 * ends like a file of another kind, such as `.tflite`.
 */
export function exporterFor(path: string, more: readonly Exporter[] = []): Exporter {
  const found = [...more, ...EXPORTERS].filter(exporter => fits(exporter, path))
  const other = otherFormat(path)
  const [first] = found
  if (first && (!other || first.extensions.some(extension => isLonger(extension, path)))) return first
  if (!other) return graphdef
  throw new FreezeError('unsupported', `.${other.ending} stands for ${other.format}, which tfreeze does not write`, {
    file: path,
    hint: `Name ${endings([...more, ...EXPORTERS])}.`,
  })
}

/** Whether the extension is more than the slash that any folder has. */
const isLonger = (extension: string, path: string): boolean =>
  extension !== '/' && fits({ extensions: [extension] }, path)

/** The drawing that a path asks for. Throws `unsupported` where there is none. */
export function drawingFor(path: string): Drawing {
  const found = DRAWINGS.find(drawing => fits(drawing, path))
  if (found) return found
  throw new FreezeError('unsupported', 'its ending names no kind of drawing', {
    file: path,
    hint: `Name ${endings(DRAWINGS)}.`,
  })
}

/** `a .pb, .pbtxt or .svg file, or a folder that ends in /`. */
export function endings(kinds: readonly (Exporter | Drawing)[]): string {
  const extensions = kinds.map(({ extensions: [first] }) => first!)
  const files = extensions.filter(extension => !isFolder(extension))
  const folders = extensions.filter(isFolder)
  const file = `a ${files.join(', ').replace(/, ([^,]*)$/, ' or $1')} file`
  return folders.length > 0 ? `${file}, or a folder that ends in ${folders.join(' or ')}` : file
}

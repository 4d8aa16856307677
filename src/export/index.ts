/** The registry of output kinds. The first that fits an output path writes it. */
import type { Exporter } from './exporter.ts'
import { graphdef } from './graphdef.ts'
import { pbtxt } from './pbtxt.ts'
import { savedModel } from './saved-model.ts'

export type { Exporter } from './exporter.ts'
export { graphdefChunks } from './graphdef.ts'
export { type Manifest, manifest, type WrittenOutput } from './manifest.ts'
export type { Output, OutputFile } from './output.ts'
export { pbtxtChunks } from './pbtxt.ts'

/** Every output kind; the last takes any path. */
export const EXPORTERS: readonly Exporter[] = [savedModel, pbtxt, graphdef]

/** The output kind that a path asks for. */
export const exporterFor = (path: string): Exporter => EXPORTERS.find(exporter => exporter.fits(path)) ?? graphdef

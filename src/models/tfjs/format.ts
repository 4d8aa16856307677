/** Which of the two kinds of TF.js model an input is. */
import type { Probe } from '../detect.ts'

/** The two kinds, as TF.js names them. */
export type TfjsFormat = 'graph-model' | 'layers-model'

/** The name of a model's file in a folder. */
export const MODEL_FILE = 'model.json'

/** The files of a graph model from before TF.js 1.0 in a folder: its graph, and the list of its weights. */
export const BINARY_GRAPH = 'tensorflowjs_model.pb'
export const MANIFEST = 'weights_manifest.json'

/** Whether a folder holds such a model, or a graph has the list of its weights beside it. */
export async function isBinaryTfjs({ file, folder, message, paths }: Probe): Promise<boolean> {
  if (!file) return paths.includes(BINARY_GRAPH) && paths.includes(MANIFEST)
  return message?.message === 'GraphDef' && (await folder?.file(MANIFEST)) !== undefined
}

/** Which kind of TF.js model a file or folder holds, as its first bytes say; undefined for anything else. */
export async function tfjsFormat({ head, folder, paths }: Probe): Promise<TfjsFormat | undefined> {
  if (head.length > 0) return formatIn(head)
  if (!paths.includes(MODEL_FILE)) return undefined
  const file = await folder?.file(MODEL_FILE)
  return file && formatIn(await file.read(0, Math.min(file.size, HEAD_BYTES)))
}

const HEAD_BYTES = 1024

/** The format that the file names; where the first bytes have none, what they show of the topology. */
function formatIn(head: Uint8Array): TfjsFormat | undefined {
  const text = new TextDecoder().decode(head)
  if (!/^\s*\{[\s\S]*"(format"\s*:\s*"(graph|layers)-model"|modelTopology"|weightsManifest")/.test(text))
    return undefined
  const [, named] = /"format"\s*:\s*"(graph|layers)-model"/.exec(text) ?? []
  if (named !== undefined) return named === 'graph' ? 'graph-model' : 'layers-model'
  return /"modelTopology"\s*:\s*\{\s*"(node|library|versions)"/.test(text) ? 'graph-model' : 'layers-model'
}

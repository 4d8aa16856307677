/** The whole way of a model, from its files to the bytes of a frozen graph, all in memory. */
import { fromFiles } from '../../src/bytes/folder.ts'
import { type Folder, fromBytes } from '../../src/bytes/source.ts'
import { isFreezeError } from '../../src/errors.ts'
import { EXPORTERS } from '../../src/export/index.ts'
import { freeze } from '../../src/freeze/index.ts'
import { verifyFrozen } from '../../src/graph/verify-frozen.ts'
import { open } from '../../src/models/index.ts'
import { optimize } from '../../src/optimize/optimize.ts'
import type { Sample } from './samples.ts'

/**
 * What became of a sample whose damaged file has these bytes: `written` after
 * the verifier has accepted it before and after optimising, or the message of
 * the refusal. Throws what is neither.
 */
export async function outcome(sample: Sample, bytes: Uint8Array): Promise<string> {
  try {
    await write(sample, { ...sample.files, [sample.damaged]: bytes })
    return 'written'
  } catch (error) {
    if (isFreezeError(error)) return error.message
    throw error
  }
}

async function write({ given, architecture }: Sample, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const source = (path: string) => fromBytes(files[path]!, path)
  const folder: Folder = fromFiles(new Map(Object.keys(files).map(path => [path, source(path)])), 'model')
  const options = architecture ? { architecture: source(architecture) } : {}
  const { frozen } = optimize(await freeze(await open(given ? source(given) : folder, options)))
  verifyFrozen(frozen.graph)
  for (const exporter of EXPORTERS) {
    try {
      for (const { chunks } of await exporter.write(frozen)) for await (const _ of chunks);
    } catch (error) {
      // A kind that cannot hold every graph says so.
      if (!exporter.requires || !isFreezeError(error, 'target')) throw error
    }
  }
}

/** A message in chunks (`.cpb`): records in Riegeli's container, of which the last says how the others fit together. */
import { type ByteSource, readAll } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_GRAPH_BYTES } from '../../limits.ts'
import { openRecords } from '../riegeli/records.ts'
import { mergeChunks } from './merge.ts'
import { decodeChunkMetadata } from './metadata.ts'

/** The message as one source. What is large in it is read when it is asked for. Throws `corrupt`, `truncated`, `unsupported`. */
export async function openChunked(file: ByteSource): Promise<ByteSource> {
  const records = await openRecords(file)
  const metadata = decodeChunkMetadata(await readAll(await records.last(), MAX_GRAPH_BYTES), { file: file.name })
  const chunk = async (index: number): Promise<ByteSource> => {
    const info = metadata.chunks[index]
    const record = info && (await records.at(info.position))
    if (record?.size === info?.size && record) return record
    throw new FreezeError('corrupt', `chunk ${index} of ${metadata.chunks.length} is not where the last record says`, {
      file: file.name,
      hint: 'Copy the file again.',
    })
  }
  return mergeChunks(metadata.message, chunk, file.name)
}

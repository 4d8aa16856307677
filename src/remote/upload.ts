/** Writes files to an object store: each becomes visible when it is whole, and none of several before all are there. */
import { joinBytes } from '../bytes/join.ts'
import { FreezeError, invariant } from '../errors.ts'
import type { OutputFile } from '../export/output.ts'
import { placeOf } from './place.ts'
import type { Bucket, StoreOptions, Upload } from './store.ts'

/** Bytes of a part: stores take no smaller ones, but for the last, and at most 10,000. */
const PART_BYTES = 8 * 1024 * 1024
const MAX_PARTS = 9000

/** A file that is sent, and not yet visible. */
interface Sent {
  readonly size: number
  show(): Promise<void>
  drop(): Promise<void>
}

/**
 * Writes the files of an output kind to `s3://` or `gs://`: into the folder where the address ends in `/`, else the file
 * itself and what lies beside it. Returns how many bytes. Throws `unsupported` for a web server.
 */
export async function upload(
  address: string,
  files: readonly OutputFile[],
  options: StoreOptions = {},
): Promise<number> {
  const place = placeOf(address, options)
  if (!place)
    throw new FreezeError('unsupported', 'files are not written to web servers', {
      file: address,
      hint: 'Name a path, or an address that begins with s3:// or gs://.',
    })
  const { bucket, key } = place
  invariant(files.length > 0, 'an output has at least one file')
  const sent: Sent[] = []
  try {
    for (const file of files) sent.push(await send(bucket, keyOf(key, file), file))
    for (const file of [...sent].reverse()) await file.show() // the graph last: what it names is there then
    return sent.reduce((sum, { size }) => sum + size, 0)
  } catch (error) {
    for (const file of sent) await file.drop().catch(() => {}) // the first error is told
    throw error
  }
}

function keyOf(key: string, { path, isBeside }: OutputFile): string {
  if (key === '' || key.endsWith('/')) return key + path
  return isBeside ? key.replace(/[^/]*$/, path) : key + path
}

/** A small file is put when it is shown; a large one goes in parts, as it comes. */
async function send(bucket: Bucket, key: string, { size = 0, chunks }: OutputFile): Promise<Sent> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(size / MAX_PARTS))
  let begun: Upload | undefined
  let gathered: Uint8Array[] = []
  let length = 0
  let total = 0
  const flush = async (): Promise<void> => {
    begun ??= await bucket.begin(key)
    await begun.part(joinBytes(gathered))
    gathered = []
    length = 0
  }
  try {
    for await (const bytes of chunks) {
      gathered.push(bytes.slice()) // a writer may use the memory again
      length += bytes.length
      total += bytes.length
      if (length >= partBytes) await flush()
    }
    if (begun && length > 0) await flush()
  } catch (error) {
    await begun?.abort().catch(() => {}) // the first error is told
    throw error
  }
  const multipart = begun
  const whole = joinBytes(gathered)
  return {
    size: total,
    show: () => (multipart ? multipart.complete() : bucket.put(key, whole)),
    drop: async () => multipart?.abort(),
  }
}

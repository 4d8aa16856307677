/** The manifest of a file that can be taken: what the command line writes with `--manifest`. */
import { createSHA256 } from 'hash-wasm'
import { exporterFor, manifest } from '../../../src/export/index.ts'
import type { Methods } from '../protocol.ts'
import type { Call } from './main.ts'
import type { Session } from './session.ts'

/** Bytes after which the page hears how far it is. */
const STEP_BYTES = 1 << 22

export async function manifestOf(
  session: Session,
  { extension }: Methods['manifest']['params'],
  call: Call,
): Promise<string> {
  const { frozen } = session.frozen('after')!
  const exporter = exporterFor(`frozen${extension}`)
  const hash = await createSHA256()
  let [bytes, told] = [0, 0]
  for (const { chunks, size } of await exporter.write(frozen))
    for await (const chunk of chunks) {
      if (call.isCancelled()) throw new Error('cancelled')
      hash.update(chunk)
      bytes += chunk.length
      if (bytes - told < STEP_BYTES) continue
      told = bytes
      call.progress({ what: 'Writing', ...(size !== undefined && { share: Math.min(1, bytes / size) }) })
      await new Promise(resolve => setTimeout(resolve)) // lets a cancellation in
    }
  return `${JSON.stringify(manifest(frozen, { format: exporter.name, bytes, sha256: hash.digest() }), null, 2)}\n`
}

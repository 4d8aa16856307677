/** A message in either of its forms. */
import type { ByteSource } from '../../bytes/source.ts'
import type { MessageType } from './decode.ts'
import { type Scanned, scanMessage } from './scan.ts'
import type { MessageSniff } from './sniff.ts'

/** The message that is the whole source; as text nothing of it is left in the file. Throws as `scanMessage` and `parseText` do. */
export async function readMessage<T>(
  source: ByteSource,
  type: MessageType<T>,
  form: MessageSniff['form'],
): Promise<Scanned<T>> {
  if (form === 'binary') return scanMessage(source, type)
  // Text needs descriptors, whose loading takes as long as freezing a small model.
  const { parseText } = await import('./text.ts')
  return { message: await parseText(source, type), largeBytes: () => undefined }
}

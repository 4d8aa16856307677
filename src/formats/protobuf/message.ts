/** A message in either of its forms. */
import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import type { ByteSource } from '../../bytes/source.ts'
import { type Scanned, scanMessage } from './scan.ts'
import type { MessageSniff } from './sniff.ts'
import { parseText } from './text.ts'

/** The message that is the whole source; as text nothing of it is left in the file. Throws as `scanMessage` and `parseText` do. */
export async function readMessage<Desc extends DescMessage>(
  source: ByteSource,
  schema: Desc,
  form: MessageSniff['form'],
): Promise<Scanned<MessageShape<Desc>>> {
  if (form === 'binary') return scanMessage(source, schema)
  return { message: await parseText(source, schema), largeBytes: () => undefined }
}

/** Takes the frozen file: streamed to the disk where the browser can, else as a Blob. */
import type { Client, Pending } from '../client.ts'
import { h } from '../dom.ts'
import type { Methods, Progress } from '../protocol.ts'

type SavePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>

/** A file on its way: cancelled, or told where it went. */
export interface Download {
  readonly written: Pending<Methods['write']['result']>
  readonly name: string
  readonly isStreamed: boolean
}

/** Starts writing; undefined where the user chose no place. */
export async function startDownload(
  client: Client,
  suggestedName: string,
  progress: (p: Progress) => void,
): Promise<Download | undefined> {
  const picker = (globalThis as { showSaveFilePicker?: SavePicker }).showSaveFilePicker
  if (!picker)
    return { written: client.call('write', { name: suggestedName }, progress), name: suggestedName, isStreamed: false }
  try {
    const handle = await picker({ suggestedName })
    return {
      written: client.call('write', { name: handle.name, handle }, progress),
      name: handle.name,
      isStreamed: true,
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined
    throw error
  }
}

/** Milliseconds until a Blob's address may go: the browser has taken it by then. */
const RELEASE_MS = 60_000

/** Hands a Blob to the browser's downloads. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  h('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), RELEASE_MS)
}

/** Takes the frozen file: streamed to the disk where the browser can, else as a Blob. */
import { CallError, type Client, type Pending } from '../client.ts'
import type { Methods, Progress } from '../protocol.ts'
import { save } from '../saving.ts'
import type { ResultPane } from './result.ts'

/** Writes what was frozen of a model, and says in the pane how far it is and where it went. */
export async function download(client: Client, model: string, extension: string, pane: ResultPane): Promise<void> {
  let cancel = (): void => {}
  try {
    const begun = await begin(client, fileName(model, extension), ({ share }) => pane.running(share, () => cancel()))
    if (!begun) return
    cancel = () => begun.written.cancel()
    pane.running(undefined, () => cancel())
    const { bytes, blob } = await begun.written
    if (blob) save(blob, begun.name)
    pane.says(
      `${begun.name}: ${bytes.toLocaleString('en')} bytes ${begun.isStreamed ? 'written' : 'handed to the browser'}.`,
    )
  } catch (error) {
    if (error instanceof CallError && error.isCancelled) pane.says('Cancelled; nothing was written.')
    else pane.refused(error)
  }
}

/** Takes the manifest of the file of this ending. */
export async function downloadManifest(
  client: Client,
  model: string,
  extension: string,
  pane: ResultPane,
): Promise<void> {
  try {
    const asked = client.call('manifest', { extension }, ({ share }) => pane.running(share, () => asked.cancel()))
    const name = fileName(model, `${extension}.manifest.json`)
    save(new Blob([await asked], { type: 'application/json' }), name)
    pane.says(`${name}: the manifest of ${fileName(model, extension)}.`)
  } catch (error) {
    pane.refused(error)
  }
}

/** `digits.h5` → `digits.pb` or `digits-model.json`; of what is a graph already, `digits.pb` → `digits.frozen.pb`. */
const fileName = (model: string, extension: string): string =>
  `${model.replace(/\.(h5|hdf5|keras|pb|pbtxt|zip|tar|tar\.gz|tgz)$/i, '')}${/\.pb(txt)?$/.test(model) ? '.frozen' : ''}${extension.startsWith('.') ? '' : '-'}${extension}`

type SavePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>

/** A file on its way: cancelled, or told where it went. */
interface Download {
  readonly written: Pending<Methods['write']['result']>
  readonly name: string
  readonly isStreamed: boolean
}

/** Starts writing; undefined where the user chose no place. */
async function begin(
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

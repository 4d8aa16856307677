/** Dropped and picked files, with their paths. */
import type { LocalFiles } from './protocol.ts'

/** Files of one folder, its subfolders included, as on the command line. */
const MAX_FILES = 100_000

/** The dropped files: a folder with all in it, or files. */
export async function dropped(data: DataTransfer): Promise<LocalFiles | undefined> {
  const entries = [...data.items].flatMap(item => item.webkitGetAsEntry() ?? [])
  if (entries.length === 0) return picked(data.files)
  const [first] = entries
  const isFolder = entries.length === 1 && first!.isDirectory
  const files: LocalFiles['files'][number][] = []
  const stack = entries.map(entry => ({ entry, path: isFolder ? '' : entry.name }))
  for (let next = stack.pop(); next && files.length < MAX_FILES; next = stack.pop()) {
    const { entry, path } = next
    if (entry.isFile) files.push({ path, file: await fileOf(entry as FileSystemFileEntry) })
    else
      for (const inner of await inside(entry as FileSystemDirectoryEntry))
        stack.push({ entry: inner, path: path ? `${path}/${inner.name}` : inner.name })
  }
  return { name: entries.length === 1 ? first!.name : 'dropped files', files: sorted(files) }
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

/** A folder gives its entries in portions. */
async function inside(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return all
    all.push(...some)
  }
}

/** The picked files; those of a folder come with its name before their paths. */
export function picked(list: Iterable<File>): LocalFiles | undefined {
  const files = [...list]
  if (files.length === 0) return undefined
  const folder = files[0]!.webkitRelativePath.split('/')[0]
  const pathOf = (file: File): string => (folder ? file.webkitRelativePath.slice(folder.length + 1) : file.name)
  const name = folder || (files.length === 1 ? files[0]!.name : 'picked files')
  return { name, files: sorted(files.map(file => ({ path: pathOf(file), file }))) }
}

const sorted = (files: LocalFiles['files']): LocalFiles['files'] =>
  [...files].sort((a, b) => (a.path < b.path ? -1 : 1))

/** A folder of the file system, for tests that read real models. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type ByteSource, type Folder, fromBytes } from '../../src/bytes/source.ts'

/** A folder whose files are read whole. `reads` collects what is read of each, by path. */
export function diskFolder(root: string, reads = new Map<string, number>()): Folder {
  return {
    name: basename(root),
    paths: async () =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter(path => statSync(join(root, path)).isFile())
        .sort(),
    file: async path =>
      existsSync(join(root, path)) ? counted(fromBytes(readFileSync(join(root, path)), path), reads) : undefined,
  }
}

function counted(source: ByteSource, reads: Map<string, number>): ByteSource {
  const { name, size } = source
  const read: ByteSource['read'] = (offset, length) => {
    reads.set(name, (reads.get(name) ?? 0) + length)
    return source.read(offset, length)
  }
  return { name, size, read }
}

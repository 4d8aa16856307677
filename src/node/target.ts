/** Where a file is to be written, and what the system says against it. */
import { accessSync, constants, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FreezeError, isFreezeError } from '../errors.ts'
import { codeOf } from './temporary.ts'

/** Where a file is to be. */
export interface Target {
  /** As the user gave it, for messages. */
  readonly given: string
  /** With links resolved, where something is there. */
  readonly path: string
  /** A pipe or a device, which is written to as it is. */
  readonly isSpecial: boolean
  /** Permissions of the file that is there. */
  readonly mode?: number
}

/** Where writing really goes: through links, and straight into a pipe or device (`/dev/null`). Throws where it may not. */
export function writable(given: string): Target {
  const found = attempt(given, () => statSync(given, { throwIfNoEntry: false }))
  if (!found) return { given, path: given, isSpecial: false }
  if (found.isDirectory()) {
    throw new FreezeError('unsupported', 'a folder with this name is there, and the graph would be a file', {
      file: given,
      hint: `Name a file, for example ${join(given, 'frozen.pb')}.`,
    })
  }
  if (!found.isFile()) return { given, path: given, isSpecial: true }
  const path = attempt(given, () => realpathSync(given))
  refuseReadOnly(given, found)
  return { given, path, isSpecial: false, mode: found.mode & 0o777 }
}

/**
 * Throws what `writeFile` would throw about its target, so that a long computation does
 * not end in an error that could have been found before it.
 */
export function checkWritable(given: string): void {
  if (given === '-' || /[/\\]$/.test(given)) return // a stream, or a folder, which is made
  writable(given)
}

/** A rename would replace a read-only file without asking, and root may write any: the mode counts. */
function refuseReadOnly(given: string, { mode }: Stats): void {
  if ((mode & 0o222) !== 0) {
    attempt(given, () => accessSync(given, constants.W_OK))
    return
  }
  throw new FreezeError('output', 'the file that is there is read-only', {
    file: given,
    hint: 'Make it writable, or name another path.',
  })
}

/** Runs what the system may refuse. */
export function attempt<T>(given: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw cannotWrite(given, error)
  }
}

const REASONS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space, or name a path on another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or name a path on another disk.'],
  EFBIG: ['the file would be larger than the system allows', 'Name a path on another disk.'],
  EACCES: ['it may not be written', 'Check the permissions of the file and its folder.'],
  EPERM: ['it may not be written', 'Check the permissions of the file and its folder.'],
  EROFS: ['the disk is read-only', 'Name a path on another disk.'],
  ENAMETOOLONG: ['the name is too long', 'Name a shorter path.'],
}

/** Turns a write error into one that names the path that the caller gave; a closed reader (EPIPE) is handled where it occurs. */
export function cannotWrite(given: string, cause: unknown): unknown {
  if (isFreezeError(cause) || !(cause instanceof Error) || codeOf(cause) === 'EPIPE') return cause
  const code = String(codeOf(cause))
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EEXIST') {
    const hint = code === 'ENOENT' ? 'Make the folder first.' : 'A file is where the path has a folder: name another.'
    const what = `there is no folder '${dirname(given)}' to write to`
    return new FreezeError('missing', what, { file: given, hint, cause })
  }
  const [what, hint] = REASONS[code] ?? [
    `it cannot be written (${code})`,
    'Check the path, its permissions and the space left.',
  ]
  return new FreezeError('output', what, { file: given, hint, cause })
}

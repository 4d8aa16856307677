/**
 * Files that are not finished: beside their target, as `.name.pid@host.tmp`. They go
 * when writing fails, when a signal ends the process, and, where the process was
 * killed, when the same target is written again.
 */
import { openSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** The paths to remove if the process ends now: files, then the folders that were made for them (outer ones first in the set). */
const unfinished = new Set<string>()
const madeFolders = new Set<string>()

/** The host is part of the name because a process's number means nothing on another host, or in another container. */
const HOST = hostname()
  .replace(/[^\w.-]/g, '')
  .slice(0, 64)
/** So that a long name of the target leaves room for the rest: a name has at most 255 bytes. */
const MAX_NAME = 40
/** How long the files of another host's processes are left alone after they were last written to. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000

const prefixOf = (target: string): string => `.${[...basename(target)].slice(0, MAX_NAME).join('')}.`

/** Makes an empty file beside the target. Throws what the system says. */
export function openTemporary(target: string): { readonly path: string; readonly fd: number } {
  removeLeftOver(target)
  for (let i = 0; ; i++) {
    const path = join(dirname(target), `${prefixOf(target)}${process.pid}${i ? `-${i}` : ''}@${HOST}.tmp`)
    try {
      const fd = openSync(path, 'wx+') // at once, so that no signal comes between the file and the note of it
      note(unfinished, path)
      return { path, fd }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
}

/** The file is at its target, or gone. */
export function forget(path: string): void {
  unfinished.delete(path)
  madeFolders.delete(path)
  watch()
}

/** Removes an unfinished file, if it is still there. */
export function remove(path: string): void {
  quietly(() => unlinkSync(path))
  forget(path)
}

/** Notes a folder that was made for the output, to be removed with it while it is empty. */
export const noteFolder = (path: string): void => note(madeFolders, path)

/** Removes a noted folder if nothing is in it. */
export function removeFolder(path: string): void {
  quietly(() => rmdirSync(path))
  forget(path)
}

function removeAll(): void {
  for (const path of [...unfinished]) remove(path)
  for (const path of [...madeFolders].reverse()) removeFolder(path)
}

// ---- files that a killed process left

/** The temporary files that were in a folder when this process first wrote there: a batch writes to one a thousand times. */
const temporaries = new Map<string, readonly string[]>()

function temporariesIn(folder: string): readonly string[] {
  const known = temporaries.get(folder)
  if (known) return known
  let names: readonly string[] = []
  quietly(() => {
    names = readdirSync(folder).filter(name => name.startsWith('.') && name.endsWith('.tmp'))
  })
  temporaries.set(folder, names)
  return names
}

/** Removes the temporary files of this target whose process is no longer there. */
function removeLeftOver(target: string): void {
  const prefix = prefixOf(target)
  for (const name of temporariesIn(dirname(target))) {
    if (!name.startsWith(prefix)) continue
    const [, pid, host] = /^(\d+)(?:-\d+)?(?:@([\w.-]*))?\.tmp$/.exec(name.slice(prefix.length)) ?? []
    const path = join(dirname(target), name)
    if (pid !== undefined && !unfinished.has(path) && isLeftOver(path, Number(pid), host))
      quietly(() => unlinkSync(path))
  }
}

/** Nothing is known about the processes of another host. */
function isLeftOver(path: string, pid: number, host = HOST): boolean {
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  if (written === undefined) return false
  if (host !== HOST) return Date.now() - written > MAX_AGE_MS
  const began = Date.now() - process.uptime() * 1000
  return pid === process.pid ? written < began : !isAlive(pid) // an earlier process may have had our number
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH' // one that may not be signalled is there
  }
}

// ---- signals

/** Exit statuses as shells have them: 128 and the signal's number. */
const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
type Signal = keyof typeof STATUS
const SIGNALS = Object.keys(STATUS) as readonly Signal[]

let isEnabled = false
let isWatching = false

/**
 * For a program whose process is its own: a signal removes what is unfinished and
 * ends the process. Nothing is listened for while nothing is unfinished, so that a
 * signal then ends the process at once, whatever it is doing.
 */
export function removeUnfinishedOnSignals(): void {
  isEnabled = true
}

function end(signal: Signal): void {
  removeAll()
  process.exit(STATUS[signal])
}

function note(kind: Set<string>, path: string): void {
  kind.add(path)
  watch()
}

function watch(): void {
  const isNeeded = isEnabled && unfinished.size + madeFolders.size > 0
  if (isNeeded === isWatching) return
  isWatching = isNeeded
  for (const signal of SIGNALS) {
    if (isNeeded) process.on(signal, end)
    else process.off(signal, end)
  }
}

function quietly(act: () => void): void {
  try {
    act()
  } catch {
    // nothing can be done about it, and no finished file is touched
  }
}

/** The system's name for what went wrong: `ENOENT`. */
export const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

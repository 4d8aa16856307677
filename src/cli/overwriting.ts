/**
 * Refuses to write over what is read. A model that is overwritten is lost, so this
 * is wrong usage, and is found before the model is opened: its own path, a file
 * in its folder or beside it that belongs to it, through symbolic and hard links.
 */
import { type BigIntStats, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { openFolder } from '../node/file-source.ts'
import { partsOf } from '../node/model-parts.ts'
import { attempt } from '../node/target.ts'
import { isRemote } from '../remote/address.ts'
import { modelPath } from './input.ts'
import { wrongUsage } from './wrong-usage.ts'

/** The paths that a command reads and writes; `-` is a standard stream. */
export interface ReadAndWritten {
  readonly models: readonly string[]
  /** Files that are read beside the model: an architecture, the user's own code. */
  readonly files?: readonly (string | undefined)[]
  readonly written: readonly (string | undefined)[]
}

/** Throws the error of a wrong usage where a path that is written is, or belongs to, what is read. */
export async function refuseOverwriting({ models, files = [], written }: ReadAndWritten): Promise<void> {
  for (const path of written) {
    if (path !== undefined && isRemote(path)) {
      const model = models.find(each => path === each || path.startsWith(`${each.replace(/\/+$/, '')}/`))
      if (model)
        wrongUsage('output', `writing ${path} would overwrite the model ${model}. Name an address outside the model.`)
      continue
    }
    const output = path === undefined || path === '-' ? undefined : target(path)
    if (output === undefined) continue
    for (const model of models) {
      const read = given(modelPath(model))
      if (read && (await isPartOf(output, read)))
        wrongUsage('output', `writing ${path} would overwrite the model ${model}. Name a path outside the model.`)
    }
    const other = files.find(file => file !== undefined && isSame(output, target(file)))
    if (other !== undefined)
      wrongUsage('output', `writing ${path} would overwrite ${other}, which is read. Name another path.`)
  }
}

/** A path with its links resolved, as far as it is there. */
interface Place {
  readonly path: string
  /** Absent where nothing is there yet. */
  readonly stat?: BigIntStats
}

/** A file or folder that is there; a pipe cannot be overwritten. */
function given(path: string): Place | undefined {
  const place = path === '-' ? undefined : target(path)
  return place?.stat?.isFile() || place?.stat?.isDirectory() ? place : undefined
}

function target(path: string): Place {
  const stat = attempt(path, () => statSync(path, { bigint: true, throwIfNoEntry: false }))
  if (stat?.isFile() || stat?.isDirectory()) return { path: realpathSync.native(path), stat }
  if (stat) return { path, stat } // a pipe has no path of its own: /dev/fd/63
  const folder = statSync(dirname(path), { throwIfNoEntry: false }) ? realpathSync.native(dirname(path)) : dirname(path)
  return { path: join(folder, basename(path)) }
}

const isSame = (a: Place, b: Place): boolean =>
  a.stat && b.stat ? a.stat.dev === b.stat.dev && a.stat.ino === b.stat.ino : a.path === b.path

/** Whether `inner` is `outer` or lies below it. */
function isBelow(inner: string, outer: string): boolean {
  const path = relative(outer, inner)
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}

async function isPartOf(output: Place, model: Place): Promise<boolean> {
  if (isSame(output, model) || isBelow(model.path, output.path)) return true
  const isFolder = model.stat!.isDirectory()
  if (isFolder && isBelow(output.path, model.path)) return true
  if (!output.stat?.isFile()) return false // what is not there yet overwrites nothing
  const around = isFolder ? model.path : dirname(model.path)
  const isPart = isFolder ? () => true : ((await partsOf(model.path)) ?? (() => false))
  if (isBelow(output.path, around) && isPart(relative(around, output.path).split(sep).join('/'))) return true
  return output.stat.nlink > 1n && (await isLinkedBelow(around, isPart, output))
}

/** Whether a file of the folder is the output under another name: a hard link. */
async function isLinkedBelow(folder: string, isPart: (path: string) => boolean, output: Place): Promise<boolean> {
  const paths = (await openFolder(folder).paths()).filter(isPart)
  return paths.some(path => isSame(output, target(join(folder, path))))
}

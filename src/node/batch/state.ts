/**
 * Records of finished work: beside each output lies what it was made from and with. A run that was ended in the middle can
 * be started again; what was written then and is still what it was is skipped.
 */
import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import manifestOfPackage from '../../../package.json' with { type: 'json' }
import { isRemote } from '../../remote/address.ts'
import { partsOf } from '../model-parts.ts'
import { attempt } from '../target.ts'
import type { Line } from './line.ts'
import { isThere, tagsOf, textAt, writeText } from './remote.ts'

interface State {
  readonly schema: typeof SCHEMA
  /** The hash of the input's bytes, the options and the version. */
  readonly key: string
  readonly line: Line
}

const SCHEMA = 'tfreeze-batch/1'

const statePath = (output: string): string => `${output.replace(/[/\\]$/, '')}.tfreeze.json`

/** The SHA-256 of a model's bytes (of one in a store, of its tags), of other files that are read, of the options and of the version; undefined where it cannot be told. */
export async function keyOf(model: string, files: readonly string[], options: string): Promise<string | undefined> {
  const hash = createHash('sha256').update(`${manifestOfPackage.version}\n${options}\n`)
  const own = isRemote(model) ? await tagsOf(model) : undefined
  if (own !== undefined) hash.update(own)
  else if (isRemote(model) || !statSync(model, { throwIfNoEntry: false })) return undefined
  for (const path of [...(own === undefined ? await filesOf(model) : []), ...files]) {
    hash.update(`${path === model ? '' : path}\n`)
    if (isRemote(path)) hash.update((await tagsOf(path)) ?? '')
    else hashFile(hash, path)
  }
  return hash.digest('hex')
}

/** The files of a model: of its folder, those that belong to its file, or those that begin with a checkpoint's prefix. */
async function filesOf(model: string): Promise<string[]> {
  const stat = statSync(model, { throwIfNoEntry: false })
  if (stat?.isDirectory()) return below(model)
  const stem = stat ? model.replace(/\.(meta|index)$/, '') : model
  if (stat && stem === model) return [model, ...(await besides(model))]
  const names = statSync(dirname(stem), { throwIfNoEntry: false }) ? readdirSync(dirname(stem)) : []
  const own = names.filter(name => name.startsWith(`${basename(stem)}.`)).sort()
  return own.map(name => join(dirname(stem), name)).filter(path => statSync(path).isFile())
}

/** The other files that belong to the model of a file. */
async function besides(model: string): Promise<string[]> {
  const isPart = await partsOf(model)
  if (!isPart) return []
  const folder = dirname(model)
  const inner = below(folder).map(path => relative(folder, path))
  const own = inner.filter(path => path !== basename(model) && isPart(path.split(sep).join('/')))
  return own.map(path => join(folder, path))
}

function below(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = join(folder, entry.name)
      return statSync(path).isDirectory() ? below(path) : [path]
    })
}

const CHUNK = 1 << 20
const buffer = new Uint8Array(CHUNK)

function hashFile(hash: Hash, path: string): void {
  const fd = openSync(path, 'r')
  try {
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
      hash.update(buffer.subarray(0, count))
  } finally {
    closeSync(fd)
  }
}

/** The line of an output that is there as it was written, made with this key; undefined where it must be made. */
export async function done(output: string, key: string): Promise<Line | undefined> {
  const state = await read(statePath(output))
  if (state?.key !== key) return undefined
  if (isRemote(output)) return (await isThere(output)) ? state.line : undefined
  const stat = statSync(output, { throwIfNoEntry: false })
  const isWhole = stat?.isDirectory() || (stat?.isFile() && stat.size > 0)
  return isWhole ? state.line : undefined
}

async function read(path: string): Promise<State | undefined> {
  try {
    const text = isRemote(path) ? ((await textAt(path)) ?? '') : readFileSync(path, 'utf8')
    const state = JSON.parse(text) as State // as `note` wrote it, which the schema says
    return state.schema === SCHEMA ? state : undefined
  } catch {
    return undefined // none, or cut: the model is frozen again
  }
}

/** Notes that an output is written. It need not outlive a crash of the system: without it the model is frozen again. */
export async function note(output: string, key: string, line: Line): Promise<void> {
  const state: State = { schema: SCHEMA, key, line }
  const [path, text] = [statePath(output), `${JSON.stringify(state)}\n`]
  if (isRemote(path)) await writeText(path, text)
  else attempt(path, () => writeFileSync(path, text))
}

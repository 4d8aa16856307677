/** The models of a batch: those of a list, a pattern, a folder, or one model. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { FreezeError } from '../../errors.ts'
import { isRemote } from '../../remote/address.ts'
import { glob, isGlob, rootOf } from './glob.ts'
import { remoteSources } from './remote.ts'
import type { Source } from './source.ts'
import { kindOf, modelsIn, type Versions } from './tree.ts'

/** Throws `missing` where nothing is there, `corrupt` for a line that cannot be read. */
export async function sourcesOf(given: string, versions: Versions, outputs: string): Promise<readonly Source[]> {
  if (isRemote(given)) return remoteSources(given, versions, outputs)
  const stat = statSync(given, { throwIfNoEntry: false })
  if (stat?.isDirectory()) {
    const found = await modelsIn(given, versions, outputs)
    return found.map(({ relative: inner, version }) => ({
      path: inner === '.' ? given : `${given.replace(/[/\\]+$/, '')}/${inner}`,
      relative: inner === '.' ? resolve(given).split(/[/\\]/).at(-1)! : inner,
      ...(version !== undefined && { version }),
    }))
  }
  if (stat) return (await isList(given)) ? listed(given) : [{ path: given, relative: basename(given) }]
  if (!isGlob(given)) {
    const hint = 'Give a list, a pattern in quotes, a folder, or a model.'
    throw new FreezeError('missing', 'there is no such file or folder', { file: given, hint })
  }
  const paths = glob(given)
  const root = rootOf(given)
  return paths.map(path => ({ path, relative: relative(root, path) || path }))
}

const HEAD_BYTES = 4096

/** Whether a file is text that is no model. */
async function isList(path: string): Promise<boolean> {
  const fd = openSync(path, 'r')
  const head = new Uint8Array(HEAD_BYTES)
  const length = readSync(fd, head)
  closeSync(fd)
  if (head.subarray(0, length).includes(0)) return false
  return (await kindOf(path)) === undefined
}

/** A path a line, or an object: `{"path": …, "output": …, and options}`. Empty lines and those after `#` say nothing. */
function listed(file: string): Source[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((text, i) => {
    const line = text.trim()
    if (line === '' || line.startsWith('#')) return []
    return [line.startsWith('{') ? fromJson(line, `${file}:${i + 1}`) : { path: line, relative: line }]
  })
}

function fromJson(line: string, place: string): Source {
  const wrong = (what: string): FreezeError =>
    new FreezeError('corrupt', what, { file: place, hint: 'Write an object a line: {"path": "model.h5"}.' })
  let value: Readonly<Record<string, unknown>>
  try {
    value = JSON.parse(line) as Readonly<Record<string, unknown>> // it begins with a brace
  } catch (cause) {
    throw wrong(`this line is not JSON (${(cause as Error).message})`) // a SyntaxError
  }
  const { path, output, version, ...options } = value
  if (typeof path !== 'string') throw wrong('this line has no path')
  if (output !== undefined && typeof output !== 'string') throw wrong('its output is not a path')
  return {
    path,
    relative: path,
    ...(version !== undefined && { version: String(version) }),
    ...(output !== undefined && { output }),
    options,
  }
}

/** Where each model of a batch goes: a pattern such as `{path}.pb`, filled in. */
import { FreezeError } from '../../errors.ts'

/** The values of the placeholders in a pattern. */
export interface Parts {
  /** The path from the folder that was searched, or as the list has it, without its ending. */
  readonly path: string
  /** The last part of the path; of a numbered version the folder around it. */
  readonly name: string
  /** The number of a version of TF Serving; 1 where there is none. */
  readonly version: string
  readonly signature: string
}

/** The pattern with its parts. Throws `unsupported` for a part that does not exist. */
export function filled(pattern: string, parts: Parts): string {
  return pattern.replace(/\{(\w*)\}/g, (_, key: string) => {
    if (Object.hasOwn(parts, key)) return parts[key as keyof Parts] // it has it
    throw new FreezeError('unsupported', `'{${key}}' is not a part of a model's name`, {
      path: ['--name'],
      hint: `Use ${Object.keys(parts)
        .map(part => `{${part}}`)
        .join(', ')}.`,
    })
  })
}

const ENDING = /\.(pb|pbtxt|h5|hdf5|keras|meta|zip|tar|tar\.gz|tgz|json)$/i

/** The parts of a path. One that leads out of its folder, or from the root, stays inside. */
export function partsOf(relative: string, version?: string, signature = 'serving_default', keepsEnding = false): Parts {
  const segments = relative
    .replaceAll('\\', '/')
    .replace(/^[a-z0-9]+:\/\//i, '')
    .split('/')
    .filter(segment => segment !== '' && segment !== '.' && segment !== '..')
  const path = segments.join('/').replace(keepsEnding ? '' : ENDING, '')
  const names = path.split('/')
  const name = (version !== undefined ? names.at(-2) : names.at(-1)) ?? names.at(-1) ?? 'model'
  return { path: path || 'model', name: name || 'model', version: version ?? '1', signature }
}

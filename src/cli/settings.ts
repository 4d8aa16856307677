/** The values of a command's options as the library takes them: files opened, the user's modules loaded. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FreezeError } from '../errors.ts'
import type { OpenOptions } from '../models/index.ts'
import type { Emitter } from '../models/keras/call.ts'
import { cannotLoad, emittersOf } from '../models/keras/custom-module.ts'
import { type OptionName, type OptionTable, optionRows, optionsOf } from '../options/index.ts'
import type { ValueOf } from '../options/option.ts'
import { givenFile } from './input.ts'

/** The values of the command line, by the options' names. A file's value is its path. */
export type Flags = { readonly [N in OptionName]?: Flag<N> | undefined }
type Flag<N extends OptionName> = OptionTable[N]['kind'] extends 'file' | 'module' ? string : ValueOf<OptionTable[N]>

/** The paths of files that options name, to be read. */
export const filesRead = (flags: Flags): string[] =>
  optionRows.flatMap(([name, { kind }]) =>
    kind === 'file' || kind === 'module' ? ((flags[name] as string | undefined) ?? []) : [],
  )

/** The options for opening the model. */
export async function openOptions(flags: Flags): Promise<OpenOptions> {
  const { architecture, custom, ...options } = optionsOf('open', flags)
  return {
    ...options,
    ...(flags.architecture !== undefined && { architecture: await givenFile(flags.architecture) }),
    ...(flags.custom !== undefined && { custom: await customLayers(flags.custom) }),
  }
}

/** Loads `export default { layers: { MyLayer(call) { … } } }`: the user's own code, named on the command line. */
async function customLayers(path: string): Promise<ReadonlyMap<string, Emitter>> {
  return emittersOf(await loadDefault(path), path)
}

/** The default export of a module of the user's. Throws `missing`, and `unsupported` where it cannot be loaded. */
export async function loadDefault(path: string): Promise<Readonly<Record<string, unknown>>> {
  if (!existsSync(path))
    throw new FreezeError('missing', 'there is no such file', { file: path, hint: 'Check the path.' })
  try {
    const module: { readonly default?: Readonly<Record<string, unknown>> } = await import(
      pathToFileURL(resolve(path)).href
    )
    return module.default ?? {}
  } catch (cause) {
    throw cannotLoad(path, cause)
  }
}

/**
 * `--plugin FILE`: passes and output kinds of the user's own. The module's default
 * export is `{ passes, exporters }`, each a list that may be left out.
 */
import { FreezeError } from '../errors.ts'
import type { Exporter } from '../export/index.ts'
import type { Pass } from '../optimize/pass.ts'
import { loadDefault } from './settings.ts'

/** The additions of a plugin. */
export interface Plugin {
  readonly passes: readonly Pass[]
  readonly exporters: readonly Exporter[]
}

/** Loads it; without a path there is nothing. Throws `missing`, and `unsupported` for a module of another form. */
export async function plugin(path: string | undefined): Promise<Plugin> {
  if (path === undefined) return { passes: [], exporters: [] }
  const { passes, exporters, ...others } = await loadDefault(path)
  const [other] = Object.keys(others)
  if (other !== undefined || (passes === undefined && exporters === undefined))
    throw wrong(path, other === undefined ? 'its default export has no passes and no exporters' : `it has '${other}'`)
  return {
    passes: listOf(passes ?? [], isPass, () => wrong(path, 'its passes are not a list of passes')),
    exporters: listOf(exporters ?? [], isExporter, () => wrong(path, 'its exporters are not a list of exporters')),
  }
}

function listOf<T>(given: unknown, is: (item: unknown) => item is T, wrong: () => FreezeError): readonly T[] {
  if (Array.isArray(given) && given.every(is)) return given
  throw wrong()
}

const has = (item: unknown, fields: Readonly<Record<string, string>>): boolean =>
  typeof item === 'object' &&
  item !== null &&
  Object.entries(fields).every(([name, type]) => typeof (item as Readonly<Record<string, unknown>>)[name] === type)

const isPass = (item: unknown): item is Pass => has(item, { name: 'string', run: 'function', enabled: 'boolean' })
const isExporter = (item: unknown): item is Exporter =>
  has(item, { name: 'string', extensions: 'object', write: 'function' })

const wrong = (path: string, what: string): FreezeError =>
  new FreezeError('unsupported', what, {
    file: path,
    hint: 'Write it as: export default { passes: [pass({ … })], exporters: [{ … }] }.',
  })

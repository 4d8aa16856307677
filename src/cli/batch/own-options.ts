/** Options of one model in a list of a batch: as JSON has them, or as words of the command line. */
import { FreezeError } from '../../errors.ts'
import { rowsOf } from '../../options/index.ts'
import type { OptionDef } from '../../options/option.ts'
import { flagOf, parsed } from '../../options/text.ts'
import type { Flags } from '../settings.ts'

/** Options that a whole run has, not one of its models. */
const OF_THE_RUN = new Set([
  'output',
  'name',
  'jobs',
  'versions',
  'failFast',
  'dryRun',
  'shard',
  'merge',
  'json',
  'jsonLine',
  'quiet',
])

/** The options of the run with those of the model. Throws `unsupported` for one that is not known, or of another type. */
export function withOwn(flags: Flags, own: Readonly<Record<string, unknown>> = {}): Flags {
  const given = Object.entries(own).map(([key, value]) => {
    const row = rowsOf('batch').find(([name, def]) => name === key || flagOf(name, def) === `--${key}`)
    if (!row || OF_THE_RUN.has(row[0])) throw wrong(key, 'it is not an option of a model')
    return [row[0], optionValue(row[1], value) ?? refuse(key, row[1])] as const
  })
  return { ...flags, ...Object.fromEntries(given) }
}

function optionValue(def: OptionDef, value: unknown): unknown {
  switch (def.kind) {
    case 'flag':
      return typeof value === 'boolean' ? value : undefined
    case 'number':
      return typeof value === 'number' ? value : undefined
    case 'choice':
      return typeof value === 'string' && Object.hasOwn(def.choices, value) ? value : undefined
    case 'names':
      if (Array.isArray(value) && value.every(item => typeof item === 'string')) return value
      return typeof value === 'string' ? parsed(def, value) : undefined
    case 'shapes':
    case 'renames':
    case 'constants': {
      if (typeof value === 'string') return parsed(def, value)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
      return new Map(Object.entries(value))
    }
    case 'text':
    case 'file':
    case 'module':
      return typeof value === 'string' ? value : undefined
  }
}

const wrong = (key: string, what: string): FreezeError =>
  new FreezeError('unsupported', `'${key}' of a model in the list: ${what}`, {
    hint: 'Options are named as on the command line, without the dashes.',
  })

function refuse(key: string, { kind }: OptionDef): never {
  throw wrong(key, `its value is not a ${kind}`)
}

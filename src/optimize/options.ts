/** The options that a user gives to a pass, checked: `round-weights(num_steps=64)`. */
import { FreezeError } from '../errors.ts'
import { nearestFirst } from '../graph/names.ts'
import type { OptionDef, OptionValue, OptionValues, Pass } from './pass.ts'

/** Gives the text of a file that an option names. */
export type ReadText = (path: string) => string

/** Every transform of the Graph Transform Tool has it. Passes here decline what they cannot do, and do not fail. */
const IGNORE_ERRORS = {
  name: 'ignore_errors',
  def: { kind: 'boolean', default: true, description: 'Skip this pass if it fails.' },
} as const

/** The options of a pass from what the user wrote, defaults where nothing. Throws `unsupported`. */
export function passOptions(
  { name: pass, options, check }: Pass,
  given: readonly (readonly [string, string])[],
  readText?: ReadText,
): OptionValues {
  const values: Record<string, OptionValue> = {}
  for (const [name, def] of Object.entries(options)) values[name] = def.default
  for (const [key, text] of given) {
    const name = key.replaceAll('-', '_')
    const def = name === IGNORE_ERRORS.name ? IGNORE_ERRORS.def : options[name]
    if (!def) {
      const known = nearestFirst(name, Object.keys(options)).join(', ')
      const hint = known ? `It has ${known}.` : 'It has none: leave it out.'
      throw new FreezeError('unsupported', `the pass ${pass} has no option '${key}'`, {
        path: ['--passes'],
        hint,
      })
    }
    const value = optionValue(def, { place: `${pass}(${key})`, text, before: values[name] ?? def.default, readText })
    if (def !== IGNORE_ERRORS.def) values[name] = value
  }
  const reason = check(values)
  if (reason !== undefined) throw new FreezeError('unsupported', reason, { path: ['--passes', pass] })
  return values
}

/** The user's text for an option. */
interface Written {
  readonly place: string
  readonly text: string
  /** The option's value so far: names add up. */
  readonly before: OptionValue
  readonly readText: ReadText | undefined
}

function optionValue({ kind }: OptionDef, { place, text, before, readText }: Written): OptionValue {
  const wrong = (expected: string): never => {
    throw new FreezeError('unsupported', `'${text}' is not ${expected}`, { path: ['--passes', place] })
  }
  switch (kind) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : wrong('a number')
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : wrong('true or false')
    case 'string':
      return text
    case 'names':
      return [...(before as readonly string[]), text] // an option's value is of the option's kind
    case 'file':
      if (readText) return readText(text)
      throw new FreezeError('unsupported', `the file '${text}' cannot be read here`, {
        path: ['--passes', place],
        hint: 'Give parsePasses a function that reads files.',
      })
  }
}

/** The registry as text: `docs/passes.md` and `--help` are printed from it. */
import { PASSES } from '../passes/index.ts'
import type { OptionDef, Pass } from './pass.ts'
import { TARGETS } from './targets/index.ts'

/** `docs/passes.md`. */
export function passesDocument(): string {
  return [
    '# Passes',
    '',
    'In the order in which `-O` runs them, those that are on by default again and again until none has anything left to do.',
    '`--passes a,b(n=1)` runs just the named ones, once, in the order given; `-` and `_` are the same in names.',
    '',
    '| pass | in `-O` | what it does | after | also known as |',
    '|---|---|---|---|---|',
    ...PASSES.map(row),
    '',
    '## Options',
    '',
    '| option | default | what it says |',
    '|---|---|---|',
    ...PASSES.flatMap(optionRows),
    '',
    '# Targets',
    '',
    '| `--target` | for |',
    '|---|---|',
    ...TARGETS.map(target => `| \`${target.name}\` | ${target.description} |`),
    '',
  ].join('\n')
}

const row = ({ name, enabled, description, requires, aliases }: Pass): string =>
  `| \`${name}\` | ${enabled ? 'yes' : ''} | ${description} | ${listed(requires)} | ${listed(aliases)} |`
const listed = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(', ')

const optionRows = ({ name, options }: Pass): string[] =>
  Object.entries(options).map(
    ([option, def]) => `| \`${name}(${option}=…)\` | ${defaultText(def)} | ${def.description} |`,
  )

const defaultText = ({ default: value }: OptionDef): string =>
  value === '' || Number.isNaN(value) || (typeof value === 'object' && value.length === 0) ? '' : `\`${String(value)}\``

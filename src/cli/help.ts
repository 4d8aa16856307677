/** The text of `--help` and `tfreeze help`: groups, examples, the tables of the registries, wrapped to the terminal. */
import type { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { DRAWINGS, EXPORTERS, endings } from '../export/index.ts'
import { INPUT_KINDS } from '../models/index.ts'
import { TARGETS } from '../optimize/targets/index.ts'
import { groupOf } from '../options/groups.ts'
import type { OptionDef } from '../options/option.ts'
import { PASSES } from '../passes/index.ts'
import { heading } from './color.ts'
import { COMMANDS, type CommandParts, HELP_TOPICS, type ListName } from './commands.ts'
import { wrongUsage } from './wrong-usage.ts'

/** Columns for help where the output is not a terminal. */
const DEFAULT_WIDTH = 80

const width = (): number => Math.max(40, process.stdout.columns ?? DEFAULT_WIDTH)

/** Adds examples, tables and the documentation's address to the help of a command, or of the whole. */
export function decorate(command: Command, parts?: CommandParts): void {
  command.configureHelp({
    styleTitle: heading,
    helpWidth: width(),
    optionDescription: ({ description }) => description,
  })
  const examples = parts?.examples ?? COMMANDS.slice(0, 1).flatMap(({ examples }) => examples)
  const sections = [
    section('Examples:', examples),
    ...(parts?.lists.map(list => LISTS[list]()) ?? []),
    `${heading('More:')} tfreeze help TOPIC, for ${HELP_TOPICS.join(', ')}\n${heading('Documentation:')} ${manifest.homepage}`,
  ]
  command.addHelpText('after', `\n${sections.join('\n\n')}`)
}

/** The description, and of a choice what each of its values stands for. */
export function sentence(name: string, def: OptionDef): string {
  if (name === 'output') return `Where to write: ${endings(EXPORTERS)}; - is standard output.`
  return meaning(def)
}

/** The same for every option, whatever its name. */
export function meaning(def: OptionDef): string {
  if (def.kind !== 'choice') return def.description
  const choices = Object.entries(def.choices).map(([choice, means]) => `${choice}: ${means}`)
  return `${def.description} ${choices.join('; ')}. Default: ${def.default}.`
}

export const groupTitle = (name: string): string => `${groupOf(name) ?? 'Options'}:`

type Rows = readonly (readonly [string, string])[]

const inputRows = (): Rows => INPUT_KINDS.filter(kind => kind.open).map(kind => [kind.kind, kind.description])
const outputRows = (): Rows => EXPORTERS.map(({ extensions, description }) => [extensions.join(' '), description])
const drawingRows = (): Rows => DRAWINGS.map(({ extensions, description }) => [extensions.join(' '), description])

const LISTS: Readonly<Record<ListName, () => string>> = {
  inputs: () => section('Models:', inputRows()),
  outputs: () => section('Outputs:', outputRows()),
  drawings: () => section('Drawings:', drawingRows()),
}

const TOPICS: Readonly<Record<(typeof HELP_TOPICS)[number], () => string>> = {
  passes: () =>
    section(
      'Passes, in their order (* in -O); name some with --passes:',
      PASSES.map(({ name, enabled, description }) => [enabled ? `${name} *` : name, description]),
    ),
  targets: () =>
    section(
      'Targets, for --target:',
      TARGETS.map(({ name, description }) => [name, description]),
    ),
  models: () => section('Models that are read, recognised by content:', inputRows()),
  outputs: () => section('Outputs; the ending of the path chooses:', outputRows()),
}

/** The text of a topic, if it is one. Throws the error of a wrong usage for what is neither topic nor command. */
export function topic(name: string): string | undefined {
  const text = Object.hasOwn(TOPICS, name) ? TOPICS[name as keyof typeof TOPICS]() : undefined // it has it
  if (text !== undefined || COMMANDS.some(command => command.name === name)) return text
  return wrongUsage(
    'help',
    `there is no help on '${name}'. There is help on ${[...COMMANDS.map(c => c.name), ...HELP_TOPICS].join(', ')}.`,
  )
}

/** A heading, and rows below it whose second column is wrapped. */
function section(title: string, rows: Rows): string {
  const first = Math.max(...rows.map(([cell]) => cell.length))
  const isWide = first > width() / 2
  const indent = isWide ? 6 : first + 4
  const lines = rows.flatMap(([name, text]) => {
    const wrapped = wrap(text, width() - indent)
    return isWide
      ? [`  ${name}`, ...wrapped.map(line => ' '.repeat(indent) + line)]
      : wrapped.map((line, i) => `  ${(i === 0 ? name : '').padEnd(first)}  ${line}`)
  })
  return `${heading(title)}\n${lines.join('\n')}`
}

/** Lines of at most so many characters, broken between words. */
export function wrap(text: string, length: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > length) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/**
 * The commands as commander has them. Their options are the rows of the table of options; each command loads
 * its code when it is called, so that `--version` and `--help` are quick.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { isFreezeError } from '../errors.ts'
import { rowsOf } from '../options/index.ts'
import type { CommandName, OptionDef } from '../options/option.ts'
import { flagOf, parsed } from '../options/text.ts'
import { COMMANDS, type CommandParts } from './commands.ts'
import type { Flags } from './settings.ts'

/** The module that makes help, loaded where help is asked for. */
export type Help = typeof import('./help.ts')

/**
 * The command line, ready to parse; usage errors are thrown as CommanderError, and printed by the caller. Options are
 * given to the commands that `words` name, as making them takes longer than parsing; to all of them without words.
 */
export function program(help?: Help, words?: readonly string[]): Command {
  const tfreeze = new Command('tfreeze')
    .description('Turns TensorFlow and Keras models into one self-contained frozen graph.')
    .version(manifest.version, '-v, --version', 'print the version')
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpCommand('help [command]', 'explain a command, or passes, targets, models, outputs')
  for (const parts of COMMANDS) tfreeze.addCommand(command(parts, words?.includes(parts.name) ?? true, help))
  help?.decorate(tfreeze)
  return tfreeze
}

function command(parts: CommandParts, isNamed: boolean, help?: Help): Command {
  const { name, description, given, load } = parts
  const made = new Command(name)
    .description(description)
    .configureOutput({ outputError: () => {} })
    .exitOverride()
  for (const [argument, what] of given) made.argument(argument.startsWith('[') ? argument : `<${argument}>`, what)
  if (isNamed) for (const [row, def] of rowsOf(name)) made.addOption(option(row, inCommand(name, row, def), help))
  help?.decorate(made, parts)
  return made.action(async () => {
    const { run } = await load()
    const asked = flags(name, made)
    try {
      await run(...(made.processedArgs as never[]), asked as never) // the command's own arguments and rows
    } catch (error) {
      if (!isFreezeError(error)) throw error
      throw (await import('./told.ts')).told(error, made.args[0], asked)
    }
  })
}

/** The output of a batch is a folder, and not asked for where reports are joined. */
const inCommand = (command: CommandName, row: string, def: OptionDef): OptionDef =>
  command === 'batch' && row === 'output'
    ? { ...def, isRequired: false, argument: 'folder', description: 'The folder of the outputs, which is made.' }
    : def

/** A row as commander has it. */
function option(name: string, def: OptionDef, help?: Help): Option {
  const made = new Option(usageOf(name, def), help ? help.sentence(name, def) : def.description)
  if (def.isRequired) made.makeOptionMandatory()
  if (def.isValueOptional) made.preset('')
  if (help) made.helpGroup(help.groupTitle(name))
  if (def.kind === 'choice') return made.choices(Object.keys(def.choices)).default(def.default)
  if (def.kind !== 'flag') made.argParser((text: string, before: unknown) => valueFrom(def, text, before))
  return made
}

/** `-o, --output <file>` */
export function usageOf(name: string, def: OptionDef): string {
  const value = def.isValueOptional ? `[${def.argument}]` : `<${def.argument}>`
  return [def.short && `-${def.short},`, flagOf(name, def), def.argument && value].filter(Boolean).join(' ')
}

function valueFrom(def: OptionDef, text: string, before: unknown): unknown {
  try {
    return parsed(def, text, before)
  } catch (error) {
    throw isFreezeError(error) ? new InvalidArgumentError(error.message) : error
  }
}

/** The given values, by the names of the rows; defaults are the table's. */
function flags(name: CommandName, made: Command): Flags {
  const entries = rowsOf(name).flatMap(([row, def]) => {
    const attribute = new Option(flagOf(row, def)).attributeName()
    return made.getOptionValueSource(attribute) === 'cli' ? [[row, made.getOptionValue(attribute)]] : []
  })
  return Object.fromEntries(entries) as Flags // as the rows parse them
}

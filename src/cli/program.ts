/**
 * The commands. Their options are the rows of the table of options; each command loads
 * its code when it is called, so that `--version` and `--help` are quick.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { isFreezeError } from '../errors.ts'
import type { CommandName, OptionDef } from '../options/option.ts'
import { flagOf, parsed } from '../options/text.ts'
import type { Lists } from './lists.ts'
import { type Flags, rowsOf } from './settings.ts'

interface CommandParts {
  readonly name: CommandName
  readonly description: string
  /** What it is given, in order, and what that may be. */
  readonly given: readonly (readonly [name: string, description: string])[]
  readonly load: () => Promise<{ readonly run: (...given: never[]) => Promise<void> }>
  /** The registries that its help lists. */
  readonly lists: readonly Exclude<keyof Lists, 'endings'>[]
}

const COMMANDS: readonly CommandParts[] = [
  {
    name: 'freeze',
    description: 'Turn a model into one self-contained file',
    given: [
      [
        'model',
        'SavedModel folder, .h5, .keras, .pb, .pbtxt or checkpoint prefix, recognised by content; - for standard input',
      ],
    ],
    load: () => import('./commands/freeze.ts'),
    lists: ['inputs', 'outputs', 'passes'],
  },
  {
    name: 'optimize',
    description: 'Run the optimisation passes on a graph that is already frozen',
    given: [['graph', 'a GraphDef: .pb or .pbtxt']],
    load: () => import('./commands/optimize.ts'),
    lists: ['outputs', 'passes'],
  },
  {
    name: 'merge',
    description: 'Join two models into one graph: outputs of the first feed inputs of the second',
    given: [
      ['first', 'a frozen graph, or a model as for freeze'],
      ['second', 'likewise'],
    ],
    load: () => import('./commands/merge.ts'),
    lists: ['outputs', 'passes'],
  },
  {
    name: 'inspect',
    description: 'Show what is in a model, which names to pass as outputs, and whether it can be frozen',
    given: [['model', 'as for freeze']],
    load: () => import('./commands/inspect.ts'),
    lists: ['inputs'],
  },
  {
    name: 'verify',
    description: 'Compare the numbers of a frozen graph with those of its original, or with recorded ones',
    given: [['result', 'a frozen graph (.pb, .pbtxt), a frozen SavedModel, or any model as for freeze']],
    load: () => import('./commands/verify.ts'),
    lists: ['inputs'],
  },
  {
    name: 'run',
    description: 'Run a graph on data',
    given: [['graph', 'as for verify']],
    load: () => import('./commands/run.ts'),
    lists: ['inputs'],
  },
  {
    name: 'view',
    description: 'Open a page that shows the model, helps to choose outputs, and freezes it, on this machine only',
    given: [['model', 'as for freeze']],
    load: () => import('./commands/view.ts'),
    lists: ['inputs', 'drawings'],
  },
]

/** The whole command line, ready to parse; usage errors are thrown as CommanderError. Help ends in the lists. */
export function program(lists?: Lists): Command {
  const tfreeze = new Command('tfreeze')
    .description('Turns TensorFlow and Keras models into one self-contained frozen graph.')
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError('Try `tfreeze help` and a command for its options.')
    .addHelpCommand(true)
  for (const parts of COMMANDS) tfreeze.addCommand(command(parts, lists))
  return tfreeze
}

function command({ name, description, given, load, lists: listed }: CommandParts, lists?: Lists): Command {
  const made = new Command(name)
    .description(description)
    .exitOverride()
    .showHelpAfterError(`Try \`tfreeze ${name} --help\`.`)
  for (const [argument, what] of given) made.argument(`<${argument}>`, what)
  for (const [row, def] of rowsOf(name)) made.addOption(option(row, def, lists))
  if (lists) made.addHelpText('after', listed.map(list => lists[list]).join('\n'))
  return made.action(async () => {
    const { run } = await load()
    await run(...(made.args as never[]), flags(name, made) as never) // the command's own rows
  })
}

/** A row as commander has it. */
function option(name: string, def: OptionDef, lists?: Lists): Option {
  const value = def.isValueOptional ? `[${def.argument}]` : `<${def.argument}>`
  const words = [def.short && `-${def.short},`, flagOf(name, def), def.argument && value]
  const made = new Option(words.filter(Boolean).join(' '), sentence(name, def, lists))
  if (def.isRequired) made.makeOptionMandatory()
  if (def.isValueOptional) made.preset('')
  if (def.madeFrom === 'layers') made.helpGroup('Options for Keras files:')
  if (def.kind === 'choice') return made.choices(Object.keys(def.choices)).default(def.default)
  if (def.kind !== 'flag') made.argParser((text: string, before: unknown) => valueFrom(def, text, before))
  return made
}

/** The description, and of a choice what each of its values stands for. */
function sentence(name: string, def: OptionDef, lists: Lists | undefined): string {
  if (name === 'output' && lists) return `Where to write: ${lists.endings}; - is standard output.`
  if (def.kind !== 'choice') return def.description
  const choices = Object.entries(def.choices).map(([choice, means]) => `${choice}: ${means}`)
  return `${def.description} ${choices.join('; ')}.`
}

function valueFrom(def: OptionDef, text: string, before: unknown): unknown {
  try {
    return parsed(def, text, before)
  } catch (error) {
    throw isFreezeError(error) ? new InvalidArgumentError(error.message) : error
  }
}

/** What was given, by the names of the rows; defaults are the table's. */
function flags(name: CommandName, made: Command): Flags {
  const entries = rowsOf(name).flatMap(([row, def]) => {
    const attribute = new Option(flagOf(row, def)).attributeName()
    return made.getOptionValueSource(attribute) === 'cli' ? [[row, made.getOptionValue(attribute)]] : []
  })
  return Object.fromEntries(entries) as Flags // as the rows parse them
}

/** The commands and their options. Each command loads its code when it is called, so that `--version` and `--help` are quick. */
import { Command, Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import type { Lists } from './lists.ts'
import { names, rename, shape } from './values.ts'

/** The whole command line, ready to parse; usage errors are thrown as CommanderError. Help ends in the lists. */
export function program(lists?: Lists): Command {
  const tfreeze = new Command('tfreeze')
    .description('Turns TensorFlow and Keras models into one self-contained frozen graph.')
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError('Try `tfreeze help` and a command for its options.')
    .addHelpCommand(true)
  freeze(tfreeze)
  optimize(tfreeze)
  inspect(tfreeze)
  view(tfreeze)
  for (const command of tfreeze.commands)
    command.exitOverride().showHelpAfterError(`Try \`tfreeze ${command.name()} --help\`.`)
  if (lists) for (const command of tfreeze.commands) command.addHelpText('after', listsFor(command.name(), lists))
  return tfreeze
}

function listsFor(command: string, { inputs, outputs, passes }: Lists): string {
  if (command === 'freeze') return [inputs, outputs, passes].join('\n')
  return command === 'optimize' ? [outputs, passes].join('\n') : inputs
}

function freeze(tfreeze: Command): void {
  const command = tfreeze
    .command('freeze')
    .description('a model becomes one self-contained file')
    .argument(
      '<model>',
      'SavedModel folder, .h5, .keras, .pb, .pbtxt or checkpoint prefix, recognised by content; - for standard input',
    )
    .addOption(output())
    .option('--tags <a,b>', "the metagraph with exactly these tags; '' is the empty set", names)
    .option('--signature <name>', 'the signature (default: serving_default, else the only one)')
  ports(command)
    .option('--keep-variables <a,b>', 'these stay variables', names)
    .addOption(
      new Option('--control-flow <form>', 'Switch, Merge, Enter… nodes, or If and While with functions')
        .choices(['v1', 'v2'])
        .default('v1'),
    )
    .addOption(
      new Option('--tables <form>', 'lookup tables as tables, or as constants that are searched')
        .choices(['graph', 'constants'])
        .default('graph'),
    )
    .option('-O, --optimize', 'optimise for inference')
  passes(command)
    .addOption(
      new Option('--rnn <form>', 'Keras files: how recurrent layers are written')
        .choices(['auto', 'unroll', 'loop'])
        .default('auto'),
    )
    .option('--architecture <file>', "Keras weights: the model's JSON beside them")
    .option('--custom <file>', 'Keras files: a module that emits custom layers')
    .addOption(
      new Option('--random-init <choice>', 'a variable that the init op draws at random')
        .choices(['checkpoint', 'refuse'])
        .default('checkpoint'),
    )
  reporting(command).action(async (model: string, flags) => (await import('./commands/freeze.ts')).run(model, flags))
}

function optimize(tfreeze: Command): void {
  const command = tfreeze
    .command('optimize')
    .description('the optimisation passes on a graph that is already frozen')
    .argument('<graph>', 'a GraphDef: .pb or .pbtxt')
    .addOption(output())
  reporting(passes(ports(command))).action(async (graph: string, flags) =>
    (await import('./commands/optimize.ts')).run(graph, flags),
  )
}

function inspect(tfreeze: Command): void {
  tfreeze
    .command('inspect')
    .description('what is in a model, which names to pass as outputs, and whether it can be frozen')
    .argument('<model>', 'as for freeze')
    .option('--tags <a,b>', "the metagraph with exactly these tags; '' is the empty set", names)
    .option('--architecture <file>', "Keras weights: the model's JSON beside them")
    .option('--json', 'the same as JSON')
    .action(async (model: string, flags) => (await import('./commands/inspect.ts')).run(model, flags))
}

function view(tfreeze: Command): void {
  tfreeze
    .command('view')
    .description('a page that shows the model, helps to choose outputs, and freezes it: on this machine only')
    .argument('<model>', 'as for freeze')
    .option('--no-open', 'print the address and open no browser')
    .option('--export <file>', 'write graph.svg, a picture, or graph.json for Model Explorer, and serve nothing')
    .action(async (model: string, flags) => (await import('./commands/view.ts')).run(model, flags))
}

const output = (): Option =>
  new Option('-o, --output <file>', '.pb, .pbtxt, a SavedModel folder/ or - for standard output').makeOptionMandatory()

const ports = (command: Command): Command =>
  command
    .option('--outputs <a,b>', 'freeze to these: signature keys, tensors, nodes, or the tail of a node name', names)
    .option('--inputs <a,b>', 'cut the graph here: these become placeholders', names)
    .option('--shape <input=sizes>', "fixes an input's shape, as image=1,224,224,3 (repeatable)", shape)
    .option('--rename <old=new>', 'renames an input or output (repeatable)', rename)

const passes = (command: Command): Command =>
  command
    .option('--passes <list>', 'just these passes, in this order: a,b(n=1)')
    .option('--target <name>', 'spell the graph for this consumer')
    .option('--explain', 'which rule applied where, and which came close and why not')

const reporting = (command: Command): Command =>
  command
    .option('--manifest <file>', 'names, types and shapes of inputs and outputs, as JSON')
    .option('--json', 'the manifest on standard output')
    .option('--quiet', 'no report, no progress')

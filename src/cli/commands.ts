/** The commands as data: what each is called, takes and shows; help, completion and the man page are made from it. */
import type { CommandName } from '../options/option.ts'

/** A command. */
export interface CommandParts {
  readonly name: CommandName
  readonly description: string
  /** Its arguments, in order, and what they may be. */
  readonly given: readonly (readonly [name: string, description: string])[]
  readonly load: () => Promise<{ readonly run: (...given: never[]) => Promise<void> }>
  /** The registries that its help lists. */
  readonly lists: readonly ListName[]
  /** Commands that people type, and what each does. */
  readonly examples: readonly (readonly [command: string, what: string])[]
}

/** The lists that help takes from the registries. */
export type ListName = 'inputs' | 'outputs' | 'drawings'

export const COMMANDS: readonly CommandParts[] = [
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
    lists: ['inputs', 'outputs'],
    examples: [
      ['tfreeze freeze my_model/ -o frozen.pb', 'a SavedModel as a frozen graph'],
      ['tfreeze freeze model.h5 -o frozen.pb -O --target opencv', 'a Keras file, optimised for OpenCV'],
    ],
  },
  {
    name: 'batch',
    description: 'Freeze many models, with a report; what is done already is skipped',
    given: [['[models...]', 'lists (paths, or JSON lines), patterns in quotes, folders that are searched, or models']],
    load: () => import('./commands/batch.ts'),
    lists: ['inputs', 'outputs'],
    examples: [
      ['tfreeze batch models/ -o frozen/ -O', 'every model in a folder'],
      ["tfreeze batch 'runs/*/best.keras' -o frozen/ --name '{path}.onnx'", 'those that fit a pattern, as ONNX'],
    ],
  },
  {
    name: 'optimize',
    description: 'Run the optimisation passes on a graph that is already frozen',
    given: [['graph', 'a GraphDef: .pb or .pbtxt']],
    load: () => import('./commands/optimize.ts'),
    lists: ['outputs'],
    examples: [
      ['tfreeze optimize frozen.pb -o small.pb', 'every pass that is on by default'],
      ['tfreeze optimize frozen.pb -o folded.pb --passes fold-constants', 'one pass'],
    ],
  },
  {
    name: 'merge',
    description: 'Join two models into one graph: outputs of the first feed inputs of the second',
    given: [
      ['first', 'a frozen graph, or a model as for freeze'],
      ['second', 'likewise'],
    ],
    load: () => import('./commands/merge.ts'),
    lists: ['outputs'],
    examples: [
      ['tfreeze merge a.pb b.pb -o both.pb --connect features=x', 'the output features of a.pb feeds x of b.pb'],
      ['tfreeze merge a.pb b.pb -o both.pb', 'two graphs side by side in one file'],
    ],
  },
  {
    name: 'inspect',
    description: 'Show inputs, outputs and contents of a model, and whether it can be frozen',
    given: [['model', 'as for freeze']],
    load: () => import('./commands/inspect.ts'),
    lists: ['inputs'],
    examples: [
      ['tfreeze inspect frozen.pb', 'inputs and outputs with types and shapes'],
      ['tfreeze inspect my_model/ --nodes Softmax', 'the names that --outputs takes'],
    ],
  },
  {
    name: 'verify',
    description: 'Compare the numbers of a frozen graph with those of its original, or with recorded ones',
    given: [['result', 'a frozen graph (.pb, .pbtxt), a frozen SavedModel, or any model as for freeze']],
    load: () => import('./commands/verify.ts'),
    lists: ['inputs'],
    examples: [
      ['tfreeze verify frozen.pb --against my_model/', 'on random inputs'],
      ['tfreeze verify frozen.pb --data golden.npz', 'with recorded inputs and outputs'],
    ],
  },
  {
    name: 'run',
    description: 'Run a graph on data',
    given: [['graph', 'as for verify']],
    load: () => import('./commands/run.ts'),
    lists: ['inputs'],
    examples: [
      ['tfreeze run frozen.pb --data in.npz -o out.npz', 'inputs by name, outputs by name'],
      ['tfreeze run frozen.pb --data in.json -o -', 'prints JSON'],
    ],
  },
  {
    name: 'view',
    description: 'Open a page that shows the model, helps to choose outputs, and freezes it, on this machine only',
    given: [['[model]', 'as for freeze; without one the page asks for it']],
    load: () => import('./commands/view.ts'),
    lists: ['inputs', 'drawings'],
    examples: [
      ['tfreeze view my_model/', 'opens a browser'],
      ['tfreeze view my_model/ --export graph.svg', 'writes a picture'],
    ],
  },
  {
    name: 'completion',
    description: 'Print a script that lets the shell complete commands and options',
    given: [['shell', 'bash, zsh or fish']],
    load: () => import('./commands/completion.ts'),
    lists: [],
    examples: [
      ['source <(tfreeze completion bash)', 'for this shell; add the line to ~/.bashrc for all'],
      ['tfreeze completion fish > ~/.config/fish/completions/tfreeze.fish', 'for fish'],
    ],
  },
]

/** The topics of `tfreeze help TOPIC` besides commands. */
export const HELP_TOPICS = ['passes', 'targets', 'models', 'outputs'] as const

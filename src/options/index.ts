/**
 * Every option, one row each. The types of the library's `open` and `freeze`, the
 * command line with its help, the page's form, the command that the page prints and
 * the tables of the documentation are made from these rows; a default is here alone.
 */
import type { CommandName, OptionDef, OptionsIn, SettingsIn, Stage } from './option.ts'

/** In the order in which help and documentation list them. */
export const OPTIONS = {
  output: {
    stages: ['command'],
    commands: ['freeze', 'batch', 'optimize', 'merge'],
    kind: 'text',
    short: 'o',
    argument: 'file',
    isRequired: true,
    description: 'Where to write; the ending chooses the kind, - is standard output.',
  },
  /** Which output of the first graph feeds which input of the second. */
  connect: {
    stages: ['command'],
    commands: ['merge'],
    kind: 'renames',
    argument: 'output=input',
    description: 'Feeds this output of the first into this input of the second (repeatable).',
  },
  /** The tags of the metagraph to open; the only one, else the one tagged `serve`, where left out. */
  tags: {
    stages: ['open'],
    commands: ['freeze', 'batch', 'inspect', 'verify', 'run'],
    kind: 'names',
    argument: 'a,b',
    label: 'Tags',
    description: "The metagraph with exactly these tags; '' is the empty set. Default: the only one, else serve.",
  },
  /** The signature; `serving_default`, else the only one, where left out. */
  signature: {
    stages: ['freeze'],
    commands: ['freeze', 'batch', 'verify', 'run'],
    kind: 'text',
    argument: 'name',
    label: 'Signature',
    description: 'The signature. Default: serving_default, else the only one.',
  },
  /** Freeze to these instead: signature keys, tensor names, node names, or an unambiguous tail of a node name. */
  outputs: {
    stages: ['freeze'],
    commands: ['freeze', 'batch', 'optimize', 'verify'],
    kind: 'names',
    argument: 'a,b',
    label: 'Outputs',
    description: 'Freeze to these: signature keys, tensors, nodes, or the tail of a node name.',
  },
  /** Cut the graph at these, named likewise: they become placeholders. */
  inputs: {
    stages: ['freeze'],
    commands: ['freeze', 'batch', 'optimize', 'verify'],
    kind: 'names',
    argument: 'a,b',
    label: 'Inputs',
    description: 'Cut the graph at these: they become placeholders; features cuts behind the parser of tf.Example.',
  },
  /** Fixed shapes of inputs, by key, tensor or node name. The layers of a Keras file are written for them. */
  shapes: {
    stages: ['open', 'freeze'],
    commands: ['freeze', 'batch', 'optimize', 'verify', 'run'],
    kind: 'shapes',
    flag: 'shape',
    argument: 'input=sizes',
    label: 'Shape',
    description: 'Fixes the shape of an input, as image=1,224,224,3; ? is an open size (repeatable).',
  },
  /** Inputs that the caller gives with the channels after the batch, by key, tensor or node name. */
  inputsChannelsFirst: {
    stages: ['freeze'],
    commands: ['freeze', 'batch', 'optimize'],
    kind: 'names',
    flag: 'inputs-channels-first',
    argument: 'a,b',
    label: 'Inputs with channels first',
    description: 'These inputs have their channels first, as image[1,3,224,224]. --shape has them last.',
  },
  /** Outputs that are to have the channels after the batch, named likewise. */
  outputsChannelsFirst: {
    stages: ['freeze'],
    commands: ['freeze', 'batch', 'optimize'],
    kind: 'names',
    flag: 'outputs-channels-first',
    argument: 'a,b',
    label: 'Outputs with channels first',
    description: 'These outputs have their channels first.',
  },
  /** New names of inputs and outputs, by key, tensor or node name. */
  renames: {
    stages: ['freeze'],
    commands: ['freeze', 'batch', 'optimize', 'verify'],
    kind: 'renames',
    flag: 'rename',
    argument: 'old=new',
    label: 'New name',
    description: 'Renames an input or output (repeatable).',
  },
  /** Placeholders or inputs that are these constants, by key, tensor or node name. What depends on them alone is decided. */
  set: {
    stages: ['freeze'],
    commands: ['freeze', 'batch', 'optimize', 'verify'],
    kind: 'constants',
    argument: 'name=value',
    label: 'Constants',
    description: 'Makes an input or placeholder this constant, as is_training=false (repeatable).',
  },
  /** Variables that stay variables, by node name. */
  keepVariables: {
    stages: ['freeze'],
    commands: ['freeze', 'batch'],
    kind: 'names',
    argument: 'a,b',
    label: 'Variables to keep',
    description: 'These variables stay variables.',
  },
  /** Variables that a run reads and then assigns, as the state of stateful recurrent layers. */
  state: {
    stages: ['freeze'],
    commands: ['freeze', 'batch', 'verify'],
    kind: 'choice',
    choices: {
      refuse: 'refuse the model',
      zero: 'begin each run with zeros, or the saved value of what is no recurrent state',
      io: 'make each an input and an output',
    },
    default: 'refuse',
    argument: 'form',
    label: 'State',
    description: 'What to do with variables that a run assigns and an output reads.',
  },
  /** Branches and loops as Switch, Merge, Enter… nodes (`v1`), or as If and While with functions. */
  controlFlow: {
    stages: ['freeze'],
    commands: ['freeze', 'batch', 'merge'],
    kind: 'choice',
    choices: { v1: 'Switch, Merge, Enter… nodes', v2: 'If and While nodes with functions' },
    default: 'v1',
    argument: 'form',
    label: 'Control flow',
    description: 'How branches and loops are written.',
  },
  /** Static lookup tables as tables that initialise themselves (`graph`), or as a search of constants. */
  tables: {
    stages: ['freeze'],
    commands: ['freeze', 'batch'],
    kind: 'choice',
    choices: { graph: 'as tables', constants: 'as a search of constants' },
    default: 'graph',
    argument: 'form',
    label: 'Lookup tables',
    description: 'How lookup tables are written.',
  },
  /** How the recurrent layers of a Keras file are written. With `unroll`, loops of a graph whose length is known go, too. */
  rnn: {
    stages: ['open', 'freeze'],
    commands: ['freeze', 'batch', 'verify'],
    kind: 'choice',
    choices: {
      auto: 'unrolled where the length is known',
      unroll: 'unrolled, as are loops of other models whose length is known',
      loop: 'as loops',
      operators: 'as loops where ONNX has an operator for them (LSTM, GRU, RNN), else as with auto',
    },
    default: 'auto',
    argument: 'form',
    label: 'Recurrent layers',
    madeFrom: 'layers',
    description: 'How recurrent layers are written.',
  },
  /** The model's JSON, from `to_json()`, for a Keras file that holds only weights. */
  architecture: {
    stages: ['open'],
    commands: ['freeze', 'batch', 'inspect', 'verify', 'run'],
    kind: 'file',
    argument: 'file',
    label: 'Architecture',
    madeFrom: 'layers',
    description: 'The JSON of model.to_json(), for a file that holds only weights.',
  },
  /** Classes of a Keras file that compute what Keras' own do, by name: `BatchNorm` is `BatchNormalization`. */
  alias: {
    stages: ['open'],
    commands: ['freeze', 'batch', 'inspect', 'verify', 'run'],
    kind: 'renames',
    argument: 'class=keras-class',
    label: "Classes of yours that are Keras' own",
    madeFrom: 'layers',
    description: 'Reads a class as one of Keras, as BatchNorm=BatchNormalization (repeatable).',
  },
  /** Layers that compute in float16 or bfloat16 in Keras do so in the graph, too; else they compute in float32. */
  keepPrecision: {
    stages: ['open'],
    commands: ['freeze', 'batch', 'verify', 'run'],
    kind: 'flag',
    default: false,
    flag: 'keep-precision',
    label: 'Keep float16 and bfloat16',
    madeFrom: 'layers',
    description: 'Compute in float16 or bfloat16 where the layers do. Default: in float32.',
  },
  /** The backend of Keras 1, for a file that does not name it: Theano flips the kernels of convolutions. */
  keras1Backend: {
    stages: ['open'],
    commands: ['freeze', 'batch', 'inspect', 'verify', 'run'],
    kind: 'choice',
    choices: { auto: 'as the file says', theano: 'Theano', tensorflow: 'TensorFlow' },
    default: 'auto',
    flag: 'keras1-backend',
    argument: 'name',
    label: 'Keras 1 ran on',
    madeFrom: 'layers',
    description: 'What Keras 1 ran on. Theano turns the kernels of convolutions.',
  },
  /** Emitters of custom layers of a Keras file, by class name or by a layer's name. They go before the built-in ones. */
  custom: {
    stages: ['open'],
    commands: ['freeze', 'batch', 'inspect', 'verify', 'run'],
    kind: 'module',
    argument: 'file',
    label: 'Custom layers',
    madeFrom: 'layers',
    description: 'A JavaScript module that writes custom layers.',
  },
  /** A variable that the init op draws at random: the checkpoint's value with a note, or a refusal. */
  randomInit: {
    stages: ['open'],
    commands: ['freeze', 'batch', 'verify'],
    kind: 'choice',
    choices: { checkpoint: "take the checkpoint's value, with a note", refuse: 'refuse the model' },
    default: 'checkpoint',
    argument: 'choice',
    label: 'Variables drawn at random',
    description: 'What to do with a variable that the init op draws at random.',
  },
  optimize: {
    stages: ['command'],
    commands: ['freeze', 'batch', 'merge'],
    kind: 'flag',
    short: 'O',
    description: 'Optimise for inference.',
  },
  passes: {
    stages: ['optimize'],
    commands: ['freeze', 'batch', 'optimize', 'merge'],
    kind: 'text',
    argument: 'list',
    label: 'Choose passes',
    description: 'Just these passes, in this order: a,b(n=1).',
  },
  /** The type in which the graph has its weights; it computes in float32. */
  dtype: {
    stages: ['optimize'],
    commands: ['freeze', 'batch', 'optimize', 'merge'],
    kind: 'choice',
    choices: {
      float32: 'as they are',
      float16: 'half as many bytes, for values up to 65,504',
      bfloat16: 'half as many bytes, with the range of float32 and fewer digits',
    },
    default: 'float32',
    argument: 'type',
    label: 'Weights stored as',
    description: 'How a GraphDef or SavedModel stores weights of 1,024 elements or more; it computes in float32.',
  },
  target: {
    stages: ['optimize'],
    commands: ['freeze', 'batch', 'optimize', 'merge'],
    kind: 'text',
    argument: 'name',
    label: 'To be read by',
    description: 'Rewrite the graph for this consumer, and refuse what it cannot read.',
  },
  /** The version of ONNX's operators. */
  opset: {
    stages: ['export'],
    commands: ['freeze', 'batch', 'optimize'],
    kind: 'number',
    argument: 'version',
    description: 'The version of the operators of ONNX (13 to 23): 18, or the next that has all operators.',
  },
  /** Weights of an ONNX model in a file of their own, as they are above 2 GiB. */
  externalData: {
    stages: ['export'],
    commands: ['freeze', 'batch', 'optimize'],
    kind: 'flag',
    default: false,
    description: 'Write the weights of an ONNX model to a .data file beside it. Always done above 2 GiB.',
  },
  /** Where a SavedModel has its weights: in the graph, or as variables beside it, which may take more than 2 GiB. */
  weights: {
    stages: ['export'],
    commands: ['freeze', 'batch', 'optimize', 'merge'],
    kind: 'choice',
    choices: {
      constants: 'in the graph',
      variables: 'those of 1 kB and more as variables beside it, as there is no other way above 2 GiB',
    },
    default: 'constants',
    argument: 'form',
    description: 'Where a SavedModel (-o FOLDER/) has its weights.',
  },
  /** An ONNX model in float16, between inputs and outputs in float32. */
  float16: {
    stages: ['export'],
    commands: ['freeze', 'batch', 'optimize'],
    kind: 'flag',
    default: false,
    description: 'Compute in float16 in an ONNX model; inputs and outputs stay float32.',
  },
  /** Nodes that ONNX cannot say, for programs with kernels of their own. */
  customOps: {
    stages: ['optimize', 'export'],
    commands: ['freeze', 'batch', 'optimize'],
    kind: 'flag',
    default: false,
    description: 'Leave nodes that ONNX cannot say in the domain ai.onnx.tensorflow, for kernels of your own.',
  },
  /** The type in which a TF.js model has its kernels and embeddings. */
  weightDtype: {
    stages: ['export'],
    commands: ['freeze', 'batch', 'optimize', 'merge'],
    kind: 'choice',
    choices: {
      float32: 'as they are',
      float16: 'half as many bytes',
      uint8: '256 levels between the smallest and the largest',
      uint16: '65,536 levels',
    },
    default: 'float32',
    argument: 'type',
    description: 'How a TF.js model stores kernels and embeddings.',
  },
  plugin: {
    stages: ['command'],
    commands: ['freeze', 'batch', 'optimize', 'merge'],
    kind: 'module',
    argument: 'file',
    description: 'A JavaScript module with passes and output kinds of your own.',
  },
  explain: {
    stages: ['command'],
    commands: ['freeze', 'optimize', 'merge'],
    kind: 'flag',
    description: 'List which rule applied where, and which nearly did and why not.',
  },
  manifest: {
    stages: ['command'],
    commands: ['freeze', 'optimize', 'merge'],
    kind: 'text',
    argument: 'file',
    description: 'Write the names, types and shapes of inputs and outputs as JSON.',
  },
  json: {
    stages: ['command'],
    commands: ['freeze', 'batch', 'optimize', 'inspect', 'merge', 'verify'],
    kind: 'flag',
    description: 'Print JSON: the manifest, what inspect found, or the comparison.',
  },
  /** The same JSON as one line. */
  jsonLine: {
    stages: ['command'],
    commands: ['freeze', 'optimize', 'merge', 'inspect', 'verify'],
    kind: 'flag',
    flag: 'json=line',
    description: 'Print the JSON as one line.',
  },
  quiet: {
    stages: ['command'],
    commands: ['freeze', 'batch', 'optimize', 'merge', 'verify', 'run'],
    kind: 'flag',
    description: 'Print no report and no progress.',
  },
  verbose: {
    stages: ['command'],
    commands: ['freeze', 'optimize', 'merge'],
    kind: 'flag',
    description: 'Print each step with its time on standard error, also where that is not a terminal.',
  },
  verify: {
    stages: ['command'],
    commands: ['freeze', 'optimize'],
    kind: 'flag',
    description: 'Run the result and the original on the same inputs first, and write nothing if the numbers differ.',
  },
  against: {
    stages: ['command'],
    commands: ['verify'],
    kind: 'text',
    argument: 'model',
    description: 'The original: a model as for freeze. Not needed where --data has the outputs, too.',
  },
  data: {
    stages: ['command'],
    commands: ['verify', 'run', 'freeze', 'optimize'],
    kind: 'file',
    argument: 'file',
    label: 'Inputs from a file',
    description:
      'The inputs as .npz, .npy or .json, by name, or an image (.png, .jpg); verify makes random ones without it.',
  },
  normalize: {
    stages: ['command'],
    commands: ['verify', 'run', 'freeze', 'optimize'],
    kind: 'text',
    argument: 'range',
    label: 'The pixels of an image',
    description:
      'How the pixels of an image become numbers: 0..1, -1..1, imagenet or caffe. Default: 0..1, of whole numbers 0..255.',
  },
  seed: {
    stages: ['command'],
    commands: ['verify', 'freeze', 'optimize'],
    kind: 'number',
    argument: 'number',
    description: 'What decides the random inputs. Default: 1.',
  },
  rtol: {
    stages: ['command'],
    commands: ['verify', 'freeze', 'optimize'],
    kind: 'number',
    argument: 'number',
    description: 'Tolerated difference as a share of the expected number. Default: by type, 1e-4 of float32.',
  },
  atol: {
    stages: ['command'],
    commands: ['verify', 'freeze', 'optimize'],
    kind: 'number',
    argument: 'number',
    description: "Tolerated difference. Default: by type, 1e-5 of float32's largest expected number.",
  },
  engine: {
    stages: ['command'],
    commands: ['verify', 'run', 'freeze', 'optimize'],
    kind: 'choice',
    choices: {
      auto: 'TensorFlow where --tensorflow names it or the embedded engine lacks an op, else the embedded engine',
      embedded: "tfreeze's own",
      tensorflow: "TensorFlow's library",
      keras: 'Keras in the python3 on the path for a Keras file, and the embedded engine for the result',
    },
    default: 'auto',
    argument: 'name',
    description: 'What runs the graphs. A .onnx file always runs in ONNX Runtime.',
  },
  tensorflow: {
    stages: ['command'],
    commands: ['verify', 'run', 'freeze', 'optimize'],
    kind: 'text',
    argument: 'path',
    description: "TensorFlow's library, or the folder that holds it. Default: that of the python3 on the path.",
  },
  results: {
    stages: ['command'],
    commands: ['run'],
    kind: 'text',
    flag: 'output',
    short: 'o',
    argument: 'file',
    description: 'Where to write the results: .npz, .json, or .npy for one; - prints JSON.',
  },
  fetch: {
    stages: ['command'],
    commands: ['run'],
    kind: 'names',
    argument: 'a:0,b:1',
    description: 'Return these tensors instead of the outputs.',
  },
  time: {
    stages: ['command'],
    commands: ['run'],
    kind: 'flag',
    description: 'Run five times more, and print how long a run takes.',
  },
  nodes: {
    stages: ['command'],
    commands: ['inspect'],
    kind: 'text',
    argument: 'pattern',
    isValueOptional: true,
    description:
      'List the nodes (name, op, type and shape), whose names --outputs takes: all, or those whose name or op matches, as *conv* or Softmax.',
  },
  layers: {
    stages: ['command'],
    commands: ['inspect'],
    kind: 'flag',
    madeFrom: 'layers',
    description: 'List the layers (name, class, output shape, parameters).',
  },
  all: {
    stages: ['command'],
    commands: ['inspect'],
    kind: 'flag',
    description: 'Print long tables whole, not their first 20 rows.',
  },
  check: {
    stages: ['command'],
    commands: ['inspect'],
    kind: 'flag',
    description: 'End with exit status 1 if the model cannot be frozen.',
  },
  name: {
    stages: ['command'],
    commands: ['batch'],
    kind: 'text',
    argument: 'pattern',
    description:
      'How outputs are named: {path}, {name}, {version}, {signature}; the ending chooses the kind. Default: {path}.pb.',
  },
  jobs: {
    stages: ['command'],
    commands: ['batch'],
    kind: 'number',
    argument: 'number',
    description: 'Models that are frozen at a time, each in a thread. Default: the number of cores.',
  },
  versions: {
    stages: ['command'],
    commands: ['batch'],
    kind: 'choice',
    choices: { newest: 'the highest number', all: 'each of them' },
    default: 'newest',
    argument: 'which',
    description: 'Of a model in numbered folders, as TF Serving has them.',
  },
  failFast: {
    stages: ['command'],
    commands: ['batch'],
    kind: 'flag',
    description: 'Start no other model once one has failed.',
  },
  dryRun: {
    stages: ['command'],
    commands: ['batch'],
    kind: 'flag',
    description: 'List the models and their outputs, and write nothing.',
  },
  shard: {
    stages: ['command'],
    commands: ['batch'],
    kind: 'text',
    argument: 'i/n',
    description: 'Every nth model, from the ith on; /n takes i from the scheduler. Default: as the scheduler says.',
  },
  merge: {
    stages: ['command'],
    commands: ['batch'],
    kind: 'text',
    argument: 'folder',
    description: 'Join the reports of the shards in this folder, and freeze nothing.',
  },
  open: {
    stages: ['command'],
    commands: ['view'],
    kind: 'flag',
    flag: 'no-open',
    default: true,
    description: 'Print the address and open no browser.',
  },
  port: {
    stages: ['command'],
    commands: ['view'],
    kind: 'number',
    argument: 'number',
    description: 'The port of the page. Default: a free one.',
  },
  host: {
    stages: ['command'],
    commands: ['view'],
    kind: 'text',
    argument: 'address',
    description:
      'The address to listen on, as 0.0.0.0: others who have the printed address can then see the model. Default: 127.0.0.1, this machine alone.',
  },
  embed: {
    stages: ['command'],
    commands: ['view'],
    kind: 'names',
    argument: 'origin',
    description: 'Lets pages from these origins show the page in a frame, as http://localhost:8888 (a notebook).',
  },
  export: {
    stages: ['command'],
    commands: ['view'],
    kind: 'text',
    argument: 'file',
    description: 'Write a picture of the graph to this file instead, and serve nothing.',
  },
} as const satisfies Readonly<Record<string, OptionDef>>

export type OptionTable = typeof OPTIONS
export type OptionName = keyof OptionTable

/** The options that a caller may give at a stage. All may be left out. */
export type OptionsOf<S extends Stage> = OptionsIn<OptionTable, S>
/** The same, with the defaults filled in. */
export type SettingsOf<S extends Stage> = SettingsIn<OptionTable, S>

/** The rows, of which the types of names and values are forgotten: for code that treats all alike. */
export const optionRows: readonly (readonly [name: OptionName, def: OptionDef])[] = Object.entries(
  OPTIONS as Readonly<Record<OptionName, OptionDef>>,
) as [OptionName, OptionDef][]

/** The rows of a command, in their order. */
export const rowsOf = (command: CommandName): readonly (readonly [name: OptionName, def: OptionDef])[] =>
  optionRows.filter(([, { commands }]) => commands.includes(command))

/** Values of some options, whatever else there is. */
export type Values = { readonly [N in OptionName]?: unknown }

/** The options of a stage out of more, without those that are undefined. */
export function optionsOf<S extends Stage>(stage: S, given: Values): OptionsOf<S> {
  const own = optionRows.filter(([name, { stages }]) => stages.includes(stage) && given[name] !== undefined)
  return Object.fromEntries(own.map(([name]) => [name, given[name]])) as OptionsOf<S> // by the rows' own types
}

/** The options of a stage, with defaults where nothing is given. */
export function settingsOf<S extends Stage>(stage: S, given: Values): SettingsOf<S> {
  const defaults = optionRows.filter(([, def]) => def.stages.includes(stage) && def.default !== undefined)
  const filled = Object.fromEntries(defaults.map(([name, def]) => [name, def.default]))
  return { ...filled, ...optionsOf(stage, given) } as SettingsOf<S> // the rows with a default are there
}

/** The groups in which help, the man page and completion list the options: each option is in one. */
import type { OptionName } from './index.ts'

export const OPTION_GROUPS: Readonly<Record<string, readonly OptionName[]>> = {
  'What to write': [
    'output',
    'results',
    'manifest',
    'opset',
    'externalData',
    'float16',
    'customOps',
    'weights',
    'dtype',
    'weightDtype',
    'export',
  ],
  'What to read': ['tags', 'signature', 'connect', 'randomInit'],
  'Inputs and outputs': [
    'outputs',
    'inputs',
    'shapes',
    'inputsChannelsFirst',
    'outputsChannelsFirst',
    'renames',
    'set',
    'fetch',
  ],
  'How the graph is written': ['keepVariables', 'state', 'controlFlow', 'tables'],
  'Keras files': ['layers', 'rnn', 'architecture', 'alias', 'keepPrecision', 'keras1Backend', 'custom'],
  Optimising: ['optimize', 'passes', 'target', 'plugin', 'explain'],
  'Running and comparing': [
    'verify',
    'against',
    'data',
    'normalize',
    'seed',
    'rtol',
    'atol',
    'engine',
    'tensorflow',
    'time',
  ],
  'Many models': ['name', 'jobs', 'versions', 'failFast', 'dryRun', 'shard', 'merge'],
  'What to print': ['nodes', 'all', 'check', 'json', 'jsonLine', 'quiet', 'verbose'],
  'The page': ['port', 'host', 'embed', 'open'],
}

/** The group of an option. */
export const groupOf = (option: string): string | undefined =>
  Object.entries(OPTION_GROUPS).find(([, names]) => names.some(name => name === option))?.[0]

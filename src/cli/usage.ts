/** The message for a wrong command line: commander's words, and what was likely meant. */
import { existsSync } from 'node:fs'
import type { CommanderError } from 'commander'
import { nearestNames } from '../graph/names.ts'
import { COMMANDS } from './commands.ts'

/** Names that other programs have for our options. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'output-names': '--outputs',
  'output-node-names': '--outputs',
  'output-layer': '--outputs',
  'input-names': '--inputs',
  'input-node-names': '--inputs',
  'input-shape': '--shape',
  'input-shapes': '--shape',
  shapes: '--shape',
  'signature-name': '--signature',
  'signature-def': '--signature',
  tag: '--tags',
  'tag-set': '--tags',
  'saved-model-tags': '--tags',
  'output-file': '-o',
  'output-path': '-o',
  'output-graph': '-o',
  out: '-o',
  transforms: '--passes',
  silent: '--quiet',
}

const OTHER_COMMANDS: Readonly<Record<string, string>> = {
  convert: 'freeze',
  export: 'freeze',
  show: 'inspect',
  info: 'inspect',
  summary: 'inspect',
  optimise: 'optimize',
  compare: 'verify',
  check: 'verify',
  open: 'view',
}

/** The message of a usage error: what is wrong, what was likely meant, where to read on. `words` are the arguments. */
export function usageText(
  { message, code }: Pick<CommanderError, 'message' | 'code'>,
  words: readonly string[],
): string {
  const command = COMMANDS.find(({ name }) => name === words[0])
  const meant = meantBy(code, words)
  const help = command ? `tfreeze ${command.name} --help` : 'tfreeze --help'
  const isOwn = code.startsWith('tfreeze.')
  return [message, ...(meant ? [meant] : []), ...(isOwn ? [] : [`Try \`${help}\`.`])].join('\n')
}

function meantBy(code: string, words: readonly string[]): string | undefined {
  const [first = '', ...rest] = words
  const paths = rest.filter((word, i) => !word.startsWith('-') && !(rest[i - 1] ?? '').startsWith('-'))
  switch (code) {
    case 'commander.unknownCommand':
      return meantCommand(first)
    case 'commander.missingMandatoryOptionValue':
      return paths.length > 1
        ? `Did you mean: tfreeze ${first} ${paths[0]} -o ${paths[1]}`
        : 'Name the file to write, for example -o frozen.pb.'
    case 'commander.excessArguments':
      return 'Run the command once for each model.'
    case 'commander.unknownOption': {
      const option = words.find(word => word.startsWith('--') && OTHER_NAMES[plain(word)] !== undefined)
      return option && `Did you mean ${OTHER_NAMES[plain(option)]}?`
    }
    default:
      return undefined
  }
}

const plain = (option: string): string => option.replace(/^--/, '').replace(/=.*$/s, '').replaceAll('_', '-')

function meantCommand(word: string): string {
  if (existsSync(word) || /[./:]/.test(word)) return `Did you mean: tfreeze freeze ${word} -o frozen.pb`
  const names = COMMANDS.map(({ name }) => name)
  const meant = OTHER_COMMANDS[word] ?? nearestNames(word, names)[0]
  return meant ? `Did you mean: tfreeze ${meant}` : `The commands are ${names.join(', ')}.`
}

/** `tfreeze completion`: a script for the shell, made from the tables of commands and options. */
import { rowsOf } from '../../options/index.ts'
import type { OptionDef } from '../../options/option.ts'
import { flagOf } from '../../options/text.ts'
import { COMMANDS, HELP_TOPICS } from '../commands.ts'
import { wrongUsage } from '../wrong-usage.ts'

export async function run(shell: string): Promise<void> {
  const script = SHELLS.get(shell)
  if (!script)
    return wrongUsage('completion', `no completion for '${shell}'. Name one of ${[...SHELLS.keys()].join(', ')}.`)
  process.stdout.write(script())
}

const flagsOf = (name: string, def: OptionDef): string[] => [flagOf(name, def), ...(def.short ? [`-${def.short}`] : [])]
const choicesOf = (def: OptionDef): string[] => (def.kind === 'choice' ? Object.keys(def.choices) : [])
const quoted = (text: string): string => text.replaceAll("'", "'\\''")
const names = (): string => [...COMMANDS.map(({ name }) => name), 'help'].join(' ')
const topics = (): string => [...COMMANDS.map(({ name }) => name), ...HELP_TOPICS].join(' ')
/** The shells that the first argument of `completion` may name. */
const shells = (): string => [...SHELLS.keys()].join(' ')

/** Options by command; the values of a choice after its option; paths else. */
function bash(): string {
  const options = COMMANDS.map(
    ({ name }) => `    ${name}) words="${[...rowsOf(name).flatMap(row => flagsOf(...row)), '--help'].join(' ')}" ;;`,
  )
  const choices = COMMANDS.flatMap(({ name }) => rowsOf(name))
    .filter(([, def]) => def.kind === 'choice')
    .map(
      ([name, def]) =>
        `    ${flagsOf(name, def).join('|')}) COMPREPLY=($(compgen -W "${choicesOf(def).join(' ')}" -- "$word")); return ;;`,
    )
  return `# tfreeze's completion for bash: source <(tfreeze completion bash)
_tfreeze() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${names()} --help --version" -- "$word")); return; fi
  case "$before" in
${[...new Set(choices)].join('\n')}
    help) COMPREPLY=($(compgen -W "${topics()}" -- "$word")); return ;;
    completion) COMPREPLY=($(compgen -W "${shells()}" -- "$word")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${options.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -F _tfreeze tfreeze
`
}

/** `_arguments` specifications, an option a line. */
function zsh(): string {
  const spec = (name: string, def: OptionDef): string[] => {
    const what = quoted(def.description.replace(/[[\]:]/g, '\\$&'))
    const argument = def.argument?.replace(/[[\]:]/g, '\\$&')
    const values = def.kind === 'choice' ? `(${choicesOf(def).join(' ')})` : '_files'
    const value = def.argument ? `${def.isValueOptional ? '::' : ':'}${argument}:${values}` : ''
    return flagsOf(name, def).map(flag => `'*${flag}[${what}]${value}'`)
  }
  const cases = COMMANDS.map(({ name }) => {
    const rows = rowsOf(name).flatMap(row => spec(...row))
    const given = name === 'completion' ? `'1:shell:(${shells()})'` : `'*:model:_files'`
    return `    ${name}) _arguments ${[...rows, given].join(' \\\n      ')} ;;`
  })
  const commands = COMMANDS.map(({ name, description }) => `'${name}:${quoted(description)}'`)
  return `#compdef tfreeze
# tfreeze's completion for zsh: source <(tfreeze completion zsh)
_tfreeze() {
  local -a commands=(${commands.join(' ')} 'help:Explain a command')
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${cases.join('\n')}
    help) _arguments '1:topic:(${topics()})' ;;
  esac
}
compdef _tfreeze tfreeze
`
}

/** A `complete` line an option. */
function fish(): string {
  const isFirst = '__fish_use_subcommand'
  const commands = COMMANDS.map(
    ({ name, description }) => `complete -c tfreeze -n ${isFirst} -f -a ${name} -d '${fishText(description)}'`,
  )
  const options = COMMANDS.flatMap(({ name }) =>
    rowsOf(name).map(([row, def]) => {
      const words = [
        `complete -c tfreeze -n '__fish_seen_subcommand_from ${name}'`,
        `-l ${flagOf(row, def).slice(2)}`,
        ...(def.short ? [`-s ${def.short}`] : []),
        ...(def.kind === 'choice'
          ? [`-x -a '${choicesOf(def).join(' ')}'`]
          : def.argument && !def.isValueOptional
            ? ['-r']
            : []),
        `-d '${fishText(def.description)}'`,
      ]
      return words.join(' ')
    }),
  )
  return `# tfreeze's completion for fish
${commands.join('\n')}
complete -c tfreeze -n ${isFirst} -f -a help -d 'Explain a command'
complete -c tfreeze -n '__fish_seen_subcommand_from help' -f -a '${topics()}'
complete -c tfreeze -n '__fish_seen_subcommand_from completion' -f -a '${shells()}'
${options.join('\n')}
`
}

const fishText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")

const SHELLS = new Map(Object.entries({ bash, zsh, fish }))

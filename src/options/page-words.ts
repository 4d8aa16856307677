/** Messages in the words of the page: where the command line has an option, the page has a field with a label. */
import { type OptionName, optionRows } from './index.ts'
import type { OptionDef } from './option.ts'
import { flagOf } from './text.ts'

/** A message, and the options that it names, which the page may then ask for. */
export interface PageWords {
  readonly text: string
  readonly options: readonly OptionName[]
}

const ROWS = new Map(optionRows.map(([name, def]) => [flagOf(name, def), { name, def }]))

/** An option of the command line with what may be its value, which ends before a sentence's punctuation; an option may be repeated. */
const OPTION = /(--[a-z][a-z0-9-]*)(?: ([^\s;()]*[^\s.,;:()])((?: \1 [^\s;()]*[^\s.,;:()])*))?/g
/** Only the command line can do this: `(-o FOLDER/ --weights variables)`. */
const COMMAND_ONLY = /\((?:-o \S+ )?--[^()]*\)/g

/**
 *     Name the outputs with --outputs.              Name the outputs with “Outputs”.
 *     Cut the graph there with --inputs conv1.      Cut the graph there with conv1 under “Inputs”.
 *     Freeze it as a table: --tables graph.         Freeze it as a table: “Lookup tables: as tables”.
 */
export function pageWords(message: string): PageWords {
  const options = new Set<OptionName>()
  const text = message
    .replace('tfreeze inspect --nodes', 'the search of the graph')
    .replace(COMMAND_ONLY, words => (isOffered(words) ? words : '(on the command line)'))
    .replace(OPTION, (all, flag: string, word: string | undefined, more = '') => {
      const row = ROWS.get(flag)
      if (!row?.def.label) return all
      options.add(row.name)
      return labelled(row.def, row.def.label, word && word + more.replaceAll(` ${flag} `, ', '))
    })
  return { text, options: [...options] }
}

const isOffered = (words: string): boolean =>
  (words.match(/--[a-z][a-z0-9-]*/g) ?? []).every(flag => ROWS.get(flag)?.def.label !== undefined)

function labelled(def: OptionDef, label: string, word: string | undefined): string {
  const name = `“${label}”`
  if (word === undefined) return name
  if (def.kind === 'choice' && word in def.choices) return `“${label}: ${def.choices[word]}”`
  return isValue(def, word) ? `${word} under ${name}` : `${name} ${word}`
}

/** True if the word after an option is its value, and not the next word of the sentence. */
function isValue({ kind }: OptionDef, word: string): boolean {
  switch (kind) {
    case 'names':
      return true
    case 'shapes':
    case 'renames':
    case 'constants':
      return word.includes('=')
    case 'text':
    case 'number':
      return /\d/.test(word)
    case 'flag':
    case 'choice':
    case 'file':
    case 'module':
      return false
  }
}

/** Options as the words of a command line: read by the command, written by the page. */
import { FreezeError } from '../errors.ts'
import type { PartialShape } from '../graph/attr.ts'
import { optionRows, type Values } from './index.ts'
import type { Literal, OptionDef } from './option.ts'

/** `controlFlow` is `--control-flow`. */
export const flagOf = (name: string, { flag }: Pick<OptionDef, 'kind' | 'flag'>): string =>
  `--${flag ?? name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

/** Parses one word of the command line; `before` is the value from earlier words of the same option. Throws `unsupported`. */
export function parsed(def: OptionDef, text: string, before?: unknown): unknown {
  switch (def.kind) {
    case 'names':
      return names(text)
    case 'shapes': {
      const [key, sizes] = pair(text, SHAPE_FORM)
      return new Map(before as ReadonlyMap<string, PartialShape> | undefined).set(key, shape(sizes))
    }
    case 'renames': {
      const [from, to] = pair(text, 'OLD=NEW')
      if (!to) throw wrong('The new name is empty', 'OLD=NEW')
      return new Map(before as ReadonlyMap<string, string> | undefined).set(from, to)
    }
    case 'constants': {
      const [key, value] = split(text, text.indexOf('='), CONSTANT_FORM)
      return new Map(before as ReadonlyMap<string, Literal> | undefined).set(key, literal(value))
    }
    case 'number':
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw wrong(`'${text}' is not a number`, '18')
      return Number(text)
    case 'flag':
    case 'text':
    case 'choice':
    case 'file':
    case 'module':
      return text
  }
}

const CONSTANT_FORM = 'NAME=false, NAME=0.5 or NAME=[1,2]'
const SHAPE_FORM = 'INPUT=1,224,224,3'

const wrong = (what: string, form: string): FreezeError =>
  new FreezeError('unsupported', what, { hint: `Write it as ${form}.` })

/** `a,b` → ['a', 'b']; '' → []. */
export const names = (text: string): string[] =>
  text
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)

/** `1,224,?`, also `1x224x?` and `[1,224,?]`; `?` or -1 is an open size, nothing is a scalar. Throws `unsupported`. */
export const shape = (text: string): PartialShape =>
  names(text.replace(/^\s*[[(](.*)[\])]\s*$/, '$1').replace(/x/gi, ',')).map(word => {
    const size = sizeOf(word)
    if (size === undefined) throw wrong(`'${word}' is not a size`, SHAPE_FORM)
    return size
  })

/** A size as it is written, null where it is open; undefined where the word is not a size. */
export function sizeOf(word: string): number | null | undefined {
  if (word === '?' || word === '-1') return null
  return /^\d+$/.test(word) ? Number(word) : undefined
}

/** JSON where the text is that; else the text itself. Throws `unsupported` for a list that does not end. */
function literal(text: string): Literal {
  try {
    const value: unknown = JSON.parse(text)
    if (isLiteral(value)) return value
  } catch {
    if (!text.startsWith('[')) return text
  }
  throw wrong(`'${text}' is not a value`, CONSTANT_FORM)
}

const isLiteral = (value: unknown): value is Literal =>
  ['number', 'boolean', 'string'].includes(typeof value) || (Array.isArray(value) && value.every(isLiteral))

const pair = (text: string, form: string): [string, string] => split(text, text.lastIndexOf('='), form)

function split(text: string, at: number, form: string): [string, string] {
  if (at < 1) throw wrong("There is no '='", form)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** The words of a command line for these values, without those that are the default or cannot be written as words. A file is its name. */
export function wordsOf(values: Values): string[] {
  return optionRows.flatMap(([name, def]) => {
    const value = values[name]
    if (value === undefined || value === def.default) return []
    const flag = def.short ? `-${def.short}` : flagOf(name, def)
    return def.kind === 'flag' ? [flag] : textsOf(def, value).flatMap(text => [flag, text])
  })
}

function textsOf({ kind }: OptionDef, value: unknown): string[] {
  switch (kind) {
    case 'names':
      return [(value as readonly string[]).join(',')]
    case 'shapes':
      return [...(value as ReadonlyMap<string, PartialShape>)].map(
        ([name, sizes]) => `${name}=${(sizes ?? []).map(size => size ?? '?').join(',')}`,
      )
    case 'constants':
      return [...(value as ReadonlyMap<string, Literal>)].map(([name, v]) => `${name}=${JSON.stringify(v)}`)
    case 'renames':
      return [...(value as ReadonlyMap<string, string>)].map(([from, to]) => `${from}=${to}`)
    case 'flag':
      return []
    case 'file':
    case 'module':
      return isNamed(value) ? [value.name] : []
    case 'text':
    case 'number':
    case 'choice':
      return [String(value)]
  }
}

/** True for a value with a name, as a file has; a loaded module has none. */
const isNamed = (value: unknown): value is { readonly name: string } =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'

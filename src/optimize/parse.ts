/** `--passes`: which passes to run, with their options. */
import { FreezeError } from '../errors.ts'
import { nearestNames } from '../graph/names.ts'
import { PASSES, passNamed, plainName } from '../passes/index.ts'
import { passOptions, type ReadText } from './options.ts'
import type { Pass, PassCall } from './pass.ts'

/**
 * Reads `--passes`: names, with arguments in brackets, separated by commas or
 * spaces: `fold-constants,round-weights(num_steps=64)`. An argument that names a
 * file is read by `readText`; passes of the caller's `own` go before the registry's.
 * Throws `unsupported` with what is there.
 */
export function parsePasses(text: string, readText?: ReadText, own: readonly Pass[] = []): PassCall[] {
  const known = [...own, ...PASSES]
  const calls: PassCall[] = []
  let rest = text.trim()
  while (rest !== '') {
    const m = /^([\w-]+)\s*(?:\(([^()]*)\))?\s*(?:[,\s]\s*|$)/.exec(rest)
    if (!m) throw wrongPasses(`'${rest}' is not a pass, written as name(argument=value)`)
    calls.push(parsePass({ name: m[1]!, args: m[2] ?? '' }, known, readText))
    rest = rest.slice(m[0].length)
  }
  if (calls.length === 0) throw wrongPasses('no pass is named')
  return calls
}

/** A pass as it is written: `name(args)`. */
interface Written {
  readonly name: string
  readonly args: string
}

function parsePass({ name, args }: Written, passes: readonly Pass[], readText?: ReadText): PassCall {
  const pass = passNamed(name, passes)
  if (!pass)
    throw wrongPasses(
      `no pass is called '${name}'`,
      `${nearestText(passesNearest(name, passes))}tfreeze help passes lists all.`,
    )
  const given = (args.match(ARGUMENT) ?? []).flatMap(argument => {
    if (argument.trim() === '') return []
    const m = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(argument)
    if (!m) throw wrongPasses(`'${argument.trim()}' in ${name}(…) has no '='`, 'Write it as argument=value.')
    return [[m[1]!, unquoted(m[2]!)] as const]
  })
  return { pass, options: passOptions(pass, given, readText) }
}

/** The names of passes that are called, or also called, much like `name`, or that contain it. */
function passesNearest(name: string, passes: readonly Pass[]): string[] {
  const plain = plainName(name)
  const known = passes.flatMap(pass => [pass.name, ...pass.aliases.map(plainName)])
  const near = [...nearestNames(plain, known), ...known.filter(each => each.includes(plain))]
  return [...new Set(near.map(each => passNamed(each, passes)!.name))]
}

/** The most passes that a message names. */
const MAX_NEAREST = 3

const nearestText = (names: readonly string[]): string =>
  names.length === 0 ? '' : `Nearest: ${names.slice(0, MAX_NEAREST).join(', ')}; `

/** Splits at commas, except those in quotes. */
const ARGUMENT = /(?:"[^"]*"|'[^']*'|[^,])+/g

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text
const wrongPasses = (what: string, hint?: string): FreezeError =>
  new FreezeError('unsupported', what, { path: ['--passes'], ...(hint && { hint }) })

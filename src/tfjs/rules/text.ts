/** Lookups and strings. TF.js gives what it looks up as a vector, and makes lower case of attributes. */
import type { Node, Value } from '../../graph/node.ts'
import { any, as, op, where } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'
import { strings } from '../../tensor/make.ts'
import { stringsIn } from '../../tensor/strings.ts'
import { Builder } from './build.ts'

/** A lookup of keys of any rank: of the vector of them, in their shape again. */
const lookup = rule({
  name: 'tfjs-lookup',
  find: as('node', op('LookupTableFindV2', [any('table'), any('keys'), any('missing')])),
  test: ({ keys }, { facts }) => facts.shape(keys)?.length !== 1,
  replace({ node, table, keys, missing }, { graph, facts, like }) {
    const b = new Builder(graph, node)
    const shape = facts.shape(keys)
    const open = shape?.filter(size => size === null).length ?? 2
    const back = open <= 1 ? b.ints(shape!.map(size => size ?? -1)) : b.op('Shape', [keys])
    const found = like(node, [table, b.op('Reshape', [keys, b.ints([-1])]), missing])
    return b.op('Reshape', [found.out(), back])
  },
})

/** A table that can change, and does not: of single values. */
const table = rule({
  name: 'tfjs-table',
  find: as('node', op('MutableHashTableV2')),
  replace: ({ node }, { graph }) =>
    graph
      .add(
        'HashTableV2',
        [],
        {
          key_dtype: node.type('key_dtype'),
          value_dtype: node.type('value_dtype'),
          shared_name: node.str('shared_name'),
        },
        node.name,
      )
      .out(),
})

const replaced = (b: Builder, text: Value, pattern: string, rewrite: string): Value =>
  b.op('StaticRegexReplace', [text], { pattern, rewrite, replace_global: true })

/** `\x41`: a character in a pattern, without a capital letter. */
const escaped = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz']

/** Lower case of ASCII letters, one letter after the other. */
const lower = rule({
  name: 'tfjs-lower-case',
  find: as('node', op('StringLower', [any('x')], { encoding: '' })),
  replace({ node, x }, { graph }) {
    const b = new Builder(graph, node)
    return LETTERS.reduce((text, letter) => replaced(b, text, escaped(letter.toUpperCase()), letter), x)
  },
})

/** Capital letters of a pattern, written as their codes; undefined where they say something else, as in `\S`. */
function withoutCapitals(pattern: string): string | undefined {
  let out = ''
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '\\') {
      const next = pattern[++i]
      if (next === undefined || /[A-Z]/.test(next)) return undefined
      out += `\\${next}`
    } else out += /[A-Z]/.test(pattern[i]!) ? escaped(pattern[i]!) : pattern[i]
  }
  return out
}

const capitals = rule({
  name: 'tfjs-pattern',
  find: where(node => /[A-Z]/.test(node.str('pattern')), as('node', op('StaticRegexReplace', [any('x')]))),
  replace({ node, x }, { like }) {
    const pattern = withoutCapitals(node.str('pattern'))
    if (pattern === undefined) return 'its pattern has a capital letter that is not a character'
    return like(node, [x], { pattern: { kind: 'string', value: pattern } }).out()
  },
})

/** The white space that StringSplitV2 splits at. */
const SPACE = '[\\t\\n\\v\\f\\r ]'

/** StringSplitV2 at white space, or at one character: StringSplit. */
const split = rule({
  name: 'tfjs-split',
  find: as('node', op('StringSplitV2', [any('x'), any('separator')], { maxsplit: -1 })),
  allOutputs: true,
  replace({ node, x, separator }, { graph }) {
    const text = textOf(separator)
    if (text === undefined) return 'its separator is not constant'
    const b = new Builder(graph, node)
    if (text === '') return outputs(b, replaced(b, x, SPACE, ' '), b.constant(strings([], [' '])), true)
    if (text.length !== 1) return 'its separator has several characters'
    return outputs(b, x, separator, false)
  },
})

function outputs(b: Builder, text: Value, delimiter: Value, skips: boolean): Value[] {
  const made: Node = b.node('StringSplit', [text, delimiter], { skip_empty: skips })
  return [0, 1, 2].map(i => made.out(i))
}

/** The one string of a constant. */
function textOf({ tensor }: Value): string | undefined {
  const [bytes, ...others] = tensor?.dtype === 'string' ? stringsIn(tensor) : []
  return bytes && others.length === 0 ? new TextDecoder().decode(bytes) : undefined
}

export const TEXT: readonly Rule[] = [lookup, table, lower, capitals, split]

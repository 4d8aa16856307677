/** The table of options: what its rows have in common, and values as words of a command line. */
import { describe, expect, test } from 'vitest'
import { OPTION_GROUPS } from '../../src/options/groups.ts'
import { OPTIONS, optionRows, optionsOf, settingsOf, type Values } from '../../src/options/index.ts'
import type { OptionDef } from '../../src/options/option.ts'
import { flagOf, parsed, shape, wordsOf } from '../../src/options/text.ts'

describe('each row', () => {
  test.each(optionRows)('%s', (_, def) => {
    expect(def.description).toMatch(/^[A-Z].*\.$/)
    expect(def.stages.length * def.commands.length).toBeGreaterThan(0)
    expect(def.argument === undefined).toBe(def.kind === 'flag')
    if (def.kind === 'choice') expect(Object.keys(def.choices)).toContain(def.default)
    if (def.label !== undefined) expect(def.label).toMatch(/^[A-Z][^.“”]*$/)
  })
  test('has a flag of its own in each command', () => {
    for (const command of ['freeze', 'optimize', 'merge', 'inspect', 'verify', 'run', 'view'] as const) {
      const rows = optionRows.filter(([, { commands }]) => commands.includes(command))
      const flags = rows.flatMap(([name, def]) => [flagOf(name, def), ...(def.short ? [def.short] : [])])
      expect(new Set(flags).size, command).toBe(flags.length)
    }
  })
})

test('a stage gets its own options, with defaults where it asks for settings', () => {
  const given = { controlFlow: 'v2', rnn: undefined, tags: ['a'], quiet: true, shapes: new Map([['x', [1]]]) }
  expect(optionsOf('freeze', given)).toEqual({ controlFlow: 'v2', shapes: new Map([['x', [1]]]) })
  expect(settingsOf('freeze', given)).toMatchObject({ controlFlow: 'v2', tables: OPTIONS.tables.default })
  expect(settingsOf('open', given)).toEqual({
    tags: ['a'],
    shapes: new Map([['x', [1]]]),
    rnn: OPTIONS.rnn.default,
    keepPrecision: OPTIONS.keepPrecision.default,
    keras1Backend: OPTIONS.keras1Backend.default,
    randomInit: OPTIONS.randomInit.default,
  })
})

/** A value of each kind that is not the default. */
function sample(def: OptionDef): unknown {
  switch (def.kind) {
    case 'flag':
      return !def.default
    case 'number':
      return 7
    case 'choice':
      return Object.keys(def.choices).find(choice => choice !== def.default)
    case 'names':
      return ['a', 'b:1']
    case 'shapes':
      return new Map([
        ['x', [1, null, 3]],
        ['y=z', []],
      ])
    case 'constants':
      return new Map<string, unknown>([
        ['phase', false],
        ['scale', [1, 2.5]],
        ['mode', 'a=b'],
      ])
    case 'renames':
      return new Map([
        ['a', 'b'],
        ['c', 'd'],
      ])
    case 'text':
    case 'file':
    case 'module':
      return 'some text'
  }
}

/** What the words mean, read one after another as the command line does. */
function read(def: OptionDef, words: readonly string[]): unknown {
  const texts = words.filter((_, i) => i % 2 === 1)
  return def.kind === 'flag'
    ? words.length > 0
    : texts.reduce<unknown>((before, text) => parsed(def, text, before), undefined)
}

test.each(optionRows)('%s is read as it is written', (name, def) => {
  if (def.kind === 'file' || def.kind === 'module') return expect(wordsOf({ [name]: sample(def) })).toEqual([])
  const words = wordsOf({ [name]: sample(def) })
  expect(words[0]).toBe(def.short ? `-${def.short}` : flagOf(name, def))
  expect(read(def, words)).toEqual(def.kind === 'flag' ? true : sample(def))
})

test('defaults are not written', () => {
  const defaults: Values = Object.fromEntries(optionRows.map(([name, def]) => [name, def.default]))
  expect(wordsOf(defaults)).toEqual([])
})

test('shapes', () => {
  expect(shape(' 1, ?,-1,3')).toEqual([1, null, null, 3])
  expect(shape('1x224X?')).toEqual([1, 224, null])
  expect(shape('[1, 224, -1]')).toEqual([1, 224, null])
  expect(shape('(3,)')).toEqual([3])
  expect(shape('[]')).toEqual([])
  expect(shape('')).toEqual([])
  expect(() => shape('1,a')).toThrow("'a' is not a size. Write it as INPUT=1,224,224,3.")
})

test('each option is in one group of help', () => {
  const grouped = Object.values(OPTION_GROUPS).flat()
  expect(grouped.toSorted()).toEqual(optionRows.map(([name]) => name).toSorted())
})

/**
 * What an op is, is known in `tensorflow/roles.ts` alone. Other code asks a node for its role; only tables keyed by op
 * that say what an op computes (kernels, shape functions, rules, what a consumer reads) name ops.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { opDef } from '../../src/tensorflow/ops.ts'
import { roleOf } from '../../src/tensorflow/roles.ts'

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => file.endsWith('.ts') && !file.startsWith('tensorflow/'))

/** The lines of a file that fit a pattern, comments left out. */
const found = (file: string, pattern: RegExp): string[] =>
  readFileSync(join('src', file), 'utf8')
    .split('\n')
    .filter(line => !/^\s*(\/?\*|\/\/)/.test(line) && pattern.test(line))

test('there are files', () => expect(files.length).toBeGreaterThan(300))

test("no pattern is tried on an op's name, and no part of it is looked at", () => {
  const looks =
    /\.(test|exec)\((\w+\.)*op\)|\bop\.(startsWith|endsWith|match|replace|replaceAll|slice|split|search|at|charAt)\(/
  expect(files.flatMap(file => found(file, looks).map(line => `${file}: ${line.trim()}`))).toEqual([])
})

/** Roles that several ops have, so that a comparison with one of them forgets the others. */
const SHARED = ['call', 'branch', 'loop', 'switch', 'merge', 'enter', 'exit', 'nextIteration', 'table', 'variable']

test('no op is compared with one of those that share its role', () => {
  const wrong = files.flatMap(file =>
    found(file, /\bop (===|!==) '/).flatMap(line =>
      [...line.matchAll(/\bop (?:===|!==) '(\w+)'/g)]
        .filter(([, op]) => SHARED.includes(roleOf(op!)?.kind ?? ''))
        .map(([, op]) => `${file}: ${op}`),
    ),
  )
  // A Variable of shape [] may have any shape; a VariableV2 says its own.
  expect(wrong).toEqual(['models/state/variables.ts: Variable'])
})

test('no set holds ops', () => {
  const sets = files.flatMap(file => {
    const text = readFileSync(join('src', file), 'utf8')
    return [...text.matchAll(/new Set(?:<\w+>)?\(\[([^\]]*)\]/g)].flatMap(([, items]) => {
      const names = [...items!.matchAll(/'([A-Z_]\w*)'/g)].map(([, name]) => name!)
      return names.length > 1 && names.every(name => opDef(name)) ? [`${file}: ${names.join(' ')}`] : []
    })
  })
  // Which additions and comparisons are exact in float64: what the ops compute.
  expect(sets).toEqual(['evaluate/kernels/elementwise.ts: Add AddV2 Sub Maximum Minimum'])
})

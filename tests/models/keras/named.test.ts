/**
 * Every row of the tables of layers and functions is in a model that real Keras has saved and run
 * (`fixtures/goldens.py`), or in a case beside this file; a row that is in neither says why.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openKerasFile } from '../../../src/models/keras/container.ts'
import type { Json } from '../../../src/models/keras/layer-graph.ts'
import { classNamed, LAYERS } from '../../../src/models/keras/layers/index.ts'
import { KERAS3 } from '../../../src/models/keras/operations/keras3.ts'
import { rowNamed, TENSORFLOW } from '../../../src/models/keras/operations/tensorflow.ts'
import { fixture } from './disk.ts'
import { GOLDENS } from './goldens.ts'

/** The text of the cases. */
const CASES = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter(name => /\.graph$|numbers\.test\.ts$|operations\.test\.ts$/.test(name))
  .map(name => readFileSync(`${import.meta.dirname}/${name}`, 'utf8'))
  .join('\n')

/** What the models of the goldens are made of: classes and functions by the names that files have for them. */
const inGoldens = { classes: new Set<string>(), functions: new Set<string>() }

/** Notes every class and function in an architecture. */
function note(json: Json): void {
  if (Array.isArray(json)) for (const item of json) note(item)
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return
  const { class_name: className, function: name } = json as { readonly [key: string]: Json }
  if (typeof className === 'string') inGoldens.classes.add(className.split('>').at(-1)!)
  if (typeof name === 'string') inGoldens.functions.add(name)
  for (const value of Object.values(json)) note(value)
}

for (const name of GOLDENS) note((await openKerasFile(fixture(`goldens/${name}`)))!.architecture)

/** Rows that nothing can be recorded for, each with the reason. */
const LAYERS_WITHOUT: Readonly<Record<string, string>> = {
  Equalization: 'Keras 3 gives the input itself, which no functional model can hold',
  MaxNumBoundingBoxes: 'it takes a dictionary',
}
const OPERATIONS_WITHOUT: Readonly<Record<string, string>> = {
  Arange: 'Keras computes it at once, as its arguments are numbers',
  ConvTranspose:
    'Keras 3.15 exchanges two of its arguments and fails; the layers Conv2DTranspose and others have the same rule',
}
const FUNCTIONS_WITHOUT: Readonly<Record<string, string>> = {
  einsum: 'Keras saves the equation alone',
  'linalg.einsum': 'Keras saves the equation alone',
  '__operators__.eq': 'Keras saves the first operand alone',
  '__operators__.ne': 'Keras saves the first operand alone',
  'nn.dropout': 'it draws random numbers, where Keras runs it too',
}

/** The rows that no golden and no case names. */
const unnamed = (
  rows: Iterable<string>,
  golden: ReadonlySet<string>,
  isCase: (row: string) => boolean,
  without: Readonly<Record<string, string>>,
): string[] => [...rows].filter(row => !golden.has(row) && !isCase(row) && !Object.hasOwn(without, row))

/** Reasons that are not needed any more. */
const idle = (golden: ReadonlySet<string>, without: Readonly<Record<string, string>>): string[] =>
  Object.keys(without).filter(row => golden.has(row))

const quoted = (row: string): boolean => CASES.includes(`'${row}'`)
const calledOrQuoted = (row: string): boolean =>
  CASES.includes(` ${row}(`) || CASES.includes(`"class_name": "${row}"`) || quoted(row)

describe('rows of the tables', () => {
  const classes = new Set([...inGoldens.classes].map(name => classNamed(name)?.name ?? name))
  const functions = new Set([...inGoldens.functions].map(name => rowNamed(name) ?? name))

  test('layers are named', () => {
    expect(unnamed(LAYERS.keys(), classes, calledOrQuoted, LAYERS_WITHOUT)).toEqual([])
    expect(idle(classes, LAYERS_WITHOUT)).toEqual([])
  })

  test('functions of keras.ops are named', () => {
    expect(unnamed(Object.keys(KERAS3), inGoldens.classes, quoted, OPERATIONS_WITHOUT)).toEqual([])
    expect(idle(inGoldens.classes, OPERATIONS_WITHOUT)).toEqual([])
  })

  test('functions of tf.* are named', () => {
    expect(unnamed(Object.keys(TENSORFLOW), functions, quoted, FUNCTIONS_WITHOUT)).toEqual([])
    expect(idle(functions, FUNCTIONS_WITHOUT)).toEqual([])
  })
})

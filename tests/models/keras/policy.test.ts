/** What holds of all files and tables of the Keras importer. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { LAYER_CLASSES } from '../../../src/models/keras/layers/index.ts'

const ROOT = 'src/models/keras'
const FILES = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => normalize(name))

const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** The files of the importer that a file imports, for values or for types. */
const imported = (file: string): string[] =>
  [...text(file).matchAll(/from '(\.[^']+)'/g)].map(([, path]) => normalize(join(dirname(file), path!)))

test('no file imports itself by way of others, types included', () => {
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    expect(way, [...way, file].join(' → ')).not.toContain(file)
    if (done.has(file)) return
    for (const next of imported(file)) if (FILES.includes(next)) visit(next, [...way, file])
    done.add(file)
  }
  expect(FILES.length).toBeGreaterThan(50)
  for (const file of FILES) visit(file, [])
})

test('what a class of layers is, its object says: nobody asks for its name', () => {
  const asking = FILES.filter(file => /\.test\([\w.]*className\)|switch \([\w.]*className\)/.test(text(file)))
  expect(asking).toEqual([])
})

test('a class has one object, and a name in files means one class', () => {
  const names = LAYER_CLASSES.flatMap(({ name, aliases = [] }) => [name, ...aliases])
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

test('a class is written, part of others, or refused', () => {
  const idle = LAYER_CLASSES.filter(({ emit, cell, wraps, refused }) => !emit && !cell && !wraps && !refused)
  expect(idle.map(({ name }) => name)).toEqual([])
})

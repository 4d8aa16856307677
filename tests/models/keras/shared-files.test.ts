/** Every Keras file at hand is read, and all its weights are bound. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fromBytes } from '../../../src/bytes/source.ts'
import { invariant } from '../../../src/errors.ts'
import { type KerasModel, readKeras } from '../../../src/models/keras/open.ts'
import type { Bound } from '../../../src/models/keras/weights/bound.ts'

/** Public Keras files, and one small file for each layer and option; neither is part of this repository. */
const FOLDERS = ['../shared/keras', '../shared/models'].filter(folder => {
  const isThere = existsSync(folder)
  if (!isThere) console.log(`skipped: ${folder} is not here`)
  return isThere
})

/** One file in so many is read; with TFREEZE_FULL each. */
const STRIDE = process.env['TFREEZE_FULL'] ? 1 : 20

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => /\.(h5|hdf5|keras)$/.test(path))
    .sort()
    .filter((_, i) => i % STRIDE === 0)
    .map(path => join(folder, path))

const read = (path: string): Promise<KerasModel> => readKeras(fromBytes(readFileSync(path), basename(path)))

/** What holds no model: weights without an architecture, and recorded inputs and outputs. */
const NO_MODEL = /the file holds weights and not the model|this HDF5 file holds no Keras model/

describe.skipIf(FOLDERS.length === 0)('files at hand', () => {
  test('are read, and every weight in them belongs to a layer', async () => {
    const failures: string[] = []
    const count = { read: 0, noModel: 0 }
    for (const path of FOLDERS.flatMap(files)) {
      try {
        const { file, bound } = await read(path)
        count.read++
        if (!('layers' in file.weights)) continue
        const stored = file.weights.layers.reduce((n, layer) => n + layer.weightNames.length, 0)
        if (stored !== bound.bound.length)
          failures.push(`${path}: ${bound.bound.length} of ${stored} weights are bound`)
      } catch (error) {
        if (NO_MODEL.test(String(error))) count.noModel++
        else failures.push(`${path}: ${error}`)
      }
    }
    console.log(`${count.read} Keras files read, ${count.noModel} without a model, ${failures.length} failed`)
    expect(failures).toEqual([])
    expect(count.read).toBeGreaterThan(0)
  }, 120_000)

  test('of one model in two formats have the same weights in the same layers', async () => {
    const failures: string[] = []
    for (const path of FOLDERS.flatMap(files).filter(name => name.endsWith('.keras'))) {
      const legacy = path.replace(/\.keras$/, '.h5')
      if (!existsSync(legacy)) continue
      const [a, b] = [await read(path), await read(legacy)].map(({ bound }) => weightBytes(bound.bound))
      for (const [weight, bytes] of a!) if (b!.get(weight) !== bytes) failures.push(`${path} ${weight}`)
    }
    expect(failures).toEqual([])
  }, 120_000)
})

const weightBytes = (bound: readonly Bound[]): Map<string, string> =>
  new Map(
    bound.map(({ layer, role, weight }) => {
      const { recipe } = weight.tensor()
      invariant(recipe.kind === 'range', 'a dataset is a range')
      return [`${layer.path} ${role}`, Buffer.from(recipe.source.readSync!(0, weight.bytes)).toString('base64')]
    }),
  )

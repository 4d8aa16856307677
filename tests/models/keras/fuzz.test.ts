/** Configurations with parts dropped, swapped and changed: they are read and written, or refused with a reason. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFreezeError } from '../../../src/errors.ts'
import type { Frozen } from '../../../src/freeze/frozen.ts'
import { freeze } from '../../../src/freeze/index.ts'
import type { PartialShape } from '../../../src/graph/attr.ts'
import { violations } from '../../../src/graph/verify.ts'
import { type KerasFile, openKerasFile } from '../../../src/models/keras/container.ts'
import { isObject } from '../../../src/models/keras/json.ts'
import type { Json } from '../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'
import { modelOf } from '../../../src/models/keras/open.ts'
import { bindWeights } from '../../../src/models/keras/weights/bind.ts'
import type { Shape } from '../../../src/tensor/tensor.ts'
import { fixture } from './disk.ts'
import { computed, differences, GOLDENS, recorded } from './goldens.ts'

type Path = readonly (string | number)[]

/** Every place in a value. */
function places(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [path, ...inner.flatMap(([key, item]) => places(item as Json, [...path, key]))]
}

const at = (value: Json, path: Path): Json => path.reduce((v, key) => (v as Record<string | number, Json>)[key]!, value)

/** A copy with the value at `path` replaced, or dropped where `by` is undefined. */
function changed(value: Json, [key, ...rest]: Path, by: Json | undefined): Json {
  if (key === undefined) return by ?? null
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, Json>
  if (rest.length > 0) copy[key] = changed(copy[key]!, rest, by)
  else if (by !== undefined) copy[key] = by
  else if (Array.isArray(copy)) copy.splice(Number(key), 1)
  else delete copy[key]
  return copy as Json
}

const odd = fc.constantFrom<Json | undefined>(undefined, null, true, -1, 0, 2, 1e18, 'x', [], {}, [[]], [null], {
  class_name: 'X',
})

/** Architectures of a file with one to three places changed. */
function mutants({ architecture }: KerasFile): fc.Arbitrary<Json> {
  const all = places(architecture)
  const change = fc.tuple(fc.nat(all.length - 1), odd)
  const apply = (value: Json, [index, by]: readonly [number, Json | undefined]): Json => {
    try {
      return changed(value, all[index]!, by)
    } catch {
      return value // an earlier change took the place away
    }
  }
  // Through JSON, which has no holes in lists.
  const changes = fc.array(change, { minLength: 1, maxLength: 3 })
  return changes.map(list => JSON.parse(JSON.stringify(list.reduce(apply, architecture))))
}

/** What `work` gives, or undefined where it refuses with a reason that names the file. */
async function orRefusal<T>(name: string, work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isFreezeError(error)) throw error
    expect(error.message).toContain(name)
    return undefined
  }
}

test.each(['nested.k3.h5', 'nested.tfk.h5', 'nested.k3.keras', 'words.keras', 'k1_lstm.h5'])(
  '%s is read',
  async name => {
    const file = (await openKerasFile(fixture(name)))!
    const property = fc.asyncProperty(mutants(file), async architecture => {
      await orRefusal(name.replace('.keras', ''), () =>
        bindWeights(normalise(architecture, file.dialect, name), file.weights, file.dialect, name),
      )
    })
    await fc.assert(property, { numRuns: 200, seed: 1 })
  },
)

/** A file with another architecture, frozen. */
function frozen(file: KerasFile, architecture: Json): Promise<Frozen> {
  const layers = normalise(architecture, file.dialect, file.name)
  const bound = bindWeights(layers, file.weights, file.dialect, file.name)
  return modelOf({ file, layers, bound, notes: [] }).then(model => freeze(model, { tables: 'constants' }))
}

const fits = (sizes: Shape, shape: PartialShape): boolean =>
  shape === null || (shape.length === sizes.length && shape.every((d, i) => d === null || d === sizes[i]))

/** Results have the shapes that were promised; where an op does not take its inputs, TensorFlow refuses them too. */
async function expectShapes({ graph, inputs: ports, outputs }: Frozen, name: string): Promise<void> {
  expect(violations(graph)).toEqual([])
  const { inputs } = recorded(name)
  const isFed =
    ports.length === inputs.length &&
    ports.every((p, i) => p.dtype === inputs[i]!.dtype && fits(inputs[i]!.shape, p.shape))
  if (!isFed) return
  try {
    const found = await computed(graph, inputs)
    expect(outputs.filter((p, i) => found[i] && !fits(found[i].shape, p.shape)).map(p => p.key)).toEqual([])
  } catch (error) {
    if (!isFreezeError(error)) throw error
  }
}

test.each(GOLDENS.filter(name => name.includes('k3') || name.startsWith('functions')))('%s is written', async name => {
  const file = (await openKerasFile(fixture(`goldens/${name}`)))!
  const property = fc.asyncProperty(mutants(file), async architecture => {
    const model = await orRefusal('', () => frozen(file, architecture))
    if (model) await expectShapes(model, name)
  })
  await fc.assert(property, { numRuns: /^(ops|tf)_/.test(name) ? 2 : 7, seed: 1 }) // some have a hundred layers
})

test.each(GOLDENS)('%s: keys that nobody knows change nothing', async name => {
  const file = (await openKerasFile(fixture(`goldens/${name}`)))!
  const configs = places(file.architecture).filter(path => path.at(-1) === 'config')
  const isLayer = (path: Path) => typeof at(file.architecture, [...path, 'name']) === 'string'
  const architecture = configs
    .filter(path => isObject(at(file.architecture, path)) && isLayer(path))
    .reduce((value, path) => changed(value, [...path, 'of_a_later_version'], [1, 'x']), file.architecture)
  const { graph } = await frozen(file, architecture)
  const { inputs, outputs } = recorded(name)
  expect(differences(await computed(graph, inputs), outputs)).toEqual([])
})

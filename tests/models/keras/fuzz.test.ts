/** Configurations with parts dropped, swapped and changed: they are read, or refused with a reason. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFreezeError } from '../../../src/errors.ts'
import { openKerasFile } from '../../../src/models/keras/container.ts'
import type { Json } from '../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'
import { bindWeights } from '../../../src/models/keras/weights/bind.ts'
import { fixture } from './disk.ts'

type Path = readonly (string | number)[]

/** Every place in a value. */
function places(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [path, ...inner.flatMap(([key, item]) => places(item as Json, [...path, key]))]
}

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

test.each(['nested.k3.h5', 'nested.tfk.h5', 'nested.k3.keras', 'words.keras', 'k1_lstm.h5'])('%s', async name => {
  const file = (await openKerasFile(fixture(name)))!
  const all = places(file.architecture)
  const change = fc.tuple(fc.nat(all.length - 1), odd)
  const property = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), changes => {
    let architecture = file.architecture
    for (const [index, by] of changes) {
      try {
        architecture = changed(architecture, all[index]!, by)
      } catch {} // an earlier change took the place away
    }
    try {
      bindWeights(normalise(architecture, file.dialect, name), file.weights, file.dialect, name)
    } catch (error) {
      if (!isFreezeError(error)) throw error
      expect(error.message).toContain(name.replace('.keras', ''))
    }
  })
  fc.assert(property, { numRuns: 400, seed: 1 })
})

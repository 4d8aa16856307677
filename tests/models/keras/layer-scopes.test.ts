/** The name scopes of a Keras file's graph, and the layers that they were written for. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { open } from '../../../src/models/index.ts'
import { openInput } from '../../../src/node/index.ts'

test('a scope knows the class of its layer, in a model inside a layer too', async () => {
  const file = fileURLToPath(new URL('../../../fixtures/keras/nested.k3.h5', import.meta.url))
  const { layerScopes, graph } = await open(openInput(file))
  expect(Object.fromEntries(layerScopes ?? [])).toEqual({
    each: 'TimeDistributed',
    'each/inner': 'Functional',
    'each/inner/fc': 'Dense',
    'each/inner/norm': 'BatchNormalization',
  })
  for (const scope of layerScopes?.keys() ?? [])
    expect([...graph.nodes].some(({ name }) => name === scope || name.startsWith(`${scope}/`))).toBe(true)
})

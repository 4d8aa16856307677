import { describe, expect, test } from 'vitest'
import { checkedAliases } from '../../../src/models/keras/alias.ts'
import { dialectOf } from '../../../src/models/keras/dialect.ts'
import type { Json } from '../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'

const wrapped: Json = { class_name: 'my>Fc', config: { name: 'fc', units: 4 } }
const architecture: Json = {
  class_name: 'Functional',
  config: {
    name: 'm',
    layers: [
      { class_name: 'InputLayer', name: 'x', config: { name: 'x', batch_shape: [null, 3, 2] }, inbound_nodes: [] },
      {
        class_name: 'BatchNorm',
        name: 'bn',
        config: { name: 'bn', axis: -1 },
        inbound_nodes: [[['x', 0, 0, {}]]],
      },
      {
        class_name: 'TimeDistributed',
        name: 't',
        config: { name: 't', layer: wrapped },
        inbound_nodes: [[['bn', 0, 0, {}]]],
      },
    ],
    input_layers: [['x', 0, 0]],
    output_layers: [['t', 0, 0]],
  },
}

test('a class is read as the one that it is said to be, inside a wrapper too', () => {
  const aliases = new Map([
    ['BatchNorm', 'BatchNormalization'],
    ['Fc', 'Dense'],
  ])
  const [, norm, steps] = normalise(architecture, dialectOf({ version: '2.1.0', config: null }), 'm.h5', aliases).layers
  expect([norm!.className, norm!.savedClassName]).toEqual(['BatchNormalization', 'BatchNorm'])
  expect(steps!.children.get('layer')).toMatchObject({ className: 'Dense', savedClassName: 'my>Fc' })
})

describe('a name that is misspelt is refused with the nearest', () => {
  const refusal = (from: string, to: string): string => {
    try {
      checkedAliases(new Map([[from, to]]), architecture, 'm.h5')
      return 'accepted'
    } catch (error) {
      return String(error)
    }
  }
  test.each([
    ['BatchNorm', 'SyncBatchNormalization', 'accepted'],
    [
      'BatchNrom',
      'BatchNormalization',
      "m.h5 alias: no layer of the file has the class 'BatchNrom'. Nearest: BatchNorm.",
    ],
    [
      'BatchNorm',
      'BatchNormalisation',
      "m.h5 alias: Keras has no class 'BatchNormalisation' that is known here. Nearest: BatchNormalization, ",
    ],
    [
      'Squash',
      'Dense',
      "m.h5 alias: no layer of the file has the class 'Squash'. List the layers with tfreeze inspect.",
    ],
  ])('%s=%s', (from, to, message) => {
    expect(refusal(from, to)).toContain(message)
  })
})

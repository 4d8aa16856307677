/** Weights of legacy H5 that are found, or refused, by their names. */
import { describe, expect, test } from 'vitest'
import { dialectOf } from '../../../src/models/keras/dialect.ts'
import type { Json } from '../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'
import { bindByLayer } from '../../../src/models/keras/weights/by-layer.ts'
import { fromTensor } from '../../../src/models/keras/weights/stored-weight.ts'
import { splat } from '../../../src/tensor/make.ts'

/** What the weights of one layer are bound to, given the names and shapes in its group. */
function bound(layer: Json, name: string, shapes: Readonly<Record<string, readonly number[]>>, version = '3.15.0') {
  const dialect = dialectOf({ version, config: null })
  const model = normalise({ class_name: 'Sequential', config: { name: 'm', layers: [layer] } }, dialect, 'm.h5')
  const weightNames = Object.keys(shapes)
  const weight = (i: number) => fromTensor(weightNames[i]!, splat('float32', shapes[weightNames[i]!]!, 0), 'm.h5', 0)
  const found = bindByLayer(model, [{ name, weightNames, weight }], dialect, 'm.h5')
  return Object.fromEntries(found.map(({ layer, role, weight }) => [`${layer.path} ${role}`, weight.path]))
}

test('a kernel whose LoRA weights lie beside it is not taken for the whole', () => {
  const dense = { class_name: 'Dense', config: { name: 'd', units: 4, lora_rank: 2 } }
  const shapes = { 'm/d/bias': [4], 'm/d/lora_kernel_a': [8, 2], 'm/d/lora_kernel_b': [2, 4], 'm/d/kernel': [8, 4] }
  expect(() => bound(dense, 'd', shapes)).toThrow(
    'm.h5 d: Dense has its LoRA weights apart from its kernel. Save the model as .keras: Keras adds them to the kernel there.',
  )
})

describe('in an order of their own, weights are found by name', () => {
  const config = { name: 'l', trainable: true }
  const rows: [what: string, layer: Json, shapes: Record<string, number[]>, expected: Record<string, string>][] = [
    [
      'of a BatchNormalization that is quantised for training',
      {
        class_name: 'QuantizeWrapperV2',
        config: {
          name: 'q',
          layer: { class_name: 'BatchNormalization', config },
          quantize_config: { class_name: 'Default8BitOutputQuantizeConfig', config: { quantize_output: true } },
        },
      },
      {
        'l/gamma:0': [3],
        'l/beta:0': [3],
        'l/moving_mean:0': [3],
        'l/moving_variance:0': [3],
        'q/optimizer_step:0': [],
        'q/output_min:0': [],
        'q/output_max:0': [],
      },
      {
        'q optimizer_step': 'q/optimizer_step:0',
        'q output_min': 'q/output_min:0',
        'q output_max': 'q/output_max:0',
        'q/layer gamma': 'l/gamma:0',
        'q/layer beta': 'l/beta:0',
        'q/layer moving_mean': 'l/moving_mean:0',
        'q/layer moving_variance': 'l/moving_variance:0',
      },
    ],
    [
      'of cells, with numbers behind their names',
      {
        class_name: 'ClusterWeightsRNN',
        config: { name: 'q', layer: { class_name: 'SimpleRNN', config: { ...config, units: 2 } } },
      },
      {
        'l/cell/bias:0': [2],
        'l/cell/kernel:0': [3, 2],
        'q/cluster_centroids_kernel/0:0': [4],
        'l/cell/recurrent_kernel:0': [2, 2],
        'q/cluster_centroids_recurrent_kernel/0:0': [4],
        'q/pulling_indices_kernel/0:0': [3, 2],
        'q/pulling_indices_recurrent_kernel/0:0': [2, 2],
      },
      {
        'q centroids_0': 'q/cluster_centroids_kernel/0:0',
        'q centroids_1': 'q/cluster_centroids_recurrent_kernel/0:0',
        'q indices_0': 'q/pulling_indices_kernel/0:0',
        'q indices_1': 'q/pulling_indices_recurrent_kernel/0:0',
        'q/layer kernel': 'l/cell/kernel:0',
        'q/layer recurrent_kernel': 'l/cell/recurrent_kernel:0',
        'q/layer bias': 'l/cell/bias:0',
      },
    ],
    [
      'of projections, whose kernels differ in the name of the layer alone',
      { class_name: 'MultiHeadAttention', config: { ...config, num_heads: 2, key_dim: 3, use_bias: false } },
      {
        'l/value/kernel:0': [4, 2, 3],
        'l/query/kernel:0': [4, 2, 3],
        'l/attention_output/kernel:0': [2, 3, 4],
        'l/key/kernel:0': [4, 2, 3],
        'l/other:0': [],
      },
      {
        'l query/kernel': 'l/query/kernel:0',
        'l key/kernel': 'l/key/kernel:0',
        'l value/kernel': 'l/value/kernel:0',
        'l attention_output/kernel': 'l/attention_output/kernel:0',
      },
    ],
  ]
  test.each(rows)('%s', (_, layer, shapes, expected) => {
    const { config } = layer as { config: { name: string } } // each row's is an object with a name
    expect(bound(layer, config.name, shapes, '2.15.0')).toEqual(expected)
  })
})

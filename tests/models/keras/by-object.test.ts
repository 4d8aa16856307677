import { describe, expect, test } from 'vitest'
import { dialectOf } from '../../../src/models/keras/dialect.ts'
import type { Json } from '../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'
import { bindByObject } from '../../../src/models/keras/weights/by-object.ts'
import type { ObjectStore } from '../../../src/models/keras/weights/store.ts'
import { fromTensor } from '../../../src/models/keras/weights/stored-weight.ts'
import { splat } from '../../../src/tensor/make.ts'

/** A store with the shapes of each object's variables. */
function storeOf(shapes: Readonly<Record<string, readonly (readonly number[])[]>>): ObjectStore {
  const weight = (path: string, shape: readonly number[]) => fromTensor(path, splat('float32', shape, 0), 'w.h5', 0)
  return {
    name: 'w.h5',
    vars: object => (shapes[object] ?? []).map((shape, i) => weight(`/${object}/vars/${i}`, shape)),
    objects: object => {
      const inside = Object.keys(shapes).filter(path => path.startsWith(object === '' ? '' : `${object}/`))
      return [...new Set(inside.map(path => path.slice(object === '' ? 0 : object.length + 1).split('/')[0]!))]
    },
  }
}

function bound(layers: Json[], store: ObjectStore, version = '3.15.0'): Record<string, string> {
  const dialect = dialectOf({ version, config: null })
  const model = normalise({ class_name: 'Sequential', config: { name: 'm', layers } }, dialect, 'm.keras')
  const found = bindByObject(model, store, dialect).bound
  return Object.fromEntries(found.map(({ layer, role, weight }) => [`${layer.path} ${role}`, weight.path]))
}

const layer = (
  className: string,
  name: string,
  config: Record<string, Json> = {},
  others: Record<string, Json> = {},
): Json => ({
  class_name: className,
  config: { name, trainable: true, ...config },
  ...others,
})
const dense = (name: string, units: number, others?: Record<string, Json>) => layer('Dense', name, { units }, others)
const lstm = layer('LSTM', 'l', { units: 1 })
const LSTM_SHAPES = [[3, 4], [1, 4], [4]]

describe('objects', () => {
  const rows: [what: string, layers: Json[], shapes: Record<string, number[][]>, expected: Record<string, string>][] = [
    [
      'are numbered by class, those without weights too',
      [dense('a', 2), layer('Dropout', 'x'), dense('b', 1)],
      { 'layers/dense': [[3, 2], [2]], 'layers/dense_1': [[2, 1], [1]] },
      {
        'a kernel': '/layers/dense/vars/0',
        'a bias': '/layers/dense/vars/1',
        'b kernel': '/layers/dense_1/vars/0',
        'b bias': '/layers/dense_1/vars/1',
      },
    ],
    [
      'of older writers have gaps in their numbers',
      [dense('a', 2), dense('b', 1)],
      {
        '_layer_checkpoint_dependencies/dense': [[3, 2], [2]],
        '_layer_checkpoint_dependencies/dense_10': [[2, 1], [1]],
      },
      {
        'a kernel': '/_layer_checkpoint_dependencies/dense/vars/0',
        'a bias': '/_layer_checkpoint_dependencies/dense/vars/1',
        'b kernel': '/_layer_checkpoint_dependencies/dense_10/vars/0',
        'b bias': '/_layer_checkpoint_dependencies/dense_10/vars/1',
      },
    ],
    [
      'inside wrappers have their roles for names',
      [layer('Bidirectional', 'b', { layer: lstm }), layer('TimeDistributed', 't', { layer: dense('d', 1) })],
      {
        'layers/bidirectional/forward_layer/cell': LSTM_SHAPES,
        'layers/bidirectional/backward_layer/cell': LSTM_SHAPES,
        'layers/time_distributed/layer': [[2, 1], [1]],
      },
      {
        'b/forward_layer kernel': '/layers/bidirectional/forward_layer/cell/vars/0',
        'b/forward_layer recurrent_kernel': '/layers/bidirectional/forward_layer/cell/vars/1',
        'b/forward_layer bias': '/layers/bidirectional/forward_layer/cell/vars/2',
        'b/backward_layer kernel': '/layers/bidirectional/backward_layer/cell/vars/0',
        'b/backward_layer recurrent_kernel': '/layers/bidirectional/backward_layer/cell/vars/1',
        'b/backward_layer bias': '/layers/bidirectional/backward_layer/cell/vars/2',
        't/layer kernel': '/layers/time_distributed/layer/vars/0',
        't/layer bias': '/layers/time_distributed/layer/vars/1',
      },
    ],
    [
      'in two models are there once',
      [
        dense('a', 3, { shared_object_id: 7 }),
        layer('Sequential', 's', { layers: [dense('a', 3, { shared_object_id: 7 }), dense('b', 1)] }),
      ],
      { 'layers/dense': [[3, 3], [3]], 'layers/sequential/layers/dense_1': [[3, 1], [1]] },
      {
        'a kernel': '/layers/dense/vars/0',
        'a bias': '/layers/dense/vars/1',
        's/a kernel': '/layers/dense/vars/0',
        's/a bias': '/layers/dense/vars/1',
        's/b kernel': '/layers/sequential/layers/dense_1/vars/0',
        's/b bias': '/layers/sequential/layers/dense_1/vars/1',
      },
    ],
    [
      'in two models are there once, and numbered only the second time',
      [
        layer('Sequential', 'o', { layers: [layer('Sequential', 's', { layers: [dense('d', 3)] }), dense('e', 1)] }),
        layer('Sequential', 's', { layers: [dense('d', 3, { shared_object_id: 7 })] }, { shared_object_id: 8 }),
      ],
      {
        'layers/sequential/layers/sequential/layers/dense': [[3, 3], [3]],
        'layers/sequential/layers/dense': [[3, 1], [1]],
      },
      {
        'o/s/d kernel': '/layers/sequential/layers/sequential/layers/dense/vars/0',
        'o/s/d bias': '/layers/sequential/layers/sequential/layers/dense/vars/1',
        'o/e kernel': '/layers/sequential/layers/dense/vars/0',
        'o/e bias': '/layers/sequential/layers/dense/vars/1',
        's/d kernel': '/layers/sequential/layers/sequential/layers/dense/vars/0',
        's/d bias': '/layers/sequential/layers/sequential/layers/dense/vars/1',
      },
    ],
    [
      'of an alias are numbered by its own name',
      [
        dense('a', 3),
        layer('SyncBatchNormalization', 's', { scale: false }),
        layer('BatchNormalization', 'n', { scale: false }),
      ],
      {
        'layers/dense': [[3, 3], [3]],
        'layers/sync_batch_normalization': [[3], [3], [3]],
        'layers/batch_normalization': [[3], [3], [3]],
      },
      {
        'a kernel': '/layers/dense/vars/0',
        'a bias': '/layers/dense/vars/1',
        's beta': '/layers/sync_batch_normalization/vars/0',
        's moving_mean': '/layers/sync_batch_normalization/vars/1',
        's moving_variance': '/layers/sync_batch_normalization/vars/2',
        'n beta': '/layers/batch_normalization/vars/0',
        'n moving_mean': '/layers/batch_normalization/vars/1',
        'n moving_variance': '/layers/batch_normalization/vars/2',
      },
    ],
    [
      'of an activation are those of a layer inside',
      [layer('Dense', 'd', { units: 2, activation: { class_name: 'PReLU', config: { name: 'p', trainable: true } } })],
      { 'layers/dense': [[3, 2], [2]], 'layers/dense/activation': [[2]] },
      {
        'd kernel': '/layers/dense/vars/0',
        'd bias': '/layers/dense/vars/1',
        'd/activation alpha': '/layers/dense/activation/vars/0',
      },
    ],
    [
      'of a layer that is quantised for training lie with the wrapper, some of them twice',
      [
        layer('QuantizeWrapperV2', 'q', {
          layer: dense('d', 2),
          quantize_config: {
            class_name: 'Default8BitQuantizeConfig',
            config: { weight_attrs: ['kernel'], activation_attrs: ['activation'], quantize_output: false },
          },
        }),
      ],
      {
        'layers/quantize_wrapper_v2': [[3, 2], [2], [3, 2], [1], [], [], [], []],
        'layers/quantize_wrapper_v2/layer': [[2]],
      },
      {
        'q kernel_min': '/layers/quantize_wrapper_v2/vars/4',
        'q kernel_max': '/layers/quantize_wrapper_v2/vars/5',
        'q post_activation_min': '/layers/quantize_wrapper_v2/vars/6',
        'q post_activation_max': '/layers/quantize_wrapper_v2/vars/7',
        'q/layer kernel': '/layers/quantize_wrapper_v2/vars/2',
        'q/layer bias': '/layers/quantize_wrapper_v2/vars/1',
      },
    ],
    [
      'of a pruned layer lie with it too',
      [layer('PruneLowMagnitude', 'p', { layer: dense('d', 2) })],
      { 'layers/prune_low_magnitude': [[3, 2], [3, 2], [], []], 'layers/prune_low_magnitude/layer': [[3, 2], [2]] },
      {
        'p mask_0': '/layers/prune_low_magnitude/vars/1',
        'p/layer kernel': '/layers/prune_low_magnitude/layer/vars/0',
        'p/layer bias': '/layers/prune_low_magnitude/layer/vars/1',
      },
    ],
    [
      'of a clustered layer lie with the wrapper alone',
      [layer('ClusterWeights', 'c', { layer: dense('d', 2) })],
      { 'layers/cluster_weights': [[3, 2], [4], [3, 2]], 'layers/cluster_weights/layer': [[2]] },
      {
        'c centroids_0': '/layers/cluster_weights/vars/1',
        'c/layer kernel': '/layers/cluster_weights/vars/0',
        'c/layer bias': '/layers/cluster_weights/layer/vars/0',
      },
    ],
    [
      'of classes that are not known give what they have',
      [layer('Scale', 'c', {}, { registered_name: 'my>Scale' })],
      { 'layers/scale': [[3]] },
      { 'c weight_0': '/layers/scale/vars/0' },
    ],
  ]
  test.each(rows)('%s', (_, layers, shapes, expected) => {
    expect(bound(layers, storeOf(shapes))).toEqual(expected)
  })

  test('of tf_keras: a layer that was met before takes no number', () => {
    const shared = { shared_object_id: 7 }
    const layers = [dense('a', 3, shared), layer('Sequential', 's', { layers: [dense('a', 3, shared), dense('b', 1)] })]
    const store = storeOf({ 'layers/dense': [[3, 3], [3]], 'layers/sequential/layers/dense': [[3, 1], [1]] })
    expect(bound(layers, store, '2.15.0')).toMatchObject({
      's/a kernel': '/layers/dense/vars/0',
      's/b kernel': '/layers/sequential/layers/dense/vars/0',
    })
  })

  test('of a quantised layer are in the order of Keras, whatever training needs between them', () => {
    const float8 = layer('Dense', 'd', { units: 2, dtype: 'float8_from_float32' })
    const history = [[], [8], [], [8], [], [8]]
    expect(bound([float8], storeOf({ 'layers/dense': [[3, 2], [2], ...history] }))).toEqual({
      'd kernel': '/layers/dense/vars/0',
      'd bias': '/layers/dense/vars/1',
      'd inputs_scale': '/layers/dense/vars/2',
      'd kernel_scale': '/layers/dense/vars/4',
    })
  })
})

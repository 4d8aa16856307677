/** Calls of functions as layers: what they compute, one row a call. */
import { describe, expect, it } from 'vitest'
import { fromNumbers, numbers } from '../../../../src/evaluate/array.ts'
import { evaluate } from '../../../../src/evaluate/evaluate.ts'
import { dialectOf } from '../../../../src/models/keras/dialect.ts'
import { emitModel } from '../../../../src/models/keras/emit.ts'
import type { Json } from '../../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../../src/models/keras/normalise.ts'
import { valuesOf } from '../../../../src/tensor/make.ts'
import type { DType } from '../../../../src/tensorflow/dtype.ts'

/** The input `x` [2, 3]; the functions' results are of this. */
const X = [1, -2, 3, 0.5, 4, -1]
const X_INT = [1, -2, 3, 0, 4, -1]

const KERAS_TENSOR = (dtype: string): Json => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 3], dtype, keras_history: ['x', 0, 0] },
})

/** What a test's model has besides its one function: layers before it, another shape of its six numbers. */
interface Around {
  readonly before?: readonly Json[]
  readonly shape?: readonly number[]
}

/** A model of one function of x, or of several layers of which it is the last. */
async function computed(layer: Json, version: string, dtype: DType, around: Around = {}) {
  const { graph, signature } = emitted(layer, version, dtype, around)
  const values = fromNumbers(dtype, around.shape ?? [2, 3], dtype === 'float32' ? X : X_INT)
  const [result] = await evaluate(graph, new Map([['x', values]]), [signature.outputs[0]!.value])
  return { dtype: result!.dtype, shape: result!.shape, values: [...numbers(result!)] }
}

function emitted(layer: Json, version: string, dtype: DType, { before = [], shape = [2, 3] }: Around = {}) {
  const input: Json = {
    class_name: 'InputLayer',
    name: 'x',
    config: { name: 'x', batch_shape: [null, ...shape.slice(1)], dtype },
    inbound_nodes: [],
  }
  const config = {
    name: 'model',
    layers: [input, ...before, layer],
    input_layers: [['x', 0, 0]],
    output_layers: [['f', 0, 0]],
  }
  const dialect = dialectOf({ version, config: null })
  const layers = normalise({ class_name: 'Functional', config }, dialect, 'model')
  const state = { dialect, weights: () => new Map(), vocabulary: () => undefined }
  const model = emitModel(layers, state, { rnn: 'auto' })
  for (const refusal of model.unwritten.values()) throw refusal
  return model
}

const logSum = (...values: readonly number[]): number => Math.log(values.reduce((sum, v) => sum + Math.exp(v), 0))
const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length)
  for (const [i, value] of found.entries()) expect(value, `element ${i}`).toBeCloseTo(expected[i]!, 5)
}

describe('keras.ops', () => {
  const x = 'x'
  /** Class, configuration, positional arguments (`x` for the input), result; then its type, and the input's. */
  type Row = [string, { readonly [key: string]: Json }, readonly Json[], readonly number[], DType?, DType?]
  const rows: Row[] = [
    ['Add', {}, [x, 1.5], X.map(v => v + 1.5)],
    ['Subtract', {}, [2, x], X.map(v => 2 - v)],
    ['Abs', {}, [x], X.map(Math.abs)],
    ['Conj', {}, [x], X],
    ['Mish', {}, [x], X.map(v => v * Math.tanh(Math.log1p(Math.exp(v))))],
    ['Add', {}, [x, 0.5], X_INT.map(v => v + 0.5), 'float32', 'int32'],
    ['Multiply', {}, [x, 3], X_INT.map(v => v * 3), 'int32', 'int32'],
    ['TrueDivide', {}, [x, 2], X_INT.map(v => v / 2), 'float32', 'int32'],
    ['Mean', { axis: 1, keepdims: false }, [x], [2 / 3, 1], 'float32', 'int32'],
    ['Sum', { axis: 1, keepdims: true }, [x], [2, 3], 'int32', 'int32'],
    ['Std', { axis: [1], keepdims: false }, [x], [Math.sqrt(38 / 9), Math.sqrt(79 / 18)]],
    ['Argmax', { axis: -1, keepdims: false }, [x], [2, 1], 'int32'],
    ['Logsumexp', { axis: 1 }, [x], [logSum(1, -2, 3), logSum(0.5, 4, -1)]],
    ['Clip', { x_min: -0.5, x_max: 2 }, [x], [1, -0.5, 2, 0.5, 2, -0.5]],
    ['Where', {}, [x, x, 0], X, 'float32'],
    ['Reshape', { newshape: [-1, 2] }, [x], X],
    ['Transpose', { axes: [1, 0] }, [x], [1, 0.5, -2, 4, 3, -1]],
    ['Concatenate', { axis: 1 }, [[x, x]], [1, -2, 3, 1, -2, 3, 0.5, 4, -1, 0.5, 4, -1]],
    ['Flip', { axis: 1 }, [x], [3, -2, 1, -1, 4, 0.5]],
    ['Roll', { shift: 1, axis: 1 }, [x], [3, 1, -2, -1, 0.5, 4]],
    ['Repeat', { repeats: 2, axis: 1 }, [x], [1, 1, -2, -2, 3, 3, 0.5, 0.5, 4, 4, -1, -1]],
    ['Take', { axis: 1 }, [x, [2, -1, 0]], [3, 3, 1, -1, -1, 0.5]],
    ['TakeAlongAxis', { axis: 1 }, [x, [[-1, 0]]], [3, 1, -1, 0.5]],
    ['TakeAlongAxis', { axis: 0 }, [x, [[1], [1], [0]]], [...X.slice(3), ...X.slice(3), ...X.slice(0, 3)]],
    ['Cumsum', { axis: 1 }, [x], [1, -1, 2, 0.5, 4.5, 3.5]],
    ['Sort', { axis: 1 }, [x], [-2, 1, 3, -1, 0.5, 4]],
    ['Argsort', { axis: 1 }, [x], [1, 0, 2, 2, 0, 1], 'int32'],
    ['Median', { axis: 1, keepdims: false }, [x], [1, 0.5]],
    ['Norm', { ord: 1, axis: -1 }, [x], [6, 5.5]],
    ['Normalize', { axis: -1, order: 1 }, [x], [1 / 6, -1 / 3, 1 / 2, 1 / 11, 8 / 11, -2 / 11]],
    ['Tril', { k: 0 }, [x], [1, 0, 0, 0.5, 4, 0]],
    ['Diff', { n: 1, axis: 1 }, [x], [-3, 5, 3.5, -5]],
    ['OneHot', { num_classes: 2, axis: -1 }, [x], [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], 'float32', 'int32'],
    ['Matmul', {}, [x, { class_name: '__numpy__', config: { value: [[1], [2], [3]], dtype: 'float32' } }], [6, 5.5]],
    ['Softmax', { axis: 0 }, [x], X.map((v, i) => 1 / (1 + Math.exp(X[(i + 3) % 6]! - v)))],
    [
      'GetItem',
      {},
      [
        x,
        [
          { class_name: '__ellipsis__', config: {} },
          { class_name: '__slice__', config: { start: null, stop: null, step: -2 } },
        ],
      ],
      [3, 1, -1, 0.5],
    ],
    ['GetItem', {}, [x, [{ class_name: '__slice__', config: { start: 1, stop: null, step: null } }, null, -1]], [-1]],
    ['Rearrange', {}, [x, 'a b -> b a'], [1, 0.5, -2, 4, 3, -1]],
    ['Rot90', { k: 1, axes: [0, 1] }, [x], [3, -1, -2, 4, 1, 0.5]],
    ['Norm', { ord: -1, axis: [0, 1], keepdims: false }, [x], [1.5]],
    ['Nanargmin', { axis: null, keepdims: true }, [x], [1], 'int32'],
    ['Nansum', { axis: 1, keepdims: false }, [x], [2, 3], 'int32', 'int32'],
    ['Fmod', {}, [x, 3], [1, -2, 0, 0, 1, -1], 'int32', 'int32'],
    ['Outer', {}, [x, [1, 2]], X.flatMap(v => [v, 2 * v])],
    ['Greater', {}, [x, -1], [1, 0, 1, 1, 1, 0], 'bool', 'int8'],
    ['Less', {}, [x, 200], [1, 1, 1, 1, 1, 1], 'bool', 'int8'],
    ['BitwiseAnd', {}, [x, 1], [1, 0, 1, 0, 0, 1], 'int8', 'int8'],
    ['Fmod', {}, [x, 200], X_INT, 'int32', 'int8'],
    ['IsIn', { invert: true }, [x, [3, 4]], [1, 1, 0, 1, 0, 1], 'bool', 'int32'],
    ['AllClose', { rtol: 0, atol: 5 }, [x, 0], [1], 'bool'],
    ['Linspace', { num: 3, endpoint: true, axis: -1 }, [x, 0], X.flatMap(v => [v, v / 2, 0])],
    ['Linspace', { num: 2, endpoint: false, axis: 0 }, [x, 0], [...X, ...X.map(v => v / 2)]],
    ['Logspace', { num: 2, base: 2, axis: -1 }, [x, 0], X.flatMap(v => [2 ** v, 1])],
    ['Kron', {}, [x, [1, 10]], X.flatMap(v => [v, 10 * v])],
    ['Corrcoef', {}, [x], correlated()],
    ['Cross', { axisa: 1 }, [x, [1, 0, 0]], [0, 3, 2, 0, -1, -4]],
    [
      'Fold',
      { output_size: [1, 3], kernel_size: [1, 2] },
      [
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      ],
      [1, 5, 4],
      'int32',
    ],
    ['Gcd', {}, [x, 12], [1, 2, 3, 12, 4, 1], 'int32', 'int32'],
    ['Lcm', {}, [x, 6], [6, 6, 6, 0, 12, 6], 'int32', 'int32'],
    ['Geomspace', { num: 3, endpoint: true, axis: 0 }, [-1, -4], [-1, -2, -4]],
    ['Bincount', { weights: null, minlength: 3, sparse: false }, [[1, 3, 3]], [0, 1, 0, 2], 'int32', 'int32'],
    [
      'ScatterUpdate',
      { reduction: 'mul' },
      [
        [1, 2, 3],
        [[1], [1]],
        [5, 2],
      ],
      [1, 20, 3],
      'int32',
      'int32',
    ],
    [
      'View',
      { dtype: 'int32' },
      [
        {
          class_name: '__numpy__',
          config: {
            value: [
              [1, 0],
              [2, 0],
            ],
            dtype: 'int16',
          },
        },
      ],
      [1, 2],
      'int32',
    ],
    ['Median', { axis: null, keepdims: false }, [x], [0.75]],
    ['Quantile', { axis: 0, keepdims: true }, [x, [0, 0.5]], [0.5, -2, -1, 0.75, 1, 1]],
    ['Nanmedian', { axis: 1, keepdims: true }, [x], [1, 0.5]],
    [
      'MapCoordinates',
      { order: 1, fill_mode: 'constant', fill_value: 0 },
      [
        x,
        [
          [0.5, 0],
          [1, 2.5],
        ],
      ],
      [1, 1.5],
    ],
    [
      'MapCoordinates',
      { order: 0, fill_mode: 'wrap', fill_value: 0 },
      [
        x,
        [
          [2, 1],
          [-1, 1],
        ],
      ],
      [3, 4],
    ],
    ['SSIM', { filter_size: 1 }, [[[[1.5], [2]]], [[[2], [2]]]], [(6.0001 / 6.2501 + 1) / 2]],
    ['Vstack', {}, [[x, x]], [...X, ...X]],
    ['Einsum', { subscripts: 'bi,bi,bj->j' }, [x, x, x], [14 * 1 + 17.25 * 0.5, 14 * -2 + 17.25 * 4, 14 * 3 - 17.25]],
    ['MultiHot', { num_classes: 2, axis: -1, dtype: 'bool' }, [x], [0, 1, 1, 0], 'bool', 'int32'],
    ['LayerNorm', { axis: -1, epsilon: 1, rms_scaling: false }, [x, null, null], normalisedRows()],
  ]
  for (const [className, config, args, expected, type = 'float32', input = 'float32'] of rows)
    it(`${className} ${JSON.stringify(config)} of ${JSON.stringify(args)}, ${input}`, async () => {
      const put = (arg: Json): Json => (arg === x ? KERAS_TENSOR(input) : Array.isArray(arg) ? arg.map(put) : arg)
      const condition = className === 'Where' ? [KERAS_TENSOR(input), ...args.slice(1).map(put)] : args.map(put)
      const layer = {
        module: 'keras.src.ops.numpy',
        class_name: className,
        name: 'f',
        config: { name: 'f', ...config },
        inbound_nodes: [{ args: condition, kwargs: {} }],
      }
      const found = await computed(layer, '3.15.0', input)
      expect(found.dtype).toBe(type)
      close(found.values, expected)
    })
})

/** Functions whose ops our evaluator has not: by class and configuration, what is written. */
it.each([
  ['Pinv', { rcond: 0.1 }, 'Svd Max Mul Greater SelectV2 ExpandDims RealDiv BatchMatMulV2'],
  ['MatrixRank', { tol: 1 }, 'Svd Greater Cast Sum'],
  ['CholeskyInverse', { upper: true }, 'MatrixTriangularSolve BatchMatMulV2'],
] as const)('%s %j', (className, config, expected) => {
  const layer: Json = {
    module: 'keras.src.ops.linalg',
    class_name: className,
    name: 'f',
    config: { name: 'f', ...config },
    inbound_nodes: [{ args: [[KERAS_TENSOR('float32'), KERAS_TENSOR('float32')]], kwargs: {} }],
  }
  const { graph } = emitted(layer, '3.15.0', 'float32')
  const ops = [...graph.nodes].map(({ op }) => op).filter(op => !/^(Placeholder|Const|Identity|Pack)$/.test(op))
  expect(ops.join(' ')).toBe(expected)
})

it('Norm by singular values puts axes from the end where Keras 3 does', () => {
  const norm: Json = {
    module: 'keras.src.ops.linalg',
    class_name: 'Norm',
    name: 'f',
    config: { name: 'f', ord: 2, axis: [-2, -1], keepdims: true },
    inbound_nodes: [{ args: [KERAS_TENSOR('float32')], kwargs: {} }],
  }
  const { graph } = emitted(norm, '3.15.0', 'float32')
  const places = [...graph.nodes].filter(({ op }) => op === 'ExpandDims').map(node => node.inputs[1]!.tensor!)
  expect(places.map(valuesOf)).toEqual([[-2], [-1]])
})

it('A loss of a softmax in Keras 3 is of what that was of', async () => {
  const softmax: Json = {
    module: 'keras.layers',
    class_name: 'Softmax',
    name: 's',
    config: { name: 's', axis: 0 },
    inbound_nodes: [{ args: [KERAS_TENSOR('float32')], kwargs: {} }],
  }
  const output: Json = {
    class_name: '__keras_tensor__',
    config: { shape: [null, 3], dtype: 'float32', keras_history: ['s', 0, 0] },
  }
  const loss: Json = {
    module: 'keras.src.ops.nn',
    class_name: 'BinaryCrossentropy',
    name: 'f',
    config: { name: 'f', from_logits: false },
    inbound_nodes: [{ args: [1, output], kwargs: {} }],
  }
  const found = await computed(loss, '3.15.0', 'float32', { before: [softmax] })
  close(
    found.values,
    X.map(v => Math.log1p(Math.exp(-v))),
  )
})

/** Of the two rows with each other. */
function correlated(): number[] {
  const [a, b] = [X.slice(0, 3), X.slice(3)].map(row => row.map(v => v - row.reduce((p, q) => p + q, 0) / 3))
  const product = (p: readonly number[], q: readonly number[]): number => p.reduce((sum, v, i) => sum + v * q[i]!, 0)
  const both = product(a!, b!) / Math.sqrt(product(a!, a!) * product(b!, b!))
  return [1, both, both, 1]
}

/** (x − mean) / √(variance + 1) of each row. */
function normalisedRows(): number[] {
  return [X.slice(0, 3), X.slice(3)].flatMap(row => {
    const mean = row.reduce((a, b) => a + b, 0) / 3
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / 3
    return row.map(v => (v - mean) / Math.sqrt(variance + 1))
  })
}

describe('functions of TensorFlow', () => {
  type Row = [string, { readonly [key: string]: Json }, readonly number[], DType?]
  const rows: Row[] = [
    ['__operators__.add', { y: 1.5 }, X.map(v => v + 1.5)],
    ['math.truediv', { y: 2 }, X.map(v => v / 2)],
    ['math.reduce_mean', { axis: [1], keepdims: true }, [2 / 3, 3.5 / 3]],
    ['math.reduce_std', { axis: 1 }, [Math.sqrt(38 / 9), Math.sqrt(79 / 18)]],
    ['math.argmax', { axis: -1 }, [2, 1], 'int64'],
    ['math.l2_normalize', { axis: 1 }, X.map((v, i) => v / Math.sqrt(i < 3 ? 14 : 17.25))],
    ['math.cumsum', { axis: 1, exclusive: true }, [0, 1, -1, 0, 0.5, 4.5]],
    ['clip_by_value', { clip_value_min: -1, clip_value_max: 1 }, [1, -1, 1, 0.5, 1, -1]],
    ['cast', { dtype: 'int32' }, [1, -2, 3, 0, 4, -1], 'int32'],
    ['expand_dims', { axis: 1 }, X],
    ['compat.v1.transpose', { perm: [1, 0], conjugate: false }, [1, 0.5, -2, 4, 3, -1]],
    [
      'compat.v1.pad',
      {
        paddings: [
          [0, 0],
          [1, 0],
        ],
        mode: 'CONSTANT',
        constant_values: 7,
      },
      [7, 1, -2, 3, 7, 0.5, 4, -1],
    ],
    ['tile', { multiples: [1, 2] }, [1, -2, 3, 1, -2, 3, 0.5, 4, -1, 0.5, 4, -1]],
    ['compat.v1.gather', { indices: [2, 0], axis: 1, batch_dims: 0 }, [3, 1, -1, 0.5]],
    ['nn.leaky_relu', { alpha: 0.1 }, X.map(v => (v > 0 ? v : 0.1 * v))],
    ['nn.softmax', { axis: 0 }, X.map((v, i) => 1 / (1 + Math.exp(X[(i + 3) % 6]! - v)))],
    ['nn.bias_add', { bias: [1, 2, 3] }, X.map((v, i) => v + 1 + (i % 3))],
    ['sort', { direction: 'DESCENDING' }, [3, 1, -2, 4, 0.5, -1]],
    ['reshape', { shape: [-1, 2] }, X],
    ['one_hot', { depth: 2 }, [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]],
    ['signal.frame', { frame_length: 2, frame_step: 2, pad_end: true }, [1, -2, 3, 0, 0.5, 4, -1, 0]],
    ['clip_by_norm', { clip_norm: 1, axes: [1] }, X.map((v, i) => v / Math.sqrt(i < 3 ? 14 : 17.25))],
    ['math.zero_fraction', {}, [0]],
    ['nn.sigmoid_cross_entropy_with_logits', { logits: 0 }, X.map(() => Math.log(2))],
    ['nn.crelu', {}, [1, 0, 3, 0, 2, 0, 0.5, 4, 0, 0, 0, 1]],
    ['image.rgb_to_yuv', {}, [-0.533, 1.7386282, 1.3448748, 2.3835, -1.6650576, -1.6523625]],
    ['gather_nd', { indices: [[0], [2]], batch_dims: 1 }, [1, -1]],
    ['tensor_scatter_nd_sub', { indices: [[1]], updates: [[1, 1, 1]] }, [1, -2, 3, -0.5, 3, -2]],
    ['math.segment_sum', { segment_ids: [0, 0] }, [1.5, 2, 2]],
    ['compat.v1.boolean_mask', { mask: [true, false] }, [1, -2, 3]],
    ['math.imag', {}, [0, 0, 0, 0, 0, 0]],
    ['debugging.check_numerics', { message: 'x' }, X],
    ['image.convert_image_dtype', { dtype: 'uint8', saturate: true }, [255, 0, 255, 127, 255, 0], 'uint8'],
  ]
  for (const [name, kwargs, expected, type = 'float32'] of rows)
    it(`tf.${name} ${JSON.stringify(kwargs)}`, async () => {
      const input = name === 'one_hot' ? 'int32' : 'float32'
      const found = await computed(lambda(name, kwargs), '2.15.0', input)
      expect(found.dtype).toBe(type)
      close(found.values, expected)
    })

  /** x as an image two pixels high and three wide. */
  const image = [1, 2, 3, 1]
  const shaped: [string, { readonly [key: string]: Json }, readonly number[], readonly number[]][] = [
    [
      'compat.v1.nn.conv2d',
      { filter: [[[[1]], [[10]]]], strides: 1, padding: borders([1, 0], [0, 1]) },
      image,
      [0, 0, 0, -19, 28, 3, 40.5, -6, -1],
    ],
    ['nn.max_pool2d', { ksize: 2, strides: 2, padding: borders([1, 1], [1, 0]) }, image, [1, 3, 0.5, 4]],
    [
      'compat.v1.nn.pool',
      { window_shape: [1, 2], pooling_type: 'AVG', padding: 'VALID', dilation_rate: null },
      image,
      [-0.5, 0.5, 2.25, 1.5],
    ],
    ['nn.max_pool_with_argmax', { ksize: 2, strides: 1, padding: 'VALID' }, image, [4, 4]],
    [
      'nn.erosion2d',
      { filters: [[[0], [1]]], strides: [1, 1, 1, 1], padding: 'VALID', data_format: 'NHWC', dilations: [1, 1, 1, 1] },
      image,
      [-2, -3, -0.5, -1],
    ],
    ['math.unsorted_segment_mean', { segment_ids: [1, 1], num_segments: 2 }, [2, 3], [0, 0, 0, 0.75, 1, 1]],
    ['linspace', { stop: 0, num: 3, axis: -1 }, [2, 3], X.flatMap(v => [v, v / 2, 0])],
    ['linalg.global_norm', {}, [2, 3], [5.5901699]],
    ['compat.v1.nn.weighted_moments', { axes: [1], frequency_weights: [1, 2, 1] }, [2, 3], [0, 1.875]],
    ['linalg.normalize', { axis: 1 }, [2, 3], X.map((v, i) => v / Math.sqrt(i < 3 ? 14 : 17.25))],
    ['image.psnr', { b: 1, max_val: 4 }, image, [5.6314197]],
    [
      'image.ssim',
      {
        img2: [
          [
            [[1], [1], [1]],
            [[1], [1], [1]],
          ],
        ],
        max_val: 4,
        filter_size: 2,
      },
      image,
      [0.0026698],
    ],
    ['signal.fftshift', { axes: [1] }, [2, 3], [3, 1, -2, -1, 0.5, 4]],
    ['signal.ifftshift', {}, [2, 3], [4, -1, 0.5, -2, 3, 1]],
    ['signal.overlap_and_add', { frame_step: 2 }, [1, 2, 3], [1, -2, 3.5, 4, -1]],
    ['compat.v1.image.resize_area', { size: [1, 3] }, image, [0.75, 1, 1]],
  ]
  for (const [name, kwargs, shape, expected] of shaped)
    it(`tf.${name} ${JSON.stringify(kwargs)} of [${shape}]`, async () => {
      close((await computed(lambda(name, kwargs), '2.15.0', 'float32', { shape })).values, expected)
    })

  /** x is the argument behind the first one, or the ones, which are constants. */
  const later: [string, readonly Json[], { readonly [key: string]: Json }, readonly number[], readonly number[]][] = [
    ['math.polyval', [2, 1], { x: ['x', 0, 0] }, [2, 3], X.map(v => 2 * v + 1)],
    ['math.bincount', [1, 0, 3, 0, 4, 1], { weights: ['x', 0, 0], minlength: 3, maxlength: 4 }, [6], [-1.5, 0, 0, 3]],
    [
      'math.confusion_matrix',
      [0, 1, 1, 0, 0, 1],
      { predictions: [1, 1, 0, 0, 0, 1], weights: ['x', 0, 0], dtype: 'float32' },
      [6],
      [4.5, 1, 3, -3],
    ],
    [
      'compat.v1.nn.sparse_softmax_cross_entropy_with_logits',
      [1, 0],
      { logits: ['x', 0, 0] },
      [2, 3],
      [5.1328454, 3.5362697],
    ],
  ]
  for (const [name, first, kwargs, shape, expected] of later)
    it(`tf.${name} of [${first}] and ${JSON.stringify(kwargs)}`, async () => {
      const constants = first.map(value => ['_CONSTANT_VALUE', -1, value, kwargs])
      const whole = ['_CONSTANT_VALUE', -1, first, kwargs]
      const node: Json = name === 'math.polyval' ? constants : whole
      const layer = { ...lambda(name, {}), inbound_nodes: [node] }
      close((await computed(layer, '2.15.0', 'float32', { shape })).values, expected)
    })

  /** Functions whose ops have no kernel here: the ops and, of sums of cosines, the weights. */
  const [h, q] = [Math.sqrt(3), Math.sqrt(1.5)]
  it.each([
    [
      'signal.dct',
      {},
      'Pad RFFT StridedSlice Real Mul Imag Mul AddV2',
      [
        [2, h, 1],
        [0, 1, h],
      ],
    ],
    [
      'signal.idct',
      { norm: 'ortho' },
      'Mul Pad Mul Pad Complex IRFFT StridedSlice',
      [
        [2 * h, q * h, q],
        [0, q, q * h],
      ],
    ],
    ['signal.dct', { type: 1 }, 'StridedSlice ConcatV2 RFFT Real', []],
    [
      'signal.mfccs_from_log_mel_spectrograms',
      {},
      'Pad RFFT StridedSlice Real Mul Imag Mul AddV2 Mul',
      [
        [2, h, 1],
        [0, 1, h],
      ],
    ],
  ] as const)('tf.%s %j', (name, kwargs, ops, weights) => {
    const { graph } = emitted(lambda(name, kwargs), '2.15.0', 'float32')
    const nodes = [...graph.nodes]
    expect(nodes.map(node => node.op).filter(op => !/^(Const|Placeholder|Identity)$/.test(op))).toEqual(ops.split(' '))
    const found = nodes.filter(node => node.name.startsWith('f/weights')).map(node => valuesOf(node.out().tensor!)!)
    expect(found).toHaveLength(weights.length)
    for (const [i, values] of weights.entries()) close(found[i]!, values)
  })

  it('brackets', async () => {
    const spec: Json = [
      { start: null, stop: null, step: null },
      { start: -1, stop: null, step: null },
    ]
    const found = await computed(
      lambda('__operators__.getitem', { slice_spec: spec }, 'SlicingOpLambda'),
      '2.15.0',
      'float32',
    )
    expect(found).toEqual({ dtype: 'float32', shape: [2, 1], values: [3, -1] })
  })

  it('a node that was recorded as it is', async () => {
    const node = { name: 'Mul', op: 'Mul', input: ['x', 'Mul/y'], attr: { T: { type: 'DT_FLOAT' } } }
    const layer = {
      class_name: 'TensorFlowOpLayer',
      name: 'f',
      config: { name: 'f', trainable: true, dtype: 'float32', node_def: JSON.stringify(node), constants: { '1': 2 } },
      inbound_nodes: [[['x', 0, 0, {}]]],
    }
    expect((await computed(layer, '2.3.0', 'float32')).values).toEqual(X.map(v => 2 * v))
  })
})

/** Zeros before and after the height and the width. */
const borders = (height: readonly [number, number], width: readonly [number, number]): Json => [
  [0, 0],
  height,
  width,
  [0, 0],
]

const lambda = (name: string, kwargs: { readonly [key: string]: Json }, className = 'TFOpLambda') => ({
  class_name: className,
  name: 'f',
  config: { name: 'f', trainable: true, dtype: 'float32', function: name },
  inbound_nodes: [['x', 0, 0, kwargs]],
})

describe('what is refused', () => {
  const WAYS_OUT =
    'Give a module that emits its ops with --custom, by the name of the layer, or export the model as a SavedModel (model.export) and freeze that.'
  it.each([
    ['TFOpLambda', '2.15.0', { function: 'made.up' }, 'the function tf.made.up is not known here'],
    [
      'TFOpLambda',
      '2.15.0',
      { function: 'nn.relu', argument: { alpha: 2 } },
      "the argument 'alpha' of tf.nn.relu is not known here",
    ],
    ['Scan', '3.15.0', {}, 'it calls a Python function, which is not in the file'],
  ] as const)(
    '%s',
    async (className, version, { argument = {}, ...config }: { argument?: Json; function?: string }, why) => {
      const isNew = version.startsWith('3')
      const layer = {
        ...(isNew && { module: 'keras.src.ops.core' }),
        class_name: className,
        name: 'f',
        config: { name: 'f', ...config },
        inbound_nodes: isNew ? [{ args: [KERAS_TENSOR('float32')], kwargs: {} }] : [['x', 0, 0, argument]],
      }
      const place = isNew ? 'Scan of keras.src.ops.core' : 'TFOpLambda'
      await expect(computed(layer, version, 'float32')).rejects.toThrow(
        `layer › f: ${place} on [?,3] cannot be written: ${why}. ${WAYS_OUT}`,
      )
    },
  )

  it('an axis that Keras takes and cannot compute', async () => {
    const layer = {
      module: 'keras.src.ops.nn',
      class_name: 'Sparsemax',
      name: 'f',
      config: { name: 'f', axis: null },
      inbound_nodes: [{ args: [KERAS_TENSOR('float32')], kwargs: {} }],
    }
    await expect(computed(layer, '3.15.0', 'float32')).rejects.toThrow('its axis is None')
  })

  it('a grid, of which the file has one vector', async () => {
    await expect(computed(lambda('meshgrid', {}), '2.15.0', 'float32', { shape: [6] })).rejects.toThrow(
      'its tensors behind the first are not in the file: Keras saves one alone',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { fingerprint64, sipHash } from '../../src/evaluate/hash.ts'
import { betainc, digamma, erf, erfc, erfinv, igamma, lgamma, polygamma, zeta } from '../../src/evaluate/special.ts'
import type { PlainAttr } from '../../src/graph/attr.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { first, i32, type Nested, nested, run, t } from './run.ts'

type Row = [op: string, inputs: Tensor[], expected: Nested, attrs?: Record<string, PlainAttr>]

const x = t([
  [1, 2, 3],
  [4, 5, 6],
])
const image = t([
  [
    [[1], [2]],
    [[3], [4]],
  ],
])

/** One row a case, by family. What is not obvious was taken from TensorFlow 2.21. */
const TABLES: Record<string, Row[]> = {
  arithmetic: [
    [
      'AddV2',
      [x, t([10, 20, 30])],
      [
        [11, 22, 33],
        [14, 25, 36],
      ],
    ],
    ['Add', [t(['a', 'b'], 'string'), t('-', 'string')], ['a-', 'b-']],
    ['Mul', [i32([2 ** 30, 123456789]), i32([7, 987654321])], [-1073741824, -67153019]],
    ['Mul', [t([2n ** 62n], 'int64'), t([6n], 'int64')], [-(2 ** 63)]],
    ['AddV2', [t([127], 'int8'), t([2], 'int8')], [-127]],
    ['FloorDiv', [i32([7, -7, 7, -7]), i32([2, 2, -2, -2])], [3, -4, -4, 3]],
    ['FloorMod', [i32([7, -7, 7, -7]), i32([3, 3, -3, -3])], [1, 2, -2, -1]],
    ['TruncateDiv', [i32([7, -7]), i32([2, 2])], [3, -3]],
    ['TruncateMod', [i32([7, -7]), i32([3, 3])], [1, -1]],
    ['Div', [i32([7, -7]), i32([2, 2])], [3, -3]],
    ['FloorMod', [t([5.5, -5.5]), t([2, 2])], [1.5, 0.5]],
    ['DivNoNan', [t([1, 2]), t([0, 4])], [0, 0.5]],
    ['Maximum', [t([1, Number.NaN]), t([2, 2])], [2, Number.NaN]],
    ['Pow', [i32([2, -3]), i32([10, 3])], [1024, -27]],
    ['Round', [t([0.5, 1.5, 2.5, -0.5, -1.5])], [0, 2, 2, -0, -2]],
    ['Rsqrt', [t([4, 16])], [0.5, 0.25]],
    ['LeakyRelu', [t([-1, 2])], [Math.fround(-0.2), 2]],
    ['Relu6', [t([-1, 3, 7])], [0, 3, 6]],
    ['BiasAdd', [t([[[1]], [[2]]]), t([10])], [[[11]], [[12]]], { data_format: 'NCHW' }],
    ['Sum', [t([0.1, 0.2], 'float16'), i32([0])], 0.2998046875],
    ['RightShift', [i32([-8]), i32([1])], [-4]],
    ['Invert', [t([0, 5], 'uint8')], [255, 250]],
  ],
  comparison: [
    ['Equal', [t(['a', 'b'], 'string'), t(['a', 'c'], 'string')], [1, 0]],
    ['Less', [t([1, Number.NaN]), t([2, 2])], [1, 0]],
    ['GreaterEqual', [t([5n], 'int64'), t([5n], 'int64')], [1]],
    ['Equal', [t([1, 2]), t([1, 2, 3])], 0, { incompatible_shape_error: false }],
    [
      'Select',
      [
        t([true, false], 'bool'),
        t([
          [1, 2],
          [3, 4],
        ]),
        t([
          [5, 6],
          [7, 8],
        ]),
      ],
      [
        [1, 2],
        [7, 8],
      ],
    ],
    [
      'SelectV2',
      [t([[true], [false]], 'bool'), t([1, 2]), t(0)],
      [
        [1, 2],
        [0, 0],
      ],
    ],
    ['LogicalNot', [t([true, false], 'bool')], [0, 1]],
    [
      'Where',
      [
        t([
          [0, 1],
          [1, 0],
        ]),
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ],
  ],
  casts: [
    ['Cast', [t([1.9, -1.9])], [1, -1], { DstT: 'int32' }],
    ['Cast', [i32([256, 257])], [0, 1], { DstT: 'uint8' }],
    ['Cast', [t([0, 0.5])], [0, 1], { DstT: 'bool' }],
    // Beyond the type, as TensorFlow 2.21 computes on x86.
    ['Cast', [t([-Infinity, 3e9, Number.NaN, 300.7])], [-(2 ** 31), -(2 ** 31), -(2 ** 31), 300], { DstT: 'int32' }],
    ['Cast', [t([300.7, -5.5, 70000.5, 3e9])], [44, -5, 112, 0], { DstT: 'int8' }],
    ['Cast', [t([300.7, -5.5, 70000.5, Number.NaN])], [300, 65531, 4464, 0], { DstT: 'uint16' }],
    ['Cast', [t([-5.5, 5e9, 1e20])], [4294967291, 705032704, 0], { DstT: 'uint32' }],
    ['Cast', [t([Infinity, 1e20])], [-(2 ** 63), -(2 ** 63)], { DstT: 'int64' }],
    ['Cast', [t([Number.NaN, 2 ** 63])], [2 ** 63, 2 ** 63], { DstT: 'uint64' }],
    ['Cast', [t([2n ** 40n + 1n], 'int64')], [1], { DstT: 'int32' }],
    ['Bitcast', [t([1, -2])], [0x3f800000, -0x40000000], { type: 'int32' }],
    ['Bitcast', [t([[1, 0]], 'int16')], [1], { type: 'int32' }],
  ],
  arrays: [
    [
      'Reshape',
      [x, i32([3, -1])],
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    ['Squeeze', [t([[[1], [2]]])], [[1], [2]], { squeeze_dims: [0] }],
    ['ExpandDims', [t([1, 2]), i32(-1)], [[1], [2]]],
    [
      'Pack',
      [t([1, 2]), t([3, 4])],
      [
        [1, 3],
        [2, 4],
      ],
      { axis: 1 },
    ],
    [
      'ConcatV2',
      [x, t([[7], [8]]), i32(-1)],
      [
        [1, 2, 3, 7],
        [4, 5, 6, 8],
      ],
    ],
    [
      'Slice',
      [x, i32([0, 1]), i32([-1, 2])],
      [
        [2, 3],
        [5, 6],
      ],
    ],
    [
      'StridedSlice',
      [x, i32([0, -1]), i32([0, -4]), i32([1, -2])],
      [
        [3, 1],
        [6, 4],
      ],
      { end_mask: 1 },
    ],
    ['StridedSlice', [x, i32([1]), i32([2]), i32([1])], [4, 5, 6], { shrink_axis_mask: 1 }],
    ['StridedSlice', [x, i32([0, 0]), i32([0, 1]), i32([1, 1])], [[1], [4]], { ellipsis_mask: 1 }],
    ['StridedSlice', [t([1, 2]), i32([0, 1]), i32([0, 2]), i32([1, 1])], [[2]], { new_axis_mask: 1 }],
    [
      'Transpose',
      [x, i32([1, 0])],
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
    ['Pad', [t([1]), i32([[1, 2]])], [0, 1, 0, 0]],
    ['PadV2', [t([1]), i32([[1, 0]]), t(9)], [9, 1]],
    ['MirrorPad', [t([1, 2, 3]), i32([[2, 1]])], [3, 2, 1, 2, 3, 2], { mode: 'REFLECT' }],
    ['MirrorPad', [t([1, 2, 3]), i32([[2, 1]])], [2, 1, 1, 2, 3, 3], { mode: 'SYMMETRIC' }],
    [
      'Tile',
      [t([[1, 2]]), i32([2, 2])],
      [
        [1, 2, 1, 2],
        [1, 2, 1, 2],
      ],
    ],
    ['Fill', [i32([2]), t('a', 'string')], ['a', 'a']],
    ['Range', [i32(10), i32(0), i32(-4)], [10, 6, 2]],
    ['LinSpace', [t(0), t(1), i32(3)], [0, 0.5, 1]],
    [
      'ReverseV2',
      [x, i32([-1])],
      [
        [3, 2, 1],
        [6, 5, 4],
      ],
    ],
    [
      'ReverseSequence',
      [x, t([2, 3], 'int64')],
      [
        [2, 1, 3],
        [6, 5, 4],
      ],
      { seq_dim: 1, batch_dim: 0 },
    ],
    ['Roll', [t([1, 2, 3, 4]), i32([1]), i32([0])], [4, 1, 2, 3]],
    [
      'OneHot',
      [i32([1, -1]), i32(2), t(5), t(0)],
      [
        [0, 5],
        [0, 0],
      ],
    ],
    [
      'GatherV2',
      [x, i32([2, 0]), i32(1)],
      [
        [3, 1],
        [6, 4],
      ],
    ],
    ['GatherV2', [x, i32([[2], [0]]), i32(1)], [[3], [4]], { batch_dims: 1 }],
    [
      'GatherNd',
      [
        x,
        i32([
          [1, 2],
          [0, 0],
        ]),
      ],
      [6, 1],
    ],
    ['ScatterNd', [i32([[0], [2], [0]]), t([1, 2, 3]), i32([4])], [4, 0, 2, 0]],
    ['TensorScatterUpdate', [t([1, 2]), i32([[1]]), t([9])], [1, 9]],
    [
      'DepthToSpace',
      [t([[[[1, 2, 3, 4]]]])],
      [
        [
          [[1], [2]],
          [[3], [4]],
        ],
      ],
      { block_size: 2 },
    ],
    ['SpaceToDepth', [image], [[[[1, 2, 3, 4]]]], { block_size: 2 }],
    [
      'SpaceToBatchND',
      [
        image,
        i32([2, 2]),
        i32([
          [0, 0],
          [0, 0],
        ]),
      ],
      [[[[1]]], [[[2]]], [[[3]]], [[[4]]]],
    ],
    ['DynamicStitch', [i32([0, 2]), i32([1]), t([1, 3]), t([2])], [1, 2, 3]],
    ['Size', [x], 6],
  ],
  reductions: [
    ['Mean', [x, i32([1])], [2, 5]],
    ['Max', [x, i32([0])], [[4, 5, 6]], { keep_dims: true }],
    ['Prod', [i32([2 ** 20, 2 ** 20]), i32([0])], 0],
    ['Max', [t([], 'float32'), i32([0])], -Infinity],
    [
      'All',
      [
        t(
          [
            [true, false],
            [true, true],
          ],
          'bool',
        ),
        i32([1]),
      ],
      [0, 1],
    ],
    ['ArgMax', [t([[1, 3, 3]]), i32(1)], [1]],
    ['Cumsum', [t([1, 2, 3]), i32(0)], [0, 1, 3], { exclusive: true }],
    ['Cumsum', [t([1, 2, 3]), i32(0)], [6, 5, 3], { reverse: true }],
    ['TopKV2', [t([1, 3, 3, 2]), i32(2)], [3, 3]],
    ['UnsortedSegmentSum', [t([1, 2, 3]), i32([1, -1, 1]), i32(2)], [0, 4]],
    ['SegmentMean', [t([1, 3, 5]), i32([0, 0, 2])], [2, 0, 5]],
    ['DenseBincount', [i32([0, 2, 2]), i32(3), t([])], [1, 0, 2]],
    ['Bucketize', [t([-1, 0, 5])], [0, 1, 2], { boundaries: [0, 5] }],
    ['Unique', [i32([3, 1, 3])], [3, 1]],
  ],
  matrices: [
    ['MatMul', [x, t([[1], [0], [1]])], [[4], [10]]],
    [
      'MatMul',
      [x, x],
      [
        [17, 22, 27],
        [22, 29, 36],
        [27, 36, 45],
      ],
      { transpose_a: true },
    ],
    ['BatchMatMulV2', [t([[[1, 2]]]), t([[[3, 4]]])], [[[11]]], { adj_y: true }],
    ['Einsum', [x, t([1, 2, 3])], [14, 32], { equation: 'ij,j->i' }],
    [
      'Einsum',
      [x],
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
      { equation: 'ij->ji' },
    ],
    [
      'MatrixBandPart',
      [
        t([
          [1, 1, 1],
          [1, 1, 1],
        ]),
        t(0n, 'int64'),
        t(1n, 'int64'),
      ],
      [
        [1, 1, 0],
        [0, 1, 1],
      ],
    ],
    [
      'MatrixDiag',
      [t([1, 2])],
      [
        [1, 0],
        [0, 2],
      ],
    ],
    [
      'MatrixInverse',
      [
        t([
          [2, 0],
          [0, 4],
        ]),
      ],
      [
        [0.5, 0],
        [0, 0.25],
      ],
    ],
  ],
  networks: [
    [
      'Conv2D',
      [image, t([[[[1]], [[2]]]])],
      [
        [
          [[5], [2]],
          [[11], [4]],
        ],
      ],
      { strides: [1, 1, 1, 1], padding: 'SAME' },
    ],
    [
      'Conv2D',
      [image, t([[[[1]], [[2]]]])],
      [
        [
          [[2], [5], [2]],
          [[6], [11], [4]],
        ],
      ],
      { strides: [1, 1, 1, 1], padding: 'EXPLICIT', explicit_paddings: [0, 0, 0, 0, 1, 1, 0, 0] },
    ],
    [
      'DepthwiseConv2dNative',
      [image, t([[[[1, 10]]]])],
      [
        [
          [
            [1, 10],
            [2, 20],
          ],
          [
            [3, 30],
            [4, 40],
          ],
        ],
      ],
      { strides: [1, 1, 1, 1], padding: 'VALID' },
    ],
    [
      'Conv2DBackpropInput',
      [i32([1, 2, 2, 1]), t([[[[1]], [[2]]]]), t([[[[1]], [[1]]]])],
      [
        [
          [[1], [2]],
          [[1], [2]],
        ],
      ],
      { strides: [1, 1, 2, 1], padding: 'SAME' },
    ],
    ['MaxPool', [image], [[[[4]]]], { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: 'VALID' }],
    [
      'AvgPool',
      [image],
      [
        [
          [[2.5], [3]],
          [[3.5], [4]],
        ],
      ],
      { ksize: [1, 2, 2, 1], strides: [1, 1, 1, 1], padding: 'SAME' },
    ],
    ['Softmax', [t([[0, 0]])], [[0.5, 0.5]]],
    ['Softmax', [t([[1000, 0]])], [[1, 0]]],
    ['FusedBatchNormV3', [t([[[[3]]]]), t([2]), t([1]), t([1]), t([4])], [[[[3]]]], { is_training: false, epsilon: 0 }],
    ['LRN', [t([[[[1, 7]]]])], [[[[Math.fround(1 / 51), Math.fround(7 / 51)]]]], { beta: 1, alpha: 1, bias: 1 }],
    ['ResizeBilinear', [image, i32([1, 4])], [[[[1], [1.5], [2], [2]]]]],
    ['ResizeBilinear', [image, i32([1, 4])], [[[[2], [2.25], [2.75], [3]]]], { half_pixel_centers: true }],
    ['ResizeNearestNeighbor', [image, i32([1, 4])], [[[[1], [1], [2], [2]]]]],
    ['ResizeArea', [image, i32([1, 1])], [[[[2.5]]]]],
    ['FakeQuantWithMinMaxArgs', [t([0.4, 9])], [0, 3], { min: 0, max: 3, num_bits: 2 }],
    ['Dequantize', [t([0, 255], 'quint8'), t(-1), t(1)], [-1, 1]],
  ],
  strings: [
    ['StringLower', [t(['ÀB'], 'string')], ['Àb']],
    ['StringLower', [t(['ÀB'], 'string')], ['àb'], { encoding: 'utf-8' }],
    ['StringJoin', [t(['a', 'b'], 'string'), t('c', 'string')], ['a-c', 'b-c'], { separator: '-' }],
    ['StaticRegexReplace', [t(['a.b!'], 'string')], ['a<.>b<!>'], { pattern: '([[:punct:]])', rewrite: '<\\1>' }],
    ['AsString', [t([1.5, -2])], ['1.50', '-2.00'], { precision: 2 }],
    ['AsString', [t([true], 'bool')], ['true']],
    ['StringToNumber', [t(['1e3', ' -2 '], 'string')], [1000, -2]],
    ['Substr', [t(['hello'], 'string'), i32(1), i32(3)], ['ell']],
    ['DecodeRaw', [t(['ab'], 'string')], [[97, 98]], { out_type: 'uint8' }],
    [
      'ReduceJoin',
      [
        t(
          [
            ['a', 'b'],
            ['c', 'd'],
          ],
          'string',
        ),
        i32([0, 1]),
      ],
      'acbd',
    ],
    ['StringLength', [t(['é'], 'string')], [2]],
  ],
}

for (const [family, rows] of Object.entries(TABLES)) {
  describe(family, () => {
    it.each(rows)('%s %#', (op, inputs, expected, attrs = {}) => {
      expect(first(op, inputs, attrs)).toEqual(expected)
    })
  })
}

it('splits strings into a sparse matrix', () => {
  const [indices, values, shape] = run('StringSplitV2', [t([' a b', '', 'c'], 'string'), t('', 'string')])
  expect(nested(indices!)).toEqual([
    [0, 0],
    [0, 1],
    [2, 0],
  ])
  expect(nested(values!)).toEqual(['a', 'b', 'c'])
  expect(nested(shape!)).toEqual([3, 2])
})

describe('what TensorFlow refuses, or leaves open', () => {
  const rows: [string, Tensor[], string, Record<string, PlainAttr>?][] = [
    ['FloorDiv', [i32([1]), i32([0])], 'FloorDiv: division by zero.'],
    ['Pow', [i32([2]), i32([-1])], 'Pow: an integer to a negative power.'],
    ['AddV2', [t([1, 2]), t([1, 2, 3])], 'AddV2: shapes [2] and [3] do not broadcast.'],
    ['GatherV2', [x, i32([2]), i32(0)], 'GatherV2: index 2 of 2.'],
    ['Reshape', [x, i32([4])], 'Reshape: [2,3] cannot be reshaped to [4].'],
    ['Transpose', [x, i32([0, 2])], 'Transpose: axis 2 of a tensor of rank 2.'],
    ['MatMul', [x, x], 'MatMul: [2,3] times [2,3].'],
    ['Einsum', [t([[1]])], "Einsum: a label twice in 'ii'.", { equation: 'ii->i' }],
  ]
  it.each(rows)('%s %#', (op, inputs, message, attrs = {}) => {
    expect(() => run(op, inputs, attrs)).toThrow(message)
  })
})

it('computes special functions to twelve digits', () => {
  const gamma = 0.5772156649015329
  const rows: [number, number][] = [
    [erf(0.5), 0.5204998778130465],
    [erfc(3), 2.209049699858544e-5],
    [erfinv(erf(0.7)), 0.7],
    [erfinv(-erf(1.9)), -1.9],
    [lgamma(0.5), Math.log(Math.PI) / 2],
    [lgamma(11), Math.log(3_628_800)],
    [digamma(0.5), -gamma - 2 * Math.LN2],
    [digamma(-0.5), -gamma - 2 * Math.LN2 + 2],
    [igamma(1, 0.3), 1 - Math.exp(-0.3)],
    [igamma(1, 7), 1 - Math.exp(-7)],
    [betainc(2, 3, 0.4), 0.5248],
    [betainc(1, 1, 0.9), 0.9],
    [zeta(2, 1), Math.PI ** 2 / 6],
    [polygamma(1, 0.5), Math.PI ** 2 / 2],
  ]
  for (const [got, want] of rows) expect(Math.abs(got / want - 1)).toBeLessThan(1e-12)
})

it('hashes as FarmHash and SipHash do', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  // The keys and message of the SipHash paper's appendix.
  const key = (from: number): bigint =>
    BigInt(`0x${Array.from({ length: 8 }, (_, i) => `0${(from + 7 - i).toString(16)}`.slice(-2)).join('')}`)
  expect(
    sipHash(
      Uint8Array.from({ length: 15 }, (_, i) => i),
      key(0),
      key(8),
    ),
  ).toBe(0xa129ca6149be45e5n)
  expect(fingerprint64(bytes(''))).toBe(0x9ae16a3b2f90404fn)
  const buckets = (text: string): Nested =>
    first('StringToHashBucketFast', [t([text], 'string')], { num_buckets: 1_000_000 })
  expect(['a', 'Hello', 'hello world', 'seventeen chars!!', 'x'.repeat(40), 'y'.repeat(150)].map(buckets)).toEqual(
    HASHES,
  )
})

/** tf.strings.to_hash_bucket_fast(…, 1000000) in TensorFlow 2.21. */
const HASHES: Nested[] = [363939, 526151, 946011, 996792, 984852, 23890].map(bucket => [bucket])

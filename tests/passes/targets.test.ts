import { describe, expect, it } from 'vitest'
import { parse, print } from '../../src/graph/text/index.ts'
import { legalize, requireReadable, TARGETS, targetNamed, wayOut } from '../../src/optimize/targets/index.ts'
import { sameNumbers } from './same-numbers.ts'

/** How far float16 may be off from float32, as a part of the largest number. */
const FLOAT16_TOLERANCE = 2e-3

/** The target, a graph, and either what it becomes or why it cannot be read. */
const CASES: readonly (readonly [title: string, target: string, before: string, after: string])[] = [
  [
    'newer spellings become older ones',
    'tensorflow1.15',
    `in x: float32[1,2,2,2]
g = Const float32[2] [1 2]
a = AddV2(x, x)
n = FusedBatchNormV3(a, g, g, g, g) {exponential_avg_factor: 1, is_training: false}
out n`,
    `in x: float32[1,2,2,2]
a = Add(x, x)
g = Const float32[2] [1 2]
n = FusedBatchNorm(a, g, g, g, g) {is_training: false}
out n`,
  ],
  [
    'a product of batches that do not stretch',
    'tensorflow1.15',
    'in x: float32[2,3,4]\nin y: float32[2,4,5]\nz = BatchMatMulV2(x, y) {grad_x: false}\nout z',
    'in x: float32[2,3,4]\nin y: float32[2,4,5]\nz = BatchMatMul(x, y)\nout z',
  ],
  [
    'a product of batches that stretch stays',
    'tensorflow1.15',
    'in x: float32[2,3,4]\nin y: float32[4,5]\nz = BatchMatMulV2(x, y)\nout z',
    'in x: float32[2,3,4]\nin y: float32[4,5]\nz = BatchMatMulV2(x, y)\nout z',
  ],
  [
    'an output that is read, too, is a node of its own',
    'openvino',
    'in x: float32[1,4]\na = Relu(x)\ny = Sigmoid(a)\nout y\nout a\nout again=a',
    'in x: float32[1,4]\na/read = Relu(x)\ny = Sigmoid(a/read)\na = Identity(a/read)\nout y, a, again=a',
  ],
  [
    'inputs and nodes of several outputs keep their names',
    'openvino',
    'in x: float32[1,4]\nk = Const int32[] [2]\nt = TopKV2(x, k)\ny = Sigmoid(t)\nout y, t, i=t:1, x',
    'in x: float32[1,4]\nk = Const int32[] [2]\nt = TopKV2(x, k)\ny = Sigmoid(t)\nout y, t, i=t:1, x',
  ],
  [
    'an output that is read, too, is a product that the importer keeps',
    'opencv',
    'in x: float32[1,4]\na = Relu(x)\ny = Sigmoid(a)\nout y\nout a',
    'in x: float32[1,4]\na/read = Relu(x)\ny = Sigmoid(a/read)\na/one = Const float32[] [1]\na = Mul(a/read, a/one)\nout y, a',
  ],
  [
    'one of several outputs does not end in a bias, whose name the importer drops',
    'opencv',
    `in x: float32[1,4]
w = Const float32[4,2] [1 2 3 4 5 6 7 8]
b = Const float32[2] [1 2]
p = MatMul(x, w)
y = BiasAdd(p, b)
z = Relu(x)
out y
out z`,
    `in x: float32[1,4]
w = Const float32[4,2] [1 2 3 4 5 6 7 8]
p = MatMul(x, w)
b = Const float32[2] [1 2]
y/read = BiasAdd(p, b)
y/one = Const float32[] [1]
y = Mul(y/read, y/one)
z = Relu(x)
out y, z`,
  ],
  [
    'bounds are written the lower one last',
    'opencv',
    'in x: float32[1,4]\nl = Const float32[] [-1]\nh = Const float32[] [2]\na = Maximum(x, l)\ny = Minimum(a, h)\nout y',
    'in x: float32[1,4]\nh = Const float32[] [2]\na_1 = Minimum(x, h)\nl = Const float32[] [-1]\ny = Maximum(a_1, l)\nout y',
  ],
  [
    'a dense layer on each pixel becomes a convolution',
    'opencv',
    `in x: float32[1,2,2,3]
r = Const int32[2] [-1 3]
rows = Reshape(x, r)
w = Const float32[3,2] [1 2 3 4 5 6]
p = MatMul(rows, w)
b = Const float32[2] [1 2]
s = BiasAdd(p, b)
i = Const int32[4] [1 2 2 2]
y = Reshape(s, i)
out y`,
    `in x: float32[1,2,2,3]
rows/zeros = Const float32[3] splat(0)
rows/image = BiasAdd(x, rows/zeros) {data_format: "NHWC"}
p/kernel = Const float32[1,1,3,2] [1 2 3 4 5 6]
p_1 = Conv2D(rows/image, p/kernel) {data_format: "NHWC", padding: "VALID", strides: [1,1,1,1]}
b = Const float32[2] [1 2]
y = BiasAdd(p_1, b) {data_format: "NHWC"}
out y`,
  ],
  [
    'rows that are two pixels stay rows',
    'opencv',
    `in x: float32[1,2,2,3]
r = Const int32[2] [-1 6]
rows = Reshape(x, r)
w = Const float32[6,3] [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18]
p = MatMul(rows, w)
y = Relu(p)
out y`,
    `in x: float32[1,2,2,3]
rows/zeros = Const float32[3] splat(0)
rows/image = BiasAdd(x, rows/zeros) {data_format: "NHWC"}
r = Const int32[2] [-1 6]
rows = Reshape(rows/image, r)
w = Const float32[6,3] [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18]
p = MatMul(rows, w)
y = Relu(p)
out y`,
  ],
  [
    'one channel is stretched to many by a convolution',
    'opencv',
    `in x: float32[1,2,2,3]
a = Const int32[] [3]
m = Mean(x, a) {keep_dims: true}
y = Sub(x, m)
out y`,
    `in x: float32[1,2,2,3]
a = Const int32[] [3]
m = Mean(x, a) {keep_dims: true}
y/widened/kernel = Const float32[1,1,1,3] splat(1)
y/widened = Conv2D(m, y/widened/kernel) {data_format: "NHWC", padding: "VALID", strides: [1,1,1,1]}
y = Sub(x, y/widened)
out y`,
  ],
  [
    'the mean of a row is a product',
    'opencv',
    `in x: float32[1,3]
a = Const int32[] [-1]
m = Mean(x, a) {keep_dims: true}
y = Sub(x, m)
out y`,
    `in x: float32[1,3]
m/column = Const float32[3,1] splat(0.33333334)
m = MatMul(x, m/column)
y/widened/ones = Const float32[1,3] splat(1)
y/widened = MatMul(m, y/widened/ones)
y = Sub(x, y/widened)
out y`,
  ],
  [
    'the largest of a row is not read',
    'opencv',
    `in x: float32[1,3]
a = Const int32[] [1]
y = Max(x, a) {keep_dims: true}
out y`,
    `y: opencv cannot read a node (y: OpenCV does not read Max of a matrix).`,
  ],
  [
    'the complement of erf',
    'opencv',
    `in x: float32[1,3]
y = Erfc(x)
out y`,
    `in x: float32[1,3]
y/erf = Erf(x)
y/minus_one = Const float32[] [-1]
y/negative = Mul(y/erf, y/minus_one)
y/one = Const float32[] [1]
y = AddV2(y/negative, y/one)
out y`,
  ],
  [
    'an l2_normalize is read as it is',
    'opencv',
    `in x: float32[1,3]
q = Square(x)
a = Const int32[1] [1]
s = Sum(q, a) {keep_dims: true}
e = Const float32[] [1e-12]
m = Maximum(s, e)
r = Rsqrt(m)
y = Mul(x, r)
out y`,
    `in x: float32[1,3]
q = Square(x)
a = Const int32[1] [1]
s = Sum(q, a) {keep_dims: true}
e = Const float32[] [1e-12]
m = Maximum(s, e)
r = Rsqrt(m)
y = Mul(x, r)
out y`,
  ],
  [
    'a bias of a product that others read',
    'opencv',
    `in x: float32[1,3]
w = Const float32[3,2] [1 2 3 4 5 6]
p = MatMul(x, w)
b = Const float32[2] [1 2]
s = BiasAdd(p, b)
r = Relu(p)
y = AddV2(s, r)
out y`,
    `in x: float32[1,3]
w = Const float32[3,2] [1 2 3 4 5 6]
p = MatMul(x, w)
p/zeros = Const float32[2] splat(0)
p/biased = BiasAdd(p, p/zeros)
b = Const float32[2] [1 2]
s = BiasAdd(p/biased, b)
r = Relu(p)
y = AddV2(s, r)
out y`,
  ],
  [
    'a bias of each step of a sequence',
    'opencv',
    `in x: float32[1,2,3]
b = Const float32[3] [1 2 3]
y = BiasAdd(x, b)
out y`,
    `in x: float32[1,2,3]
y/rows = Const float32[1,2,3] add(splat(0), float32[3] [1 2 3])
y = AddV2(x, y/rows)
out y`,
  ],
  [
    'a bias of steps that are open',
    'opencv',
    `in x: float32[1,?,3]
b = Const float32[3] [1 2 3]
y = BiasAdd(x, b)
out y`,
    'y: opencv cannot read a node (y: OpenCV does not read BiasAdd of a sequence).',
  ],
  [
    'parts of different sizes',
    'opencv',
    `in x: float32[1,6]
z = Const int32[2] [2 4]
a = Const int32[] [-1]
s = SplitV(x, z, a) {num_split: 2}
p = Relu(s)
y = Tanh(s:1)
out p, y`,
    `in x: float32[1,6]
s/0/begin = Const int32[2] [0 0]
s/0/size = Const int32[2] [1 2]
s = Slice(x, s/0/begin, s/0/size)
p = Relu(s)
s/1/begin = Const int32[2] [0 2]
s/1/size = Const int32[2] [1 4]
s/1 = Slice(x, s/1/begin, s/1/size)
y = Tanh(s/1)
out p, y`,
  ],
  [
    'the order of axes of a matrix is not said',
    'opencv',
    `in x: float32[1,6]
b = Const float32[6] splat(1)
y = BiasAdd(x, b) {data_format: "NHWC"}
out y`,
    `in x: float32[1,6]
b = Const float32[6] splat(1)
y = BiasAdd(x, b)
out y`,
  ],
  [
    'one bound alone is not read',
    'opencv',
    'in x: float32[1,4]\nl = Const float32[] [-1]\ny = Maximum(x, l)\nout y',
    'y: opencv cannot read a node (y: OpenCV does not read Maximum).',
  ],
  [
    'a loop and a conditional of TensorFlow 1 become functions',
    'onnx',
    `in p: bool[]
in x: float32[2]
s = Switch(x, p)
n = Neg(s)
m = Merge(n, s:1)
zero = Const int32[] [0]
i0 = Enter(zero) {frame_name: "f"}
m0 = Enter(m) {frame_name: "f"}
i1 = Merge(i0, i3)
m1 = Merge(m0, m3)
three = Const int32[] [3] ^i1
less = Less(i1, three)
going = LoopCond(less)
i2 = Switch(i1, going)
m2 = Switch(m1, going)
i = Identity(i2:1)
one = Const int32[] [1] ^i
next = AddV2(i, one)
twice = AddV2(m2:1, m2:1)
i3 = NextIteration(next)
m3 = NextIteration(twice)
y = Exit(m2)
out y`,
    `in p: bool[]
in x: float32[2]
zero = Const int32[] [0]
m_1 = If(p, x) {Tout: [float32], else_branch: @m_else, then_branch: @m_then}
going_1 = While(zero, m_1) {body: @going_body, cond: @going_cond, parallel_iterations: 10}
y = Identity(going_1:1)
out y

fn going_body(arg_0: int32, arg_1: float32) {
  one = Const int32[] [1]
  next = AddV2(arg_0, one)
  twice = AddV2(arg_1, arg_1)
  out result_0=next, result_1=twice
}

fn going_cond(arg_0: int32, arg_1: float32) {
  three = Const int32[] [3]
  less = Less(arg_0, three)
  out result_0=less
}

fn m_else(arg_0: float32) {
  n = Neg(arg_0)
  out result_0=n
}

fn m_then(arg_0: float32) {
  out result_0=arg_0
}`,
  ],
  [
    'a list that two nodes read is made twice',
    'tfjs',
    `in x: float32[2]
s = Const int32[0] []
n = Const int32[] [1]
i = Const int32[] [0]
l = TensorListReserve(s, n) {element_dtype: float32}
e = Sum(x, i) {keep_dims: false}
a = TensorListSetItem(l, i, e)
f = Neg(e)
b = TensorListSetItem(l, i, f)
y = TensorListStack(a, s) {element_dtype: float32}
z = TensorListStack(b, s) {element_dtype: float32}
out y
out z`,
    `in x: float32[2]
s = Const int32[0] []
n = Const int32[] [1]
l = TensorListReserve(s, n) {element_dtype: float32}
i = Const int32[] [0]
e = Sum(x, i) {keep_dims: false}
a = TensorListSetItem(l, i, e)
y = TensorListStack(a, s) {element_dtype: float32}
l_1 = TensorListReserve(s, n) {element_dtype: float32}
f = Neg(e)
b = TensorListSetItem(l_1, i, f)
z = TensorListStack(b, s) {element_dtype: float32}
out y, z`,
  ],
  [
    'float16 inside becomes float32',
    'opencv',
    `in x: float32[1,4]
c = Cast(x) {DstT: float16}
w = Const float16[4,1] [1 2 3 0.333]
m = MatMul(c, w)
y = Cast(m) {DstT: float32}
out y`,
    `in x: float32[1,4]
w = Const float32[4,1] cast(float16[4,1] [1 2 3 0.333])
y = MatMul(x, w)
out y`,
  ],
  [
    'an op that is too new',
    'tensorflow1.15',
    'in x: float32[2]\ny = Erfinv(x)\nout y',
    'y: tensorflow1.15 cannot read a node (y: TensorFlow 1.15 has no Erfinv). Choose another target, or write the graph without one.',
  ],
  [
    'an attribute that is too new, and is used',
    'tensorflow1.15',
    'in x: float32[1,4,4,1]\ny = MaxPool(x) {explicit_paddings: [0,0,1,1,1,1,0,0], ksize: [1,2,2,1], padding: "EXPLICIT", strides: [1,1,1,1]}\nout y',
    'y: tensorflow1.15 cannot read a node (y: TensorFlow 1.15 does not know the attribute explicit_paddings of MaxPool). Choose another target, or write the graph without one.',
  ],
  [
    'dilations become zeros between the weights',
    'opencv',
    `in x: float32[1,6,6,1]
w = Const float32[2,2,1,1] [1 2 3 4]
y = Conv2D(x, w) {dilations: [1,2,2,1], padding: "SAME", strides: [1,1,1,1]}
out y`,
    `in x: float32[1,6,6,1]
w/dilated = Const float32[3,3,1,1] spread(float32[2,2,1,1] [1 2 3 4], factors=[2,2,1,1])
y = Conv2D(x, w/dilated) {dilations: [1,1,1,1], padding: "SAME", strides: [1,1,1,1]}
out y`,
  ],
  [
    'copies of an image are joined',
    'openvino',
    `in x: float32[?,2,2,1]
m = Const int32[4] [1 2 1 3]
y = Tile(x, m)
out y`,
    `in x: float32[?,2,2,1]
y/axis = Const int32[] [1]
y/copies = ConcatV2(x, x, y/axis)
y/axis_1 = Const int32[] [3]
y = ConcatV2(y/copies, y/copies, y/copies, y/axis_1)
out y`,
  ],
  [
    'copies of a matrix stay',
    'openvino',
    'in x: float32[2,3]\nm = Const int32[2] [1 2]\ny = Tile(x, m)\nout y',
    'in x: float32[2,3]\nm = Const int32[2] [1 2]\ny = Tile(x, m)\nout y',
  ],
  [
    'the logarithm of a softmax over the channels of an image',
    'openvino',
    'in x: float32[1,2,2,3]\ny = LogSoftmax(x)\nout y',
    `in x: float32[1,2,2,3]
y/last = Const int32[1] [-1]
y/max = Max(x, y/last) {keep_dims: true}
y/shifted = Sub(x, y/max)
y/exp = Exp(y/shifted)
y/sum = Sum(y/exp, y/last) {keep_dims: true}
y/log = Log(y/sum)
y = Sub(y/shifted, y/log)
out y`,
  ],
  [
    'what would be subtracted the other way round',
    'opencv',
    'in x: float32[2]\nc = Const float32[] [1]\nd = Sub(c, x)\ny = Square(d)\nout y',
    `in x: float32[2]
d/minus_one = Const float32[] [-1]
d/negative = Mul(x, d/minus_one)
c = Const float32[] [1]
d = AddV2(d/negative, c)
y = Square(d)
out y`,
  ],
  [
    'what is read as one layer stays: PReLU',
    'opencv',
    'in x: float32[1,2]\nr = Relu(x)\nc = Const float32[2] [1 2]\nn = Neg(x)\nm = Relu(n)\np = Mul(c, m)\ny = AddV2(r, p)\nout y',
    'in x: float32[1,2]\nr = Relu(x)\nc = Const float32[2] [1 2]\nn = Neg(x)\nm = Relu(n)\np = Mul(c, m)\ny = AddV2(r, p)\nout y',
  ],
  [
    'the sum of a product and a value',
    'opencv',
    'in x: float32[1,2]\nin h: float32[1,2]\nu = Const float32[2,2] [1 2 3 4]\np = MatMul(h, u)\ny = AddV2(p, x)\nout y',
    `in x: float32[1,2]
in h: float32[1,2]
u = Const float32[2,2] [1 2 3 4]
p = MatMul(h, u)
p/zeros = Const float32[2] splat(0)
p/biased = BiasAdd(p, p/zeros)
y = AddV2(p/biased, x)
out y`,
  ],
  [
    'channels of an image input',
    'opencv',
    'in x: float32[1,2,2,3]\nb = Const int32[2] [0 0]\ne = Const int32[2] [0 2]\ns = Const int32[2] [1 1]\ny = StridedSlice(x, b, e, s) {begin_mask: 0, ellipsis_mask: 1}\nout y',
    `in x: float32[1,2,2,3]
y/zeros = Const float32[3] splat(0)
y/image = BiasAdd(x, y/zeros) {data_format: "NHWC"}
y/begin = Const int32[4] [0 0 0 0]
y/size = Const int32[4] [1 2 2 2]
y = Slice(y/image, y/begin, y/size)
out y`,
  ],
  [
    'all that cannot be read is named',
    'opencv',
    'in x: float32[1,2,2,3]\na = Softmax(x)\nb = Rsqrt(a)\nc = MyOp(b)\nout c',
    'a: opencv cannot read 2 nodes (a: OpenCV computes Softmax over another axis at rank 4; c: OpenCV does not read MyOp). Choose another target, or write the graph without one.',
  ],
  [
    'a parser of examples',
    'onnx',
    'in x: string[?]\nnames = Const string[0] []\nkey = Const string[] ["a"]\ndefault = Const float32[1] [0]\np = ParseExample(x, names, key, default) {Nsparse: 0, Ndense: 1, sparse_types: [], Tdense: [float32], dense_shapes: [[1]]}\ny = Relu(p)\nout y',
    'p: onnx cannot read a node (p: ONNX has no operators for ParseExample). Cut the model behind its parser of tf.Example, one input a feature: --inputs features. Or choose another target.',
  ],
  [
    'what OpenVINO does not translate',
    'openvino',
    'in x: float32[2]\na = Relu(x)\ny = Ndtri(a)\nout y',
    'y: openvino cannot read a node (y: OpenVINO does not read Ndtri). End the graph before them: --outputs a. Or choose another target.',
  ],
  [
    'sizes that are open',
    'opencv',
    'in image: float32[?,?,?,3]\ns = Shape(image)\ny = Reshape(image, s)\nout y',
    's: opencv cannot read 2 nodes (s: OpenCV does not read Shape; y: OpenCV needs the shape of Reshape as a constant). Fix the sizes that are open: --shape image=1,HEIGHT,WIDTH,3. Or choose another target.',
  ],
  [
    'a custom op',
    'tensorflow2',
    'in x: float32[2]\ny = MyOp(x)\nout y',
    'y: tensorflow2 cannot read a node (y: TensorFlow 2 has no MyOp). Choose another target, or write the graph without one.',
  ],
]

describe('a target', () => {
  for (const [title, name, before, after] of CASES) {
    it(`${name}: ${title}`, async () => {
      const graph = parse(before)
      const report = legalize(graph, targetNamed(name))
      if (report.unreadable.length > 0) {
        expect(() => requireReadable(report, () => wayOut(graph, report.unreadable, parse(before)))).toThrow(after)
        return
      }
      expect(print(graph)).toBe(after)
      const tolerance = before.includes('float16') ? FLOAT16_TOLERANCE : undefined
      expect(await sameNumbers(parse(before), graph, ...(tolerance ? [tolerance] : []))).toBe('')
      expect(legalize(graph, targetNamed(name)).applied).toEqual([])
    })
  }

  it('is named by what the command line says', () => {
    expect(TARGETS.map(t => t.name)).toEqual(['tensorflow1.15', 'tensorflow2', 'opencv', 'openvino', 'onnx', 'tfjs'])
    expect(() => targetNamed('caffe')).toThrow(
      `--target: no target is called 'caffe'. The targets are ${TARGETS.map(({ name }) => name).join(', ')}.`,
    )
    expect(() => targetNamed('opencv5')).toThrow('The targets are opencv, tensorflow1.15, ')
  })
})

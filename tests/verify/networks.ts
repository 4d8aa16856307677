/** Five small networks as text, and what is changed in each: a weight, an axis, an op. */
import type { Frozen } from '../../src/freeze/frozen.ts'
import { parse } from '../../src/graph/text/index.ts'

/** A change of one line of a network, and the node that it makes diverge first. */
export interface Change {
  readonly what: 'weight' | 'axis' | 'op'
  readonly from: string
  readonly to: string
  readonly node: string
}

export interface Network {
  readonly name: string
  readonly text: string
  readonly changes: readonly Change[]
}

/** Numbers that differ from each other. */
const weights = (count: number, phase: number): string =>
  Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + phase).toFixed(3)).join(' ')

const change = (what: Change['what'], from: string, to: string, node: string): Change => ({ what, from, to, node })

export const NETWORKS: readonly Network[] = [
  {
    name: 'dense layers',
    text: `
in x: float32[?,4]
w1 = Const float32[4,6] [${weights(24, 1)}]
h = MatMul(x, w1)
b1 = Const float32[6] [${weights(6, 2)}]
hb = BiasAdd(h, b1)
a = Relu(hb)
w2 = Const float32[6,3] [${weights(18, 3)}]
logits = MatMul(a, w2)
probs = Softmax(logits)
out probs`,
    changes: [
      change('weight', `b1 = Const float32[6] [${weights(6, 2)}]`, 'b1 = Const float32[6] [9 9 9 9 9 9]', 'hb'),
      change(
        'axis',
        'probs = Softmax(logits)',
        'perm = Const int32[2] [1 0]\nt = Transpose(logits, perm)\nback = Softmax(t)\nprobs = Transpose(back, perm)',
        'probs',
      ),
      change('op', 'a = Relu(hb)', 'a = Elu(hb)', 'a'),
    ],
  },
  {
    name: 'convolutions with a batch norm',
    text: `
in image: float32[?,8,8,3]
k = Const float32[3,3,3,4] [${weights(108, 1)}]
conv = Conv2D(image, k) {padding: "SAME", strides: [1,1,1,1]}
g = Const float32[4] [1.5 0.5 1 2]
b = Const float32[4] [0 1 -1 0.5]
m = Const float32[4] [0.1 0.2 0 -0.1]
v = Const float32[4] [1 0.5 2 1]
norm = FusedBatchNormV3(conv, g, b, m, v) {epsilon: 0.001, is_training: false}
relu = Relu6(norm)
pool = MaxPool(relu) {ksize: [1,2,2,1], padding: "VALID", strides: [1,2,2,1]}
space = Const int32[2] [1 2]
mean = Mean(pool, space)
out mean`,
    changes: [
      change('weight', 'b = Const float32[4] [0 1 -1 0.5]', 'b = Const float32[4] [0 1 -1 0.75]', 'norm'),
      change('axis', 'space = Const int32[2] [1 2]', 'space = Const int32[2] [0 1]', 'mean'),
      change('op', 'pool = MaxPool', 'pool = AvgPool', 'pool'),
    ],
  },
  {
    name: 'embeddings that are joined',
    text: `
in ids: int32[?,5]
table = Const float32[7,3] [${weights(21, 1)}]
zero = Const int32[] [0]
rows = GatherV2(table, ids, zero)
one = Const int32[] [1]
sum = Sum(rows, one)
most = Max(rows, one)
both = ConcatV2(sum, most, one)
w = Const float32[6,2] [${weights(12, 4)}]
score = MatMul(both, w)
out score`,
    changes: [
      change(
        'weight',
        `w = Const float32[6,2] [${weights(12, 4)}]`,
        `w = Const float32[6,2] [${weights(12, 5)}]`,
        'score',
      ),
      change(
        'axis',
        'sum = Sum(rows, one)',
        'two = Const int32[] [-2]\nshift = Roll(rows, one, one)\nhalf = Slice(shift, s0, s1)\ns0 = Const int32[3] [0 0 0]\ns1 = Const int32[3] [-1 4 -1]\nsum = Sum(half, two)',
        'sum',
      ),
      change('op', 'most = Max(rows, one)', 'most = Min(rows, one)', 'most'),
    ],
  },
  {
    name: 'attention',
    text: `
in q: float32[?,4,8]
in k: float32[?,4,8]
scores = BatchMatMulV2(q, k) {adj_y: true}
scale = Const float32[] [0.35]
scaled = Mul(scores, scale)
weights = Softmax(scaled)
mixed = BatchMatMulV2(weights, k)
residual = AddV2(mixed, q)
last = Const int32[1] [2]
mean = Mean(residual, last) {keep_dims: true}
centred = Sub(residual, mean)
out centred`,
    changes: [
      change('weight', 'scale = Const float32[] [0.35]', 'scale = Const float32[] [0.4]', 'scaled'),
      change('axis', 'last = Const int32[1] [2]', 'last = Const int32[1] [1]', 'mean'),
      change('op', 'residual = AddV2(mixed, q)', 'residual = Sub(mixed, q)', 'residual'),
    ],
  },
  {
    name: 'a loop',
    text: `
in x: float32[?,3]
start = Const int32[] [0]
i0 = Enter(start) {frame_name: "loop"}
h0 = Enter(x) {frame_name: "loop"}
i = Merge(i0, i2)
h = Merge(h0, h2)
n = Const int32[] [4] ^i
less = Less(i, n)
go = LoopCond(less)
is = Switch(i, go)
hs = Switch(h, go)
one = Const int32[] [1] ^is
i1 = AddV2(is:1, one)
i2 = NextIteration(i1)
w = Const float32[3] [0.5 -0.25 1.5] ^hs
wh = Mul(hs:1, w)
h1 = Tanh(wh)
h2 = NextIteration(h1)
end = Exit(hs)
axis = Const int32[] [1]
total = Sum(end, axis) {keep_dims: true}
y = Exp(total)
out y`,
    changes: [
      change('weight', '[0.5 -0.25 1.5]', '[0.5 -0.25 2.5]', 'end'),
      change('axis', 'axis = Const int32[] [1]', 'axis = Const int32[] [0]', 'total'),
      change('op', 'y = Exp(total)', 'y = Expm1(total)', 'y'),
    ],
  },
]

/** A graph as freezing returns one. */
export function frozenOf(text: string, name = 'net'): Frozen {
  const graph = parse(text.trim())
  const ports = (side: 'inputs' | 'outputs') =>
    graph[side].map(({ key, value }) => ({
      key,
      dtype: value.dtype!,
      shape: side === 'inputs' ? value.node.shape('shape') : null,
    }))
  return { graph, source: { kind: 'graphdef', name }, inputs: ports('inputs'), outputs: ports('outputs'), notes: [] }
}

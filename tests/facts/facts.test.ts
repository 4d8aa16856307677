/** The engine: what flows through graphs, loops and functions, and what is not known. */
import { describe, expect, it } from 'vitest'
import { Facts } from '../../src/facts/facts.ts'
import { FAMILIES } from '../../src/facts/ops/index.ts'
import { type } from '../../src/graph/attr.ts'
import { Graph } from '../../src/graph/graph.ts'
import { parse } from '../../src/graph/text/index.ts'
import { opDef } from '../../src/tensorflow/ops.ts'
import { factsOf } from './case.ts'

/** A loop as TensorFlow's v1 control flow writes it, over a counter and a state that `body` makes of `inside`. */
const loop = (state: string, body: string): string => `in x: ${state}
zero = Const int32[] [0]
enter = Enter(zero) {frame_name: "loop"}
merge = Merge(enter, next)
ten = Const int32[] [10] ^merge
less = Less(merge, ten)
cond = LoopCond(less)
switch = Switch(merge, cond)
id = Identity(switch:1)
one = Const int32[] [1] ^id
add = AddV2(id, one)
next = NextIteration(add)
enter_1 = Enter(x) {frame_name: "loop"}
merge_1 = Merge(enter_1, next_1)
switch_1 = Switch(merge_1, cond)
inside = Identity(switch_1:1)
${body}
next_1 = NextIteration(after)
exit = Exit(switch_1)
out exit`

const GRAPHS: [what: string, text: string, expected: string][] = [
  [
    'a chain',
    'in x: float32[?,8]\nw = Const float32[8,4] splat(1)\ny = MatMul(x, w)\nz = Relu(y)\nout z',
    'float32[?,4]',
  ],
  ['a placeholder that is no input', 'x = Placeholder() {dtype: float32, shape: [2,?]}\nout x', 'float32[2,?]'],
  ['a scalar placeholder', 'x = Placeholder() {dtype: float32, shape: []}\nout x', 'float32[]'],
  [
    'a scalar placeholder of an old producer: not known',
    'versions 21 0\nx = Placeholder() {dtype: float32, shape: []}\nout x',
    'float32?',
  ],
  ['a custom op', 'in x: float32[2]\ny = Mine(x)\nout y: float32', 'undefined?'],
  ['contradicting operands', 'in x: float32[2]\nin y: float32[3]\nz = AddV2(x, y)\nout z', 'float32?'],
  ['contradicting ranks', 'in x: float32[2]\nin y: float32[3]\nz = MatMul(x, y)\nout z', 'float32?'],
  ['an attribute that is missing', 'in x: float32[2]\ny = Conv2D(x, x)\nout y', 'float32?'],
  [
    'shape arithmetic',
    `in x: float32[?,4,6]
s = Shape(x)
i = Const int32[1] [1]
j = Const int32[1] [2]
k = Const int32[1] [1]
h = StridedSlice(s, i, j, k) {shrink_axis_mask: 1}
two = Const int32[] [2]
double = Mul(h, two)
n = StridedSlice(s, zero, i, k) {shrink_axis_mask: 1}
zero = Const int32[1] [0]
p = Pack(n, double, two)
y = Reshape(x, p)
out p, y`,
    'int32[3] = ? 8 2, float32[?,8,2]',
  ],
  ['a loop that keeps the shape', loop('float32[?,8]', 'after = Tanh(inside)'), 'float32[?,8]'],
  [
    'a loop that grows an axis',
    loop('float32[1,8]', 'axis = Const int32[] [0]\nafter = ConcatV2(inside, inside, axis)'),
    'float32[?,8]',
  ],
  [
    'a loop that grows the rank',
    loop('float32[8]', 'axis = Const int32[] [0]\nafter = ExpandDims(inside, axis)'),
    'float32?',
  ],
  ['a loop through an unknown op', loop('float32[8]', 'after = Mine(inside) {}'), 'float32?'],
  [
    'branches that agree in part',
    `in x: float32[2,3]
in c: bool[]
s = Switch(x, c)
a = Neg(s)
axis = Const int32[] [0]
b = ConcatV2(s:1, s:1, axis)
y = Merge(a, b)
out y, i=y:1`,
    'float32[?,3], int32[]',
  ],
  [
    'a call',
    'in x: float32[?,3]\ny = PartitionedCall(x) {Tout: [float32], f: @f}\nout y\n\nfn f(a: float32) {\n  b = Neg(a)\n  out r=b\n}',
    'float32[?,3]',
  ],
  [
    'a function that calls itself',
    'in x: float32[?,3]\ny = PartitionedCall(x) {Tout: [float32], f: @f}\nout y\n\nfn f(a: float32) {\n  b = PartitionedCall(a) {Tout: [float32], f: @f}\n  out r=b\n}',
    'float32?',
  ],
  [
    'a function that is not there',
    'in x: float32[3]\ny = PartitionedCall(x) {Tout: [float32], f: @f}\nout y',
    'float32?',
  ],
  [
    'If: what both branches know',
    `in c: bool[]
in x: float32[2,3]
y = If(c, x) {Tout: [float32], else_branch: @wide, then_branch: @same}
out y
${BRANCHES()}`,
    'float32[?,3]',
  ],
  [
    'If: the branch that is taken',
    `c = Const bool[] [true]
in x: float32[2,3]
y = If(c, x) {Tout: [float32], else_branch: @wide, then_branch: @same}
out y
${BRANCHES()}`,
    'float32[2,3]',
  ],
  [
    'Case',
    `in i: int32[]
in x: float32[2,3]
y = Case(i, x) {Tout: [float32], branches: [@same, @wide]}
out y
${BRANCHES()}`,
    'float32[?,3]',
  ],
  [
    'While: counter, what stays, what grows',
    `i = Const int32[] [0]
in x: float32[2,3]
in y: float32[?,4]
w = While(i, x, y) {body: @body, cond: @cond}
out w, x1=w:1, y1=w:2

fn cond(i: int32, x: float32, y: float32) {
  ten = Const int32[] [10]
  c = Less(i, ten)
  out c=c
}

fn body(i: int32, x: float32, y: float32) {
  one = Const int32[] [1]
  next = AddV2(i, one)
  axis = Const int32[] [0]
  wide = ConcatV2(x, x, axis)
  z = Tanh(y)
  out a=next, b=wide, c=z
}`,
    'int32[], float32[?,3], float32[?,4]',
  ],
  [
    'While: the rank that was written down, where a turn does not say it',
    `i = Const int32[] [0]
in x: float32[2,3]
in s: int32[?]
w = While(i, x, s) {body: @body, cond: @cond, output_shapes: [[],[2,3],[?]]}
out w, x1=w:1

fn cond(i: int32, x: float32, s: int32) {
  ten = Const int32[] [10]
  c = Less(i, ten)
  out c=c
}

fn body(i: int32, x: float32, s: int32) {
  one = Const int32[] [1]
  next = AddV2(i, one)
  y = Reshape(x, s)
  out a=next, b=y, c=s
}`,
    'int32[], float32[?,?]',
  ],
  [
    'variables, through a call',
    `v = VarHandleOp() {dtype: float32, shape: [3,4]}
y = PartitionedCall(v) {Tout: [float32], f: @read}
out y

fn read(v: resource) {
  r = ReadVariableOp(v) {dtype: float32}
  out r=r
}`,
    'float32[3,4]',
  ],
  [
    'a list of tensors',
    `e = Const int32[2] [-1 4]
n = Const int32[] [5]
l = TensorListReserve(e, n) {element_dtype: float32}
i = Const int32[] [0]
in x: float32[2,4]
s = TensorListSetItem(l, i, x)
y = TensorListStack(s, e) {element_dtype: float32}
z = TensorListLength(s)
out y, z`,
    'float32[5,?,4], int32[] = 5',
  ],
  [
    'a lookup table',
    `t = HashTableV2() {key_dtype: string, value_dtype: int64}
in k: string[?,2]
d = Const int64[] [0]
v = LookupTableFindV2(t, k, d)
out v`,
    'int64[?,2]',
  ],
]

function BRANCHES(): string {
  return `
fn same(x: float32) {
  y = Neg(x)
  out r=y
}

fn wide(x: float32) {
  axis = Const int32[] [0]
  y = ConcatV2(x, x, axis)
  out r=y
}`
}

describe('what flows through a graph', () => {
  for (const [what, text, expected] of GRAPHS) it(what, () => expect(factsOf(text)).toBe(expected))
})

it('takes the given shapes of inputs for what the graph says', () => {
  const text = 'in x: float32[?,8]\ns = Shape(x)\ny = Relu(x)\nout y, s'
  expect(factsOf(text, { x: [2, 8] })).toBe('float32[2,8], int32[2] = 2 8')
})

it('walks 100,000 nodes deep', () => {
  const graph = parse('in x: float32[?,8]')
  let value = graph.inputs[0]!.value
  const attrs = new Map([['T', type('float32')]])
  for (let i = 0; i < 100_000; i++) value = graph.addNode('Relu', [value], attrs, `n${i}`).out()
  const facts = new Facts(graph)
  expect(facts.shape(value)).toEqual([null, 8])
  expect(facts.dims(value)).toBeUndefined()
})

it('reads no weight to know a shape', () => {
  const graph = new Graph()
  const source = { name: 'weights', size: 64, read: () => Promise.reject(new Error('read')) }
  const weights = graph.const({ dtype: 'int32', shape: [4], recipe: { kind: 'range', source, offset: 0 } })
  expect(new Facts(graph).of(weights)).toEqual({ dtype: 'int32', shape: [4] })
})

it('looks at nodes that are added later, and again at what is forgotten', () => {
  const graph = parse('in x: float32[2,3]\nin z: float32[5,3]\ny = Relu(x)\nt = Neg(y)\nout t')
  const facts = new Facts(graph)
  const [y, t] = [graph.node('y')!, graph.node('t')!]
  expect(facts.dims(t.out())).toEqual([2, 3])
  expect(facts.dims(graph.add('Shape', [t.out()]).out())).toEqual([2])
  y.setInput(0, graph.node('z')!.out())
  expect(facts.dims(t.out())).toEqual([2, 3])
  facts.forget(y)
  expect(facts.dims(t.out())).toEqual([5, 3])
})

const HOSTILE: [what: string, text: string, expected: string][] = [
  ['a slice of a billion axes', 'in x: float32?\nin b: int32[1000000000]\ny = Slice(x, b, b)\nout y', 'float32?'],
  [
    'a strided slice of a billion entries',
    'in x: float32[2]\nin b: int32[1000000000]\ny = StridedSlice(x, b, b, b)\nout y',
    'float32?',
  ],
  [
    'a fill of a trillion',
    'd = Const int64[1] [1000000000000]\nv = Const int32[] [1]\ny = Fill(d, v)\nout y',
    'int32[1000000000000]',
  ],
  [
    'a split in billions',
    'in x: float32[2]\na = Const int32[] [0]\ny = Split(a, x) {num_split: 1000000000}\nout y',
    'undefined?',
  ],
  [
    'axes that double',
    `in x0: float32[1]\n${Array.from({ length: 40 }, (_, i) => `x${i + 1} = Diag(x${i})`).join('\n')}\nout x40`,
    'float32?',
  ],
]

describe('what a file asks for is not made', () => {
  for (const [what, text, expected] of HOSTILE) it(what, () => expect(factsOf(text)).toBe(expected))
})

it("has rules for TensorFlow's own ops only, each once", () => {
  const ops = FAMILIES.flatMap(rules => Object.keys(rules))
  expect(ops.filter(op => !opDef(op))).toEqual([])
  expect(ops.filter((op, i) => ops.indexOf(op) !== i)).toEqual([])
})

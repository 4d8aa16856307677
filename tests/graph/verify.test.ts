/** Legal graphs pass; each rule tells its violation in a whole sentence. */
import { describe, expect, it } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import { parse } from '../../src/graph/text/index.ts'
import { verify, violations } from '../../src/graph/verify.ts'
import { unfrozen, verifyFrozen } from '../../src/graph/verify-frozen.ts'

const LEGAL: [what: string, text: string][] = [
  ['nothing', ''],
  ['a computation', 'in x: float32[2]\nc = Const float32[] [1]\ny = AddV2(x, c) ^c\nout y'],
  [
    'a loop',
    `in x: int32[]
e = Enter(x) {frame_name: "f"}
m = Merge(e, n)
s = Switch(m, b)
b = LoopCond(l)
l = Less(m, m)
x1 = Exit(s)
n = NextIteration(s:1)
out x1`,
  ],
  ['a custom op', 'in x: float32[2]\ny = Mine(x, x)\nz = Relu(y:7) {T: float32}\nout z'],
  ['a reference where a value is asked for', 'v = VariableV2() {dtype: float32, shape: []}\ny = Identity(v)\nout y'],
  [
    'a function with parameters',
    'fn f[T: type, N: int](a: $T) {\n  b = Identity(a) {T: $T}\n  s = AddN(a, a) {N: $N, T: $T}\n  out b: $T\n}',
  ],
  ['a call by name', 'in x: float32[]\ny = f(x)\nout y\nfn f(a: float32) {\n  out b=a\n}'],
]

describe('legal', () => {
  for (const [what, text] of LEGAL) {
    it(what, () => {
      const graph = parse(text)
      expect(violations(graph)).toEqual([])
      verify(graph)
    })
  }
})

const ILLEGAL: [text: string, violation: string][] = [
  ['y = ""()', 'y: it has no op'],
  ['y = Relu()', "y: this Relu has no attribute 'T' (type)"],
  ['y = Relu() {T: float32}', 'y: this Relu has 0 inputs, but must have 1'],
  ['in x: float32[]\ny = AddN(x) {N: 2, T: float32}', 'y: this AddN has 1 inputs, but must have 2'],
  [
    'in x: float32[]\ny = AddN(x) {N: -1, T: float32}',
    "y: attribute 'N' of this AddN is -1, but must be a count up to 100000",
  ],
  ['in x: float32[]\ny = Relu(x:1)', "y: it reads 'x:1', but Placeholder has 1 outputs"],
  ['in x: float32[]\ny = Relu(x) {T: int32}', 'y: input 0 (x) is float32, but must be int32'],
  ['in x: float32[]\ny = Cast(x) {DstT: int:1}', "y: attribute 'DstT' of this Cast must be type"],
  [
    'a = Relu(b) {T: float32}\nb = Relu(a) {T: float32}',
    'a: it waits for itself: only a Merge and a NextIteration may close a cycle',
  ],
  ['a = NoOp() ^b\nb = NoOp() ^a', 'a: it waits for itself: only a Merge and a NextIteration may close a cycle'],
  [
    `in x: int32[]
e = Enter(x) {frame_name: "f"}
m = Merge(e, n)
s = Switch(m, b)
b = LoopCond(l)
l = Less(m, m)
x1 = Exit(s)
c = Const int32[] [1]
a = AddV2(s:1, c)
n = NextIteration(a)
out x1`,
    'a: its inputs come from different frames: s is not in the loop of c',
  ],
  ['y = PartitionedCall() {Tin: [], Tout: [], f: @f}', "y: it calls 'f', which is not in the library"],
  ['y = Const() {dtype: int32, value: float32[1] [1]}', 'y: its value is float32, but its dtype is int32'],
  ['in x: float32[]\nout a=x, a=x', "two outputs have the key 'a'"],
  ['in x: float32[]\nout x:1', "the output 'x:1' is 'x:1', but Placeholder has 1 outputs"],
  ['fn f() {\n  y = Relu() {T: float32}\n}', 'f y: this Relu has 0 inputs, but must have 1'],
]

describe('illegal', () => {
  for (const [text, violation] of ILLEGAL) {
    it(violation, () => {
      expect(violations(parse(text))).toEqual([violation])
      expect(() => verify(parse(text))).toThrow(`${violation}.`)
    })
  }
  it('what is not in the graph', () => {
    const graph = new Graph()
    const stray = new Graph().add('Placeholder', [], { dtype: 'float32' }, 'stray')
    graph.add('Relu', [stray.out()], {}, 'y')
    graph.add('NoOp', [], {}, 'z').addControl(stray)
    graph.inputs.push({ key: 'i', value: stray.out() })
    graph.outputs.push({ key: 'o', value: stray.out() })
    graph.controlOutputs.set('c', stray)
    expect(violations(graph)).toEqual([
      "y: it reads 'stray', which is not in the graph",
      "z: it waits for 'stray', which is not in the graph",
      "the output 'o' is 'stray', which is not in the graph",
      "the input 'i' is 'stray', which is not in the graph",
      "the control output 'c' is 'stray', which is not in the graph",
    ])
  })
})

const VARIABLE = 'v = VarHandleOp() {dtype: float32, shape: []}\nr = ReadVariableOp(v) {dtype: float32}\nout r'
const UNFROZEN: [text: string, found: string[]][] = [
  ['in x: float32[]\nout x', []],
  [
    'k = Const string[1] ["a"]\nt = HashTableV2() {key_dtype: string, value_dtype: string}\ni = LookupTableImportV2(t, k, k)\ny = LookupTableFindV2(t, k, k) ^i\nout y',
    [],
  ],
  [VARIABLE, ['v: a variable (VarHandleOp)', 'r: a read of a variable (ReadVariableOp)']],
  [
    'v = VariableV2() {dtype: float32, shape: []}\na = Assign(v, v)\nb = AssignAdd(v, v)',
    ['v: a variable (VariableV2)', 'a: an assignment (Assign)', 'b: an assignment (AssignAdd)'],
  ],
  ['n = Const string[] ["f"]\nr = ReadFile(n)', ['r: a file (ReadFile)']],
  ['n = Const string[] ["f"]\nr = RestoreV2(n, n, n) {dtypes: []}', ['r: a save or restore (RestoreV2)']],
  ['n = NoOp() on "/CPU:0"', ['n: it is placed on the device /CPU:0']],
  [
    'y = PartitionedCall() {Tin: [], Tout: [], f: @f}\nfn f() {\n}',
    ['y: a call (PartitionedCall)', 'the function f is still there'],
  ],
  ['y = f()\nfn f() {\n}', ['y: it calls the function f', 'the function f is still there']],
]

describe('frozen', () => {
  for (const [text, found] of UNFROZEN)
    it(found.join('; ') || 'yes', () => expect(unfrozen(parse(text))).toEqual(found))
  it('but for the variables that stay', () => {
    expect(unfrozen(parse(VARIABLE), { keepVariables: new Set(['v']) })).toEqual([])
  })
  it('with functions that something calls, where control flow keeps them', () => {
    const graph = parse('w = While() {T: [], body: @b, cond: @c}\nfn b() {\n}\nfn c() {\n}\nfn d() {\n}')
    expect(unfrozen(graph, { controlFlow: 'v2' })).toEqual(['nothing calls the function d'])
  })
  it('told as an error', () => {
    expect(() => verifyFrozen(parse(VARIABLE))).toThrow('the graph is not frozen: v: a variable (VarHandleOp).')
  })
})

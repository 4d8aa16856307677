/** The text form: what is written comes back, and what is wrong is told by line. */
import { describe, expect, it } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { list } from '../../src/graph/attr.ts'
import { Graph } from '../../src/graph/graph.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { DTYPES } from '../../src/tensorflow/dtype.ts'

const sources = { ckpt: fromBytes(new Uint8Array(1024), 'ckpt'), 'a b': fromBytes(new Uint8Array(8), 'a b') }

const ROUND_TRIPS: [what: string, text: string][] = [
  ['an empty graph', ''],
  ['a placeholder', 'in x: float32[?,8]\nout x'],
  ['a placeholder of unknown rank', 'in x: float32?\nout x'],
  ['a placeholder without a shape', 'in x: float32\nout x'],
  ['a placeholder with more attributes', 'in x: float32[] {_user: "x"}\nout x'],
  ['keys that differ from names', 'in image=x: uint8[2]\ny = Relu(x)\nout probs=y'],
  ['one node under two keys', 'in a=x: float32[2]\nin b=x\nout x'],
  ['an input that is any value', 'in a=s:1\nc = Const int32[1] [7]\ns = Unique(c)\nout s'],
  ['a placeholder that is no input', 'x = Placeholder() {dtype: float32, shape: ?}\nout x'],
  ['ports', 'in x: float32[4]\nd = Const int32[] [0]\ns = Split(d, x) {num_split: 2}\nout s, s:1'],
  ['versions', 'versions 440 12 7 9\nin x: float32[]\nout x'],
  ['control edges, device', 'a = NoOp() on "/device:GPU:0"\nb = NoOp() ^a\nc = Const int32[] [1] ^a ^b'],
  ['a loop', LOOP()],
  ['names that need quotes', '"a b" = NoOp()\n"x:1" = NoOp() ^"a b"'],
  ['nodes named as the words of the notation', 'in = NoOp()\nout = NoOp()\nfn = NoOp()\nattrs = NoOp()'],
  ['a range', 'w = Const float32[3,3] ckpt@128'],
  ['a range of big-endian bytes', 'w = Const float32[2] "a b"@0 big-endian'],
  ['a splat', 'w = Const float32[3,3] splat(0.1)\ns = Const string[2] splat("a")'],
  ['strings', 's = Const string[4] ["a" "" "ü\\n\\"" bytes:ff00]'],
  ['an opaque constant', 'v = Const variant[] opaque(0815)'],
  ['a custom op', 'in x: float32[]\ny = My>Op(x) {T: type:float32, beta: float:1, n: 3}\nout y: float32'],
  ['attributes of a Const', 'w = Const int32[0] [] {_class: list(string):["loc:@v"]}'],
  ['a Const whose dtype disagrees', 'w = Const() {dtype: float64, value: float32[1] [1]}'],
  [
    'attributes that another reader would guess wrong',
    'in x: float32[]\ny = IdentityN(x) {T: string:"x"}\nz = Relu(x) {T: $T}\nw = AddN(x, x) {N: 3}\nv = AddN(x) {N: nothing}',
  ],
  [
    'functions',
    `in x: float32[2]
y = PartitionedCall(x) {Tout: [float32], f: @f{T: type:float32}}
out y

stateful fn f[T: type, N: int = 1, L: list(type)](a: float32, b: $T {_user: "b"}) {
  attrs {_noinline: true}
  n = NoOp()
  c = Identity(a) ^n
  m = Mine(b) {T: $T}
  out key=c, m: $T, ^n, ^done=n
}

fn g() {
}`,
  ],
]

function LOOP(): string {
  return `in x: int32[]
enter = Enter(x) {frame_name: "loop"}
merge = Merge(enter, next)
ten = Const int32[] [10] ^merge
less = Less(merge, ten)
cond = LoopCond(less)
switch = Switch(merge, cond)
exit = Exit(switch)
id = Identity(switch:1)
one = Const int32[] [1] ^id
add = AddV2(id, one)
next = NextIteration(add)
out exit`
}

describe('print(parse(text)) is the text', () => {
  for (const [what, text] of ROUND_TRIPS) it(what, () => expect(print(parse(text, sources))).toBe(text))
})

const ATTRS: string[] = [
  '"text"',
  'bytes:ff',
  '5',
  '9223372036854775807',
  '-1',
  'float:0.1',
  'float:1',
  'float:-0',
  'float:inf',
  'float:nan',
  'float:1e-7',
  'true',
  'false',
  'type:bfloat16',
  'shape:[?,8]',
  'shape:?',
  'shape:[]',
  'tensor:int32[2] [1 2]',
  '@f',
  '@f{a: 1, b: type:int32}',
  'list():[]',
  'list(string):["a",bytes:ff]',
  'list(int):[1,9007199254740993]',
  'list(float):[0.5,nan]',
  'list(bool):[true,false]',
  'list(type):[int32,string]',
  'list(shape):[[1],?,[]]',
  'list(tensor):[int32[1] [1], float32[1] [2]]',
  'list(func):[@f,@"g h"{a: 1}]',
  'list(int):[]',
  '$T',
  '$"a b"',
  'nothing',
]

describe('attributes that the registry does not know', () => {
  for (const attr of ATTRS) {
    it(attr, () => {
      const text = `n = Custom() {a: ${attr}, "odd name": ${attr}}`
      expect(print(parse(text))).toBe(text)
    })
  }
})

describe('attributes that the registry knows', () => {
  for (const [op, attrs] of [
    ['Placeholder', 'dtype: float32, shape: [1,?]'],
    ['Conv2D', 'T: float32, dilations: [], padding: "SAME", strides: [1,2,2,1]'],
    ['LeakyRelu', 'T: float32, alpha: 1'],
    ['FusedBatchNorm', 'T: float32, epsilon: 0.001, is_training: false'],
    ['Case', 'Tin: [], Tout: [], branches: [@f,@g], output_shapes: [[1],?]'],
    ['While', 'T: [], body: @f, cond: $C'],
    ['Conv2D', 'T: float32, strides: list(float):[1]'],
  ] as const) {
    it(`${op} {${attrs}}`, () => {
      const text = `n = ${op}() {${attrs}}`
      const reread = parse(text)
      expect(print(reread)).toBe(text.replaceAll('Tin: [], ', '').replaceAll(/(?<=While.*)T: \[\], /g, ''))
    })
  }
})

const ELEMENTS: Partial<Record<(typeof DTYPES)[number], string>> = {
  string: '"a" "b"',
  bool: 'true false',
  float32: '0 -0 1.5 0.1 1e-45 3.4028235e+38 nan inf -inf 0x7fc00001 16777216',
  float64: '0.1 5e-324 1.7976931348623157e+308 nan -inf 0x7ff8000000000001',
  float16: '0.1 65500 6e-8 nan inf -0 0x7e01',
  bfloat16: '0.1 3.39e+38 9e-41 nan',
  complex64: '1;-2.5 nan;0.1',
  complex128: '0.1;2',
  int64: '9223372036854775807 -9223372036854775808',
  uint64: '18446744073709551615',
  int8: '-128 127',
  quint8: '255',
  float8_e5m2: '0x3c 0xff',
}

describe('elements', () => {
  for (const dtype of DTYPES) {
    if (dtype === 'resource' || dtype === 'variant') continue
    const words = ELEMENTS[dtype] ?? (dtype.includes('float') ? '0x00 0x7f' : '0 1')
    it(`${dtype}: ${words}`, () => {
      const text = `c = Const ${dtype}[${words.split(' ').length}] [${words}]`
      expect(print(parse(text))).toBe(text)
    })
  }
})

describe('what follows from the inputs is made up, and is not printed', () => {
  it('types and counts', () => {
    const graph = parse('in x: int64[2]\ny = AddN(x, x)\nz = IdentityN(x, y)\nout z:1')
    expect(graph.node('y')!.type('T')).toBe('int64')
    expect(graph.node('y')!.int('N')).toBe(2)
    expect(graph.node('z')!.types('T')).toEqual(['int64', 'int64'])
  })
  it('through forward references', () => {
    const graph = parse('z = Neg(y)\ny = Neg(x)\nin x: float16[]\nout z')
    expect(graph.node('z')!.type('T')).toBe('float16')
    expect(print(graph)).toBe('in x: float16[]\ny = Neg(x)\nz = Neg(y)\nout z')
  })
  it('a default only where it is written', () => {
    expect(print(parse('in x: float32[]\ny = MatMul(x, x) {transpose_a: false}'))).toContain('{transpose_a: false}')
    expect(print(parse('in x: float32[]\ny = MatMul(x, x)'))).not.toContain('transpose_a')
  })
})

describe('what is printed only', () => {
  const of = { dtype: 'float32', shape: [2], recipe: { kind: 'range', source: sources.ckpt, offset: 4 } } as const
  const small = { dtype: 'float32', shape: [1], recipe: { kind: 'memory', bytes: new Uint8Array(4) } } as const
  it('a computation', () => {
    const graph = new Graph()
    graph.const({ ...of, recipe: { kind: 'computed', by: { op: 'mul', of: [of, small] } } })
    graph.const({ ...of, recipe: { kind: 'computed', by: { op: 'transpose', of: [of], perm: [0] } } })
    const text =
      'Const = Const float32[2] mul(ckpt@4, float32[1] [0])\nConst_1 = Const float32[2] transpose(ckpt@4, perm=[0])'
    expect(print(graph)).toBe(text)
    expect(() => parse(text, sources)).toThrow("line 1: a tensor made by 'mul' is printed, and cannot be read")
  })
  it('blocks', () => {
    const graph = new Graph()
    const blocks = [
      { start: [0], tensor: of },
      { start: [2], tensor: small },
    ]
    graph.const({ dtype: 'float32', shape: [3], recipe: { kind: 'blocks', blocks } })
    expect(print(graph)).toBe('Const = Const float32[3] blocks([0] float32[2] ckpt@4, [2] float32[1] [0])')
  })
  it('a cut list', () => {
    const text = print(parse('c = Const int32[4] [1 2 3 4]'), { elements: 2 })
    expect(text).toBe('c = Const int32[4] [1 2 …]')
    expect(() => parse(text)).toThrow("line 1: cannot read '…]'")
  })
})

const ERRORS: [text: string, message: string][] = [
  ['\n\ny = Relu(x)', "line 3: there is no node 'x'"],
  ['a = NoOp()\na = NoOp()', "line 2: there is a node 'a' already"],
  ['nonsense', 'line 1: expected `name = Op(…)`, `in`, `out`, `fn`, `attrs` or `versions`'],
  ['a = Relu', "line 1: expected '(' after Relu, found 'the end of the line'"],
  ['a = Relu(', "line 1: expected a node, found 'the end of the line'"],
  ['a = NoOp() x', "line 1: expected the end of the line, found 'x'"],
  ['in x: f32[1]', "line 1: there is no dtype 'f32'"],
  ['in x: float32[1.5]', "line 1: expected a size, found '1.5'"],
  ['c = Const float32[?] [1]', 'line 1: a tensor needs all its sizes'],
  ['c = Const int32[2] [1]', 'line 1: the shape asks for 2 elements, and there are 1'],
  ['c = Const int8[2] [1 300]', "line 1: '300' is not a int8"],
  ['c = Const resource[1] [1]', 'line 1: resource has no elements that can be written'],
  ['c = Const float32[1] data@0', "line 1: there is no byte source 'data'"],
  [
    'c = Custom() {a: float32}',
    "line 1: 'float32' does not show its kind: write float:, type:, shape:, tensor: or list(…): before it",
  ],
  ['c = Custom() {a: half:1}', "line 1: there is no kind of attribute 'half'"],
  ['c = Custom() {a: 1, a: 2}', "line 1: attribute 'a' is given twice"],
  ['c = LeakyRelu() {alpha: constructor}', "line 1: expected a number, found 'constructor'"],
  ['c = Const bool[1] [toString]', "line 1: 'toString' is not a bool"],
  ['c = LeakyRelu() {alpha: x}', "line 1: expected a number, found 'x'"],
  ['c = Custom() {a: "\\q"}', 'line 1: the text "\\q" has an escape that JSON does not know'],
  ['fn f() {\nfn g() {', 'line 2: a function cannot stand inside another: a `}` is missing above'],
  ['fn f() {', "line 1: the last function has no closing '}'"],
  ['a = NoOp() ~', "line 1: cannot read '~'"],
]

describe('errors name the line', () => {
  for (const [text, message] of ERRORS) {
    it(message, () => {
      expect(() => parse(text)).toThrow(SyntaxError)
      expect(() => parse(text)).toThrow(new SyntaxError(message))
    })
  }
})

it('attributes of lists compare by what they hold', () => {
  const graph = new Graph()
  const x = graph.add('Placeholder', [], { dtype: 'float32' }, 'x').out()
  graph.addNode('IdentityN', [x], new Map([['T', list('type', ['float32'])]]), 'y')
  expect(print(graph)).toBe('x = Placeholder() {dtype: float32}\ny = IdentityN(x)')
})

/** GraphDef in: every encoding of a constant, functions, and what TensorFlow would refuse. */
import { describe, expect, it } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { fromGraphDef, type GraphDefOptions } from '../../src/graph/graphdef.ts'
import { print } from '../../src/graph/text/index.ts'
import { dtypeId } from '../../src/tensorflow/dtype.ts'
import {
  type FunctionDef,
  GraphDef,
  type NodeDef,
  OpDef,
  type TensorProto,
} from '../../src/tensorflow/generated/messages.ts'
import { type Init, message } from '../messages.ts'

type NodeInit = Init<NodeDef>
type FunctionInit = Init<FunctionDef>

/** The graph, with every function looked at: until then none is decoded. */
const read = (node: NodeInit[], functions: FunctionInit[] = [], options: GraphDefOptions = {}) => {
  const library = { function: functions }
  const graph = fromGraphDef(
    message(GraphDef, { node, library, versions: { producer: 1882, minConsumer: 12 } }),
    'm.pb',
    options,
  )
  for (const f of graph.functions.values()) expect(f.body.functions).toBe(graph.functions)
  return graph
}

const dims = (...sizes: number[]) => ({ dim: sizes.map(size => ({ size: BigInt(size) })) })
const constant = (proto: Init<TensorProto>): NodeInit => ({
  name: 'c',
  op: 'Const',
  attr: {
    dtype: { value: { case: 'type', value: proto.dtype! } },
    value: { value: { case: 'tensor', value: proto } },
  },
})
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const tensor = (dtype: Parameters<typeof dtypeId>[0], shape: number[], rest: Init<TensorProto>): Init<TensorProto> => ({
  ...rest,
  dtype: dtypeId(dtype),
  tensorShape: dims(...shape),
})

const CONSTANTS: [proto: Init<TensorProto>, text: string][] = [
  [tensor('float32', [2], { tensorContent: Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64) }), 'float32[2] [1 2]'],
  [tensor('float32', [3], { floatVal: [1, 2] }), 'float32[3] [1 2 2]'],
  [tensor('float32', [3], { floatVal: [5] }), 'float32[3] splat(5)'],
  [tensor('float32', [3], {}), 'float32[3] splat(0)'],
  [tensor('float32', [], { floatVal: [5] }), 'float32[] [5]'],
  [tensor('float32', [], {}), 'float32[] splat(0)'],
  [tensor('float32', [1], { floatVal: [1, 2, 3] }), 'float32[1] [1]'],
  [tensor('float32', [0, 3], {}), 'float32[0,3] []'],
  [tensor('float32', [2000, 2000], { floatVal: [5] }), 'float32[2000,2000] splat(5)'],
  [tensor('float64', [1], { doubleVal: [0.1] }), 'float64[1] [0.1]'],
  [tensor('int32', [2], { intVal: [1, -1] }), 'int32[2] [1 -1]'],
  [tensor('int16', [2], { intVal: [1, -1] }), 'int16[2] [1 -1]'],
  [tensor('int8', [2], { intVal: [1, -1] }), 'int8[2] [1 -1]'],
  [tensor('uint8', [2], { intVal: [1, 255] }), 'uint8[2] [1 255]'],
  [tensor('uint16', [1], { intVal: [65535] }), 'uint16[1] [65535]'],
  [tensor('uint32', [1], { uint32Val: [4294967295] }), 'uint32[1] [4294967295]'],
  [tensor('int64', [1], { int64Val: [-9007199254740993n] }), 'int64[1] [-9007199254740993]'],
  [tensor('uint64', [1], { uint64Val: [18446744073709551615n] }), 'uint64[1] [18446744073709551615]'],
  [tensor('bool', [2], { boolVal: [true, false] }), 'bool[2] [true false]'],
  [tensor('float16', [1], { halfVal: [0x3c00] }), 'float16[1] [1]'],
  [tensor('bfloat16', [1], { halfVal: [0x3f80] }), 'bfloat16[1] [1]'],
  [tensor('complex64', [1], { scomplexVal: [1, 2, 3] }), 'complex64[1] [1;2]'],
  [tensor('complex128', [1], { dcomplexVal: [1, 2] }), 'complex128[1] [1;2]'],
  [tensor('qint32', [1], { intVal: [-7] }), 'qint32[1] [-7]'],
  [tensor('float8_e4m3fn', [1], { float8Val: Uint8Array.of(0x3c) }), 'float8_e4m3fn[1] [0x3c]'],
  [tensor('string', [2], { stringVal: [utf8('a')] }), 'string[2] ["a" "a"]'],
  [tensor('string', [2], {}), 'string[2] ["" ""]'],
  [tensor('string', [2], { tensorContent: Uint8Array.of(1, 2, 97, 98, 99) }), 'string[2] ["a" "bc"]'],
]

describe('constants', () => {
  for (const [proto, text] of CONSTANTS)
    it(text, () => expect(print(read([constant(proto)]))).toBe(`c = Const ${text}`))
  it('large ones stay in the file', () => {
    const source = fromBytes(new Uint8Array(9000), 'm.pb')
    const large = () => ({ source, offset: 40, length: 8000 })
    const graph = read([constant(tensor('float32', [20, 100], {}))], [], { large })
    expect(print(graph)).toBe('c = Const float32[20,100] m.pb@40')
    expect(() => read([constant(tensor('float32', [20], {}))], [], { large })).toThrow(
      'm.pb c: a constant float32[20] of 80 bytes has 8000 in tensor_content.',
    )
  })
})

const BROKEN_CONSTANTS: [proto: Init<TensorProto>, message: string][] = [
  [tensor('float32', [-1], { floatVal: [1] }), 'm.pb c: a constant of shape [-1], with a negative size.'],
  [{ dtype: 1, tensorShape: { unknownRank: true } }, 'm.pb c: a constant of unknown rank.'],
  [
    tensor('int32', [2], { tensorContent: new Uint8Array(7) }),
    'm.pb c: a constant int32[2] of 8 bytes has 7 in tensor_content.',
  ],
  [
    tensor('int32', [2 ** 40, 2 ** 40], { intVal: [1] }),
    'm.pb c: a constant of shape [1099511627776,1099511627776] has more than 2^53 elements.',
  ],
  [
    tensor('int32', [2 ** 40], { intVal: [1] }),
    'm.pb c: a constant of shape [1099511627776] repeats one value in more than 17179869184 bytes.',
  ],
  [
    tensor('int32', [2 ** 40], { intVal: [1, 2] }),
    'm.pb c: 2 values for the 1099511627776 elements of a constant, of which 67108864 fit in memory.',
  ],
  [
    tensor('string', [2 ** 40], { stringVal: [utf8('a')] }),
    'm.pb c: 1 values for the 1099511627776 strings of a constant, of which 67108864 fit in memory.',
  ],
  [
    tensor('string', [2 ** 40], { tensorContent: Uint8Array.of(1, 2) }),
    'm.pb c: tensor_content does not hold 1099511627776 strings.',
  ],
  [tensor('string', [1], { tensorContent: Uint8Array.of(200) }), 'm.pb c: tensor_content does not hold 1 strings.'],
  [tensor('string', [1], { tensorContent: Uint8Array.of(9, 97) }), 'm.pb c: tensor_content does not hold 1 strings.'],
]

const node = (name: string, op: string, input: string[] = [], attr: NodeInit['attr'] = {}): NodeInit => ({
  name,
  op,
  input,
  attr,
})
const float = { value: { case: 'type' as const, value: 1 } }
const PLACEHOLDER = node('x', 'Placeholder', [], { dtype: float })

const BROKEN_GRAPHS: [nodes: NodeInit[], message: string][] = [
  [[node('a', 'NoOp'), node('a', 'NoOp')], 'm.pb a: two nodes have this name.'],
  [[node('', 'NoOp')], 'm.pb: a node (NoOp) without a name.'],
  [[node('c', 'Const')], 'm.pb c: a constant without a value.'],
  [
    [node('c', 'Const', [], { value: { value: { case: 'tensor', value: {} } } })],
    'm.pb c: a constant of the unknown data type 0.',
  ],
  [[node('y', 'Neg', ['x'])], "m.pb y: the input 'x', but there is no such node."],
  [[node('y', 'NoOp', ['^x'])], "m.pb y: the input '^x', but there is no such node."],
  [[PLACEHOLDER, node('y', 'Neg', ['x:1'])], "m.pb y: the input 'x:1', but x has one output."],
  [[node('n', 'NoOp'), node('y', 'Neg', ['n'])], "m.pb y: the input 'n', but n has no outputs."],
  [
    [node('s', 'Split', [], { num_split: { value: { case: 'i', value: -1n } } }), node('y', 'Neg', ['s'])],
    "s: attribute 'num_split' of this Split is -1, but must be a count up to 100000.",
  ],
  [
    [node('y', 'Neg', [], { T: { value: { case: 'type', value: 0 } } })],
    'm.pb y: an attribute has the unknown data type 0.',
  ],
]

describe('what TensorFlow would refuse', () => {
  for (const [proto, message] of BROKEN_CONSTANTS)
    it(message, () => expect(() => read([constant(proto)])).toThrow(message))
  for (const [nodes, message] of BROKEN_GRAPHS) it(message, () => expect(() => read(nodes)).toThrow(message))
})

describe('attributes', () => {
  it('a hint that cannot be read is left out', () => {
    const bad = { value: { case: 'type' as const, value: 0 } }
    expect(print(read([node('n', 'NoOp', [], { _handle_dtype: bad })]))).toBe('n = NoOp()')
  })
  it('an empty list has the kind of its definition', () => {
    const empty = { value: { case: 'list' as const, value: {} } }
    const graph = read([node('y', 'IdentityN', [], { T: empty, _class: empty })])
    expect(graph.node('y')!.attrs.get('T')).toEqual({ kind: 'list', of: 'type', value: [] })
    expect(graph.node('y')!.attrs.get('_class')).toEqual({ kind: 'list', of: 'nothing', value: [] })
  })
  it('that only look alike stay apart, whatever their names hold', () => {
    const i = (value: bigint) => ({ value: { case: 'i' as const, value } })
    const graph = read([node('m', 'Mine', [], { a: i(1n), b: i(2n) }), node('n', 'Mine', [], { 'a int 1 b': i(2n) })])
    expect([...graph.node('n')!.attrs.keys()]).toEqual(['a int 1 b'])
  })
  it('text where the bytes are UTF-8', () => {
    const s = (value: Uint8Array) => ({ value: { case: 's' as const, value } })
    const graph = read([node('n', 'NoOp', [], { _a: s(utf8('é')), _b: s(Uint8Array.of(255)), _c: s(utf8('\ufeffx')) })])
    expect(print(graph)).toBe('n = NoOp() {_a: "é", _b: bytes:ff, _c: "\ufeffx"}')
  })
})

const F: FunctionInit = {
  signature: {
    name: 'f',
    inputArg: [{ name: 'a', type: 1 }],
    outputArg: [{ name: 'o', type: 1 }],
    controlOutput: ['done'],
    isStateful: true,
  },
  nodeDef: [
    node('u', 'Unpack', ['a'], {
      num: { value: { case: 'i', value: 3n } },
      T: float,
      axis: { value: { case: 'i', value: 0n } },
    }),
    node('n', 'Neg', ['u:output:2', '^u'], { T: float }),
  ],
  ret: { o: 'n:y:0' },
  controlRet: { done: 'u' },
  argAttr: { 0: { attr: { _user: { value: { case: 's', value: utf8('A') } } } } },
  resourceArgUniqueId: { 0: 4 },
}
const withNode = (...nodes: NodeInit[]): FunctionInit => ({ ...F, nodeDef: [...F.nodeDef!, ...nodes] })
const custom = (...inputs: string[]) =>
  withNode(
    node('m', 'Mine'),
    node('k', 'AddN', inputs, { T: float, N: { value: { case: 'i', value: BigInt(inputs.length) } } }),
  )

describe('functions', () => {
  it('name results, and come out with ports', () => {
    expect(print(read([], [F]))).toBe(`

stateful fn f(a: float32 {_resource_arg_unique_id: 4, _user: "A"}) {
  u = Unpack(a) {axis: 0, num: 3}
  n = Neg(u:2) ^u
  out o=n, ^done=u
}`)
  })
  it('may call what comes later, by name', () => {
    const call = { ...withNode(node('c', 'g', ['a'])), ret: { o: 'c:second:0' } }
    const g: FunctionInit = {
      signature: {
        name: 'g',
        inputArg: [{ name: 'x', type: 1 }],
        outputArg: [
          { name: 'first', type: 1 },
          { name: 'second', type: 1 },
        ],
      },
      ret: { first: 'x', second: 'x' },
    }
    expect(print(read([], [call, g]))).toContain('out o=c:1: float32, ^done=u')
  })
  it('of custom ops the file may bring the definition', () => {
    const customOps = [
      message(OpDef, {
        name: 'Mine',
        outputArg: [
          { name: 'v', type: 1 },
          { name: 'i', type: 3 },
        ],
      }),
    ]
    expect(print(read([], [custom('m:i:0')], { customOps }))).toContain('k = AddN(m:1)')
  })
  it('of custom ops without one, a single result is known', () => {
    expect(print(read([], [custom('m:v:0', 'm:v')]))).toContain('k = AddN(m, m)')
    expect(() => read([], [custom('m:v:0', 'm:i:0')])).toThrow(
      'm.pb f m: the custom op Mine, of which k and others read several results, and the file does not define it. Save the model with a version of TensorFlow where the op is registered.',
    )
  })
  for (const [f, message] of [
    [{ ...F, signature: {} }, 'm.pb: a library function without a name.'],
    [{ ...F, ret: {} }, 'm.pb f o: a result that the function does not return.'],
    [{ ...F, controlRet: {} }, 'm.pb f done: a control result that the function does not return.'],
    [{ ...F, controlRet: { done: 'q' } }, "m.pb f done: the input '^q', but there is no such node."],
    [withNode(node('k', 'Neg', ['q:y:0'])), "m.pb f k: the input 'q:y:0', but there is no such node."],
    [withNode(node('k', 'Neg', ['n:z:0'])), "m.pb f k: the input 'n:z:0', and the results of n are y."],
    [withNode(node('k', 'Neg', ['u:output:3'])), "m.pb f k: the input 'u:output:3', and the results of u are output."],
    [withNode(node('n', 'NoOp')), 'm.pb f n: two nodes have this name.'],
  ] as [FunctionInit, string][]) {
    it(message, () => expect(() => read([], [f])).toThrow(message))
  }
  it('are decoded when something looks at them', () => {
    const { functions } = fromGraphDef(message(GraphDef, { library: { function: [{ ...F, ret: {} }] } }), 'm.pb')
    for (const time of ['once', 'and again'])
      expect(() => functions.get('f')!.body, time).toThrow('m.pb f o: a result that the function does not return.')
  })
  it('two of one name', () => expect(() => read([], [F, F])).toThrow('m.pb f: two library functions have this name.'))
})

describe('size', () => {
  it('100,000 nodes in a row', () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) =>
      node(`n${i}`, 'Neg', [i ? `n${i - 1}:0` : 'x'], { T: float }),
    )
    const graph = read([PLACEHOLDER, ...nodes])
    expect(graph.nodes.size).toBe(100_001)
    expect(print(graph).split('\n').at(-1)).toBe('n99999 = Neg(n99998)')
  })
})

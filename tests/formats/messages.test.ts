/** Decoding and encoding messages, against protobuf-es with TensorFlow's descriptors, and what damaged bytes give. */
import { create, type DescField, type DescMessage, fromBinary, ScalarType, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../src/formats/protobuf/decode.ts'
import { MAX_DEPTH } from '../../src/limits.ts'
import { descriptor } from '../../src/tensorflow/descriptors.ts'
import { AttrValue, NodeDef, TensorProto } from '../../src/tensorflow/generated/messages.ts'
import { message, readFields, TYPES } from '../messages.ts'

const { LengthDelimited, Varint } = WireType
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array) => decodeMessage(NodeDef, bytes, { file: 'f' })
const field = (number: number, bytes: Uint8Array) =>
  new BinaryWriter().tag(number, LengthDelimited).bytes(bytes).finish()
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap(part => [...part]))

/** A value that no default equals. */
function sample(type: ScalarType): unknown {
  if (type === ScalarType.STRING) return 'é'
  if (type === ScalarType.BYTES) return Uint8Array.of(1, 0)
  if (type === ScalarType.BOOL) return true
  if (type === ScalarType.FLOAT || type === ScalarType.DOUBLE) return -0.5
  if (type === ScalarType.UINT64) return 2n ** 64n - 1n
  if (type === ScalarType.INT64) return -(2n ** 63n)
  return type === ScalarType.INT32 ? -7 : 7
}

const single = (field: DescField, depth: number): unknown =>
  field.message ? filled(field.message, depth) : field.enum ? -1 : sample(field.scalar!)

/** A message with every field that is read, and of each oneof the last that fits. */
function filled(message: DescMessage, depth = 5): Record<string, unknown> {
  const whole: Record<string, unknown> = {}
  for (const f of TYPES.has(message.typeName) ? readFields(message) : message.fields) {
    if (f.message && depth === 0) continue
    const value = single(f, depth - 1)
    if (f.oneof) whole[f.oneof.localName] = { case: f.localName, value }
    else if (f.fieldKind === 'list') whole[f.localName] = [value, value]
    else if (f.fieldKind === 'map') whole[f.localName] = { [String(sample(f.mapKey))]: value }
    else whole[f.localName] = value
  }
  return whole
}

describe('every field is read and written as protobuf does', () => {
  const types = [...TYPES].filter(([name]) => /^tensorflow(?!.*Entry$)/.test(name))
  test('there are types', () => expect(types.length).toBeGreaterThan(40))
  for (const [name, type] of types) {
    test(name, () => {
      const whole = descriptor(name)
      const bytes = toBinary(whole, create(whole, filled(whole)))
      const { encode } = type as typeof NodeDef // each type has its own; only its bytes are compared
      const again = encode(decodeMessage(type, bytes, {}) as NodeDef).finish()
      // Read again, as fields of a oneof may stand elsewhere.
      expect(Buffer.from(toBinary(whole, fromBinary(whole, again)))).toEqual(Buffer.from(bytes))
    })
  }
  for (const { name, localName } of descriptor('tensorflow.AttrValue').fields) {
    test(`AttrValue.${name}`, () => {
      const f = descriptor('tensorflow.AttrValue').fields.find(each => each.name === name)!
      const whole = create(f.parent, { value: { case: localName, value: single(f, 3) } })
      const bytes = toBinary(f.parent, whole)
      expect(Buffer.from(AttrValue.encode(AttrValue.decode(bytes)).finish())).toEqual(Buffer.from(bytes))
    })
  }
})

describe('what is in a message', () => {
  test('numbers in a row, and one by one', () => {
    const one = new BinaryWriter().tag(7, Varint).int32(5).tag(7, Varint).int32(-1).finish()
    expect(TensorProto.decode(joined(one, field(7, Uint8Array.of(2, 3)))).intVal).toEqual([5, -1, 2, 3])
  })
  test('numbers of 64 bits and of enums that are not known', () => {
    expect(message(TensorProto, { int64Val: [-(2n ** 63n)], uint64Val: [2n ** 64n - 1n], dtype: -3 })).toMatchObject({
      int64Val: [-(2n ** 63n)],
      uint64Val: [2n ** 64n - 1n],
      dtype: -3,
    })
  })
  test('fields that nobody knows are passed over, whatever their type', () => {
    const unknown = new BinaryWriter()
      .tag(900, Varint)
      .uint64(2n ** 63n)
      .tag(901, WireType.Bit32)
      .fixed32(1)
    unknown.tag(902, WireType.Bit64).fixed64(1n).tag(903, LengthDelimited).string('x')
    unknown.tag(904, WireType.StartGroup).tag(1, Varint).uint32(1).tag(904, WireType.EndGroup)
    expect(decode(joined(field(1, utf8('n')), unknown.finish(), field(2, utf8('Op'))))).toMatchObject({
      name: 'n',
      op: 'Op',
    })
  })
  test('attributes of any name, of which the last counts', () => {
    const entry = (key: string, value: Uint8Array) => field(5, joined(field(1, utf8(key)), field(2, value)))
    const names = ['__proto__', 'constructor', 'toString', '10', '9']
    const int = (i: number) => Uint8Array.of(24, i)
    const { attr } = decode(joined(...names.map(name => entry(name, int(1))), entry('9', int(2))))
    expect([...attr.keys()]).toEqual(names)
    expect(attr.get('9')).toEqual({ value: { $case: 'i', value: 2n } })
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })
  test('an entry without its key has the empty one, and one without its message an empty one', () => {
    const { attr } = decode(joined(field(5, field(2, Uint8Array.of(24, 1))), field(5, field(1, utf8('T')))))
    expect([...attr]).toEqual([
      ['', { value: { $case: 'i', value: 1n } }],
      ['T', { value: undefined }],
    ])
  })
  test('a byte order mark is part of a name', () => {
    expect(decode(field(1, utf8('\uFEFFn'))).name).toBe('\uFEFFn')
  })
})

describe('refuses', () => {
  test('names that are not UTF-8', () => {
    expect(() => decode(field(1, Uint8Array.of(0x61, 0xff)))).toThrow(
      'f: the bytes are not a tensorflow.NodeDef (The encoded data was not valid for encoding utf-8).',
    )
  })
  for (const [what, bytes, why] of [
    ['a zero byte where a field begins', Uint8Array.of(0, 0), 'field number 0'],
    ['the end of a group that nobody began', Uint8Array.of(0x0c), 'cant skip wire type 4'],
  ] as const) {
    test(`${what}, in a message of any kind`, () => {
      for (const type of TYPES.values())
        expect(() => decodeMessage(type, bytes, { file: 'f' })).toThrow(
          `f: the bytes are not a ${type.$type} (${why}).`,
        )
    })
    test(`${what}, inside of a message`, () => {
      const node = field(5, joined(field(1, utf8('T')), bytes, field(2, new Uint8Array())))
      expect(() => decodeMessage(NodeDef, node, {})).toThrow(`the bytes are not a tensorflow.NodeDef (${why}).`)
    })
  }
  for (const [what, bytes, why] of [
    ['a group that ends with another number', Uint8Array.of(0x53, 8, 1, 0x5c), 'invalid end group tag'],
    [
      'a field that is longer than the message around it',
      joined(Uint8Array.of(0x2a, 3), field(1, utf8('abcde')), field(4, Uint8Array.of(8, 9))),
      'a field is longer than the message around it',
    ],
    [
      'a number that is longer than the list around it',
      field(5, field(2, field(8, joined(Uint8Array.of(0x3a, 1, 0x80, 1))))),
      'a number is longer than the list around it',
    ],
    [
      'a message that comes twice',
      field(5, joined(field(2, Uint8Array.of(24, 9)), field(2, new Uint8Array()))),
      'a message comes twice',
    ],
    [
      'a value that comes twice',
      field(5, field(2, joined(field(8, new Uint8Array()), field(8, new Uint8Array())))),
      'a message comes twice',
    ],
  ] as const) {
    test(what, () =>
      expect(() => decodeMessage(NodeDef, bytes, { file: 'f' })).toThrow(
        `f: the bytes are not a tensorflow.NodeDef (${why}`,
      ),
    )
  }
  test('messages that nest deeper than MAX_DEPTH', () => {
    const nested = (depth: number): Uint8Array =>
      depth === 0 ? new Uint8Array() : field(10, field(2, field(2, nested(depth - 1))))
    // The node, an entry and its value are three messages, and three more each function in a value, its entry and the value there.
    const node = (depth: number) => field(5, field(2, nested(depth)))
    expect(MAX_DEPTH % 3).toBe(1)
    expect(decode(node((MAX_DEPTH - 4) / 3)).attr.size).toBe(1)
    expect(() => decode(node((MAX_DEPTH - 1) / 3))).toThrow(
      'f: the bytes are not a tensorflow.NodeDef (protobuf decode recursion limit exceeded).',
    )
  })
})

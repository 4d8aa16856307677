/** Vocabulary files. What is refused, and what is read, is what TensorFlow 2.21 does with the same files. */
import { describe, expect, test } from 'vitest'
import { fromBytes } from '../../../src/bytes/source.ts'
import { printTensor } from '../../../src/graph/text/tensors.ts'
import { readTextFile, type TextFileFormat } from '../../../src/models/state/text-file.ts'

const LINES: TextFileFormat = {
  keyType: 'string',
  valueType: 'int64',
  keyIndex: -2,
  valueIndex: -1,
  vocabSize: -1,
  delimiter: '\t',
  offset: 0,
}
const COLUMNS: TextFileFormat = { ...LINES, keyIndex: 0, valueIndex: 1 }
const FLOATS: TextFileFormat = { ...COLUMNS, valueType: 'float32', delimiter: ',' }

const file = (text: string | Uint8Array) =>
  fromBytes(typeof text === 'string' ? new TextEncoder().encode(text) : text, 'vocab.txt')

describe('read', () => {
  for (const [what, text, format, keys, values] of [
    ['lines and numbers', 'a\nb\nc\n', LINES, 'string[3] ["a" "b" "c"]', 'int64[3] [0 1 2]'],
    ['a last line without newline', 'a\nb', LINES, 'string[2] ["a" "b"]', 'int64[2] [0 1]'],
    ['returns before newlines only', 'a\r\nb\rx\nc\r', LINES, 'string[3] ["a" "b\\rx" "c"]', 'int64[3] [0 1 2]'],
    ['one return of two', 'a\r\r\n', LINES, 'string[1] ["a\\r"]', 'int64[1] [0]'],
    ['bytes that are not text', Uint8Array.of(0xff, 0x0a), LINES, 'string[1] [bytes:ff]', 'int64[1] [0]'],
    [
      'numbers and lines',
      'a\nb',
      { ...LINES, keyType: 'int64', valueType: 'string', keyIndex: -1, valueIndex: -2 },
      'int64[2] [0 1]',
      'string[2] ["a" "b"]',
    ],
    ['an offset', 'a\nb', { ...LINES, offset: 10 }, 'string[2] ["a" "b"]', 'int64[2] [10 11]'],
    ['the first lines', 'a\nb\nc', { ...LINES, vocabSize: 2 }, 'string[2] ["a" "b"]', 'int64[2] [0 1]'],
    ['columns', 'a\t 1 \nb\t+2\textra', COLUMNS, 'string[2] ["a" "b"]', 'int64[2] [1 2]'],
    [
      'columns and the whole line',
      'a 5\nb 6',
      { ...COLUMNS, valueType: 'string', keyIndex: -2, delimiter: ' ' },
      'string[2] ["a 5" "b 6"]',
      'string[2] ["5" "6"]',
    ],
    ['whole lines as numbers', '5\n6', { ...LINES, keyType: 'int64' }, 'int64[2] [5 6]', 'int64[2] [0 1]'],
    [
      'int32 with the offset',
      'a\t7',
      { ...COLUMNS, valueType: 'int32', offset: 3 },
      'string[1] ["a"]',
      'int32[1] [10]',
    ],
    ['int64 without it', 'a\t7', { ...COLUMNS, offset: 3 }, 'string[1] ["a"]', 'int64[1] [7]'],
    [
      'floats',
      'a,1.5\nb,.5\nc,5.\nd,1e3\ne, 2.5 ',
      FLOATS,
      'string[5] ["a" "b" "c" "d" "e"]',
      'float32[5] [1.5 0.5 5 1000 2.5]',
    ],
    [
      'floats that are not finite',
      'a,nan\nb,-inf\nc,Infinity\nd,1e400',
      FLOATS,
      'string[4] ["a" "b" "c" "d"]',
      'float32[4] [nan -inf inf inf]',
    ],
    ['a hexadecimal float', 'a,0x1p3\nb,-0x.8', FLOATS, 'string[2] ["a" "b"]', 'float32[2] [8 -0.5]'],
  ] as const) {
    test(what, async () => {
      const contents = await readTextFile(file(text), format)
      expect([printTensor(contents.keys), printTensor(contents.values)]).toEqual([keys, values])
    })
  }
})

describe('refused', () => {
  const EMPTY_LINE = 'is empty. Remove the empty line: TensorFlow refuses it too.'
  for (const [text, format, message] of [
    ['', LINES, 'vocab.txt: the vocabulary is empty.'],
    ['a\nb\n\n', LINES, `vocab.txt: line 3 ${EMPTY_LINE}`],
    ['a\t1\n\nb\t2', COLUMNS, `vocab.txt: line 2 ${EMPTY_LINE}`],
    [
      'a\nb\nc',
      { ...LINES, vocabSize: 5 },
      'vocab.txt: the vocabulary has 3 lines, and the model was made for 5. The file is cut short, or is not the one the model was saved with.',
    ],
    ['a\tx1', COLUMNS, "vocab.txt: line 1 has 'x1' for an int64."],
    ['a\t', COLUMNS, "vocab.txt: line 1 has '' for an int64."],
    ['a\t0x10', COLUMNS, "vocab.txt: line 1 has '0x10' for an int64."],
    ['a\t1.5', COLUMNS, "vocab.txt: line 1 has '1.5' for an int64."],
    ['a\t99999999999999999999', COLUMNS, "vocab.txt: line 1 has '99999999999999999999' for an int64."],
    ['a\t99999999999', { ...COLUMNS, valueType: 'int32' }, "vocab.txt: line 1 has '99999999999' for an int32."],
    ['a,--3', FLOATS, "vocab.txt: line 1 has '--3' for a float32."],
    ['a,1.0f', FLOATS, "vocab.txt: line 1 has '1.0f' for a float32."],
    ['a,', FLOATS, "vocab.txt: line 1 has '' for a float32."],
    ['a;1', COLUMNS, 'vocab.txt: line 1 has 1 columns, and 2 are read.'],
    [
      'a\ttrue',
      { ...COLUMNS, valueType: 'bool' },
      'vocab.txt: line 1 holds what the table wants as bool, which TensorFlow cannot read from text.',
    ],
    [
      '5',
      { ...LINES, valueType: 'int32' },
      'vocab.txt: the value of the table is the number of a line, and of type int32. TensorFlow allows int64 there.',
    ],
    [
      '5',
      { ...LINES, keyType: 'float32' },
      'vocab.txt: the key of the table is the whole of a line, and of type float32. TensorFlow allows string, int64, int32 there.',
    ],
  ] as const) {
    test(JSON.stringify(text), async () => {
      await expect(readTextFile(file(text), format)).rejects.toThrow(expect.objectContaining({ message }))
    })
  }
})

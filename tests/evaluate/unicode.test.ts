/** Code points and n-grams, beside what TensorFlow 2.21 gave. */
import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { nested, run, t } from './run.ts'

const BYTES = ['a\xffb', '\xe2\x82z', '\xf0\x9f\x98\x80\x01', '\xed\xa0\x80', '\xc0\xaf', '\xc3\xbc']
const text: Tensor = {
  dtype: 'string',
  shape: [BYTES.length],
  recipe: { kind: 'strings', values: BYTES.map(bytes => Uint8Array.from(bytes, c => c.charCodeAt(0))) },
}
const all = (op: string, inputs: readonly Tensor[], attrs: Parameters<typeof run>[2]) =>
  run(op, inputs, attrs).map(nested)

describe('UnicodeDecodeWithOffsets', () => {
  const attrs = { input_encoding: 'UTF-8', Tsplits: 'int64', replacement_char: 65533 } as const
  const R = 65533
  test.each([
    [
      'replace',
      false,
      [0, 3, 5, 7, 10, 12, 13],
      [97, R, 98, R, 122, 128512, 1, R, R, R, R, R, 252],
      [0, 1, 2, 0, 2, 0, 4, 0, 1, 2, 0, 1, 0],
    ],
    [
      'replace',
      true,
      [0, 3, 5, 7, 10, 12, 13],
      [97, R, 98, R, 122, 128512, R, R, R, R, R, R, 252],
      [0, 1, 2, 0, 2, 0, 4, 0, 1, 2, 0, 1, 0],
    ],
    ['ignore', false, [0, 2, 3, 5, 5, 5, 6], [97, 98, 122, 128512, 1, 252], [0, 2, 2, 0, 4, 0]],
    ['ignore', true, [0, 2, 3, 4, 4, 4, 5], [97, 98, 122, 128512, 252], [0, 2, 2, 0, 0]],
  ])('errors %s, control characters replaced %s', (errors, replaces, splits, values, offsets) => {
    const options = { ...attrs, errors, replace_control_characters: replaces }
    expect(all('UnicodeDecodeWithOffsets', [text], options)).toEqual([splits, values, offsets])
    expect(all('UnicodeDecode', [text], options)).toEqual([splits, values])
  })
  test('strict errors fail', () =>
    expect(() =>
      run('UnicodeDecode', [text], { ...attrs, errors: 'strict', replace_control_characters: false }),
    ).toThrow('the text is not UTF-8'))
})

test('UnicodeEncode', () => {
  const inputs = [t([97, 0xd800, 128512, -1, 252], 'int32'), t([0, 3, 3, 5], 'int64')]
  const attrs = { output_encoding: 'UTF-8', replacement_char: 65533 } as const
  expect(all('UnicodeEncode', inputs, { ...attrs, errors: 'replace' })).toEqual([['a\ufffd😀', '', '\ufffdü']])
  expect(all('UnicodeEncode', inputs, { ...attrs, errors: 'ignore' })).toEqual([['a😀', '', 'ü']])
})

test.each<[number[], number, boolean, string[], number[]]>([
  [[2], 0, false, ['a_b', 'b_c'], [0, 2, 2, 2]],
  [[1, 2], -1, false, ['a', 'b', 'c', 'L_a', 'a_b', 'b_c', 'c_R', 'L_R', 'd', 'L_d', 'd_R'], [0, 7, 8, 11]],
  [[3], 1, true, ['L_a_b', 'a_b_c', 'b_c_R', 'L_d_R'], [0, 3, 3, 4]],
  [[4], 0, true, ['a_b_c', 'd'], [0, 1, 1, 2]],
  [[5], 1, true, ['L_a_b_c_R', 'L_d_R'], [0, 1, 1, 2]],
])('StringNGrams of width %j, padding %d, short ones kept %s', (widths, pad, keeps, grams, splits) => {
  const attrs = {
    separator: '_',
    ngram_widths: widths,
    left_pad: 'L',
    right_pad: 'R',
    pad_width: pad,
    preserve_short_sequences: keeps,
  }
  expect(all('StringNGrams', [t(['a', 'b', 'c', 'd'], 'string'), t([0, 3, 3, 4], 'int64')], attrs)).toEqual([
    grams,
    splits,
  ])
})

/** Two frozen graphs as one. */
import { describe, expect, test } from 'vitest'
import { freeze } from '../../src/freeze/index.ts'
import { merge } from '../../src/freeze/merge.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { modelOf } from './cases.ts'

const frozen = (text: string, name: string) => freeze(modelOf(parse(text), name))

const DETECTOR = 'in image: float32[?,4]\nw = Const float32[4,2] [1 2 3 4 5 6 7 8]\ny = MatMul(image, w)\nout y'
const CLASSIFIER = 'in x: float32[?,2]\nw = Const float32[2] [1 2]\ny = Mul(x, w)\nz = Relu(x)\nout y\nout z'

describe('merge', () => {
  test('feeds an output of the first into an input of the second; names of the second give way', async () => {
    const [first, second] = [await frozen(DETECTOR, 'first.pb'), await frozen(CLASSIFIER, 'second.pb')]
    const before = [print(first.graph), print(second.graph)]
    const merged = merge(first, second, new Map([['y', 'x']]))
    expect(print(merged.graph)).toBe(
      [
        'in image: float32[?,4]',
        'w = Const float32[4,2] [1 2 3 4 5 6 7 8]',
        'y = MatMul(image, w)',
        'w_1 = Const float32[2] [1 2]',
        'y_1 = Mul(y, w_1)',
        'z = Relu(y)',
        'out y=y_1, z',
      ].join('\n'),
    )
    expect(merged.outputs.map(({ key }) => key)).toEqual(['y', 'z'])
    expect(merged.notes).toContain('y of second.pb is called y_1: the first graph has that name.')
    expect([print(first.graph), print(second.graph)]).toEqual(before)
  })

  test('without connections they lie side by side', async () => {
    const model = await frozen(DETECTOR, 'm.pb')
    const merged = merge(model, model, new Map())
    expect(merged.inputs.map(({ key }) => key)).toEqual(['image', 'image_1'])
    expect(merged.outputs.map(({ key }) => key)).toEqual(['y', 'y_1'])
  })

  test('an output of the second that is its input becomes the output of the first', async () => {
    const passing = await frozen('in x: float32[?,2]\ny = Relu(x)\nout x\nout y', 'second.pb')
    const merged = merge(await frozen(DETECTOR, 'first.pb'), passing, new Map([['y:0', 'x']]))
    expect(print(merged.graph)).toMatch(/y_1 = Relu\(y\)\nout x=y, y=y_1$/)
  })

  test.each([
    ['Y', 'x', "--connect: no output of first.pb is called 'Y'. There is y: did you mean y?"],
    ['y', 'q', "--connect: no input of second.pb is called 'q'. There is x"],
    ['y', 'ids', "second.pb: the output 'y' is float32[?,2], and the input 'ids' takes int32[?]."],
  ])('%s=%s is refused', async (output, input, message) => {
    const first = await frozen(DETECTOR, 'first.pb')
    const text = input === 'ids' ? 'in ids: int32[?]\nn = Neg(ids)\nout n' : CLASSIFIER
    const second = await frozen(text, 'second.pb')
    expect(() => merge(first, second, new Map([[output, input]]))).toThrow(message)
  })

  test('two functions of one name are refused', async () => {
    const text =
      'in x: float32[2]\nc = Const bool[] [true]\ny = If(c, x) {Tout: [float32], then_branch: @f, else_branch: @f}\nout y\nfn f(a: float32) {\n  b = Relu(a)\n  out b\n}'
    const model = await freeze(modelOf(parse(text), 'm.pb'), { controlFlow: 'v2' })
    expect(() => merge(model, model, new Map())).toThrow("m.pb: both graphs have a function called 'f'.")
  })
})

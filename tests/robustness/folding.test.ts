/** Folding what a small graph asks for in gigabytes, or with sizes that no tensor has: the op is left to run time. */
import { expect, test } from 'vitest'
import { openFrozen } from '../../src/freeze/index.ts'
import { parse } from '../../src/graph/text/index.ts'
import { optimize } from '../../src/optimize/optimize.ts'
import { modelOf } from '../freeze/cases.ts'

const i32 = (...values: number[]): string => `Const int32[${values.length}] [${values.join(' ')}]`
const one = 'Const float32[] [1]'

/** An op on constants: its name, its operands, its attributes. */
const ROWS: [op: string, operands: string[], attrs: string][] = [
  ['Fill', [i32(1000000000), one], ''],
  ['Fill', [i32(-5), one], ''],
  ['BroadcastTo', [one, i32(1000000, 1000000)], ''],
  ['Tile', ['Const float32[2] [1 2]', i32(2000000000)], ''],
  ['Pad', ['Const float32[1] [1]', 'Const int32[1,2] [0 2000000000]'], ''],
  ['Pad', ['Const float32[1] [1]', 'Const int32[1,2] [0 -9]'], ''],
  ['Range', ['Const float32[] [0]', 'Const float32[] [inf]', one], ''],
  ['Range', ['Const int32[] [0]', 'Const int32[] [2000000000]', 'Const int32[] [1]'], ''],
  ['OneHot', [i32(1, 2), 'Const int32[] [2000000000]', one, one], '{axis: -1}'],
  ['ResizeBilinear', ['Const float32[1,1,1,1] [1]', i32(100000, 100000)], ''],
  ['MatrixSolve', ['Const float32[2,3] [1 2 3 4 5 6]', 'Const float32[2,1] [1 2]'], ''],
]

test.each(ROWS)('%s of %s', (op, operands, attrs) => {
  const lines = operands.map((operand, i) => `c${i} = ${operand}`)
  const graph = parse([...lines, `y = ${op}(${operands.map((_, i) => `c${i}`)}) ${attrs}`, 'out y'].join('\n'))
  const { frozen } = optimize(openFrozen(modelOf(graph)))
  expect(frozen.graph.node('y')?.op).toBe(op)
})

test.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])('an op that is called %s', op => {
  const { frozen } = optimize(
    openFrozen(modelOf(parse(`in x: float32[2]\ny = "${op}"(x)\nz = Relu(y) {T: float32}\nout z`))),
  )
  expect(frozen.graph.node('y')?.op).toBe(op)
})

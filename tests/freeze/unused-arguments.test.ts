/** Arguments of functions that nothing uses: those that stay are numbered anew. */
import { expect, it } from 'vitest'
import { Facts } from '../../src/facts/facts.ts'
import { dropUnusedArguments } from '../../src/freeze/control-flow/unused-arguments.ts'
import { parse } from '../../src/graph/text/index.ts'
import { convert } from '../../src/onnx/convert.ts'

const LOOP = `
in n: int32[]
in x: float32[2,3]
i = Const int32[] [0]
w = StatelessWhile(i, n, x) {body: @body, cond: @cond}
out y=w:2

fn cond(i: int32, n: int32, x: float32) {
  ten = Const int32[] [10]
  c = Less(i, ten)
  out c=c
}

fn body(i: int32, n: int32, x: float32) {
  one = Const int32[] [1]
  next = AddV2(i, one)
  y = Tanh(x)
  out a=next, n=n, b=y
}
`

it('numbers what stays, by which callers say the shapes', () => {
  const graph = parse(LOOP)
  dropUnusedArguments(graph)
  const bodies = [...graph.functions.values()].map(({ body }) => body)
  const numbers = bodies.map(body => body.inputs.map(({ value }) => value.node.int('index')))
  expect(numbers).toContainEqual([0, 1])
})

it('leaves a loop whose results have shapes, and that ONNX has', () => {
  const graph = parse(LOOP)
  dropUnusedArguments(graph)
  expect(new Facts(graph).shape(graph.outputs[0]!.value)).toEqual([2, 3])
  expect(convert(graph, { opset: 18 }).missing).toEqual([])
})

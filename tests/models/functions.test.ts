/** Functions of a TF2 program as signatures. */
import { expect, test } from 'vitest'
import { parse, print } from '../../src/graph/text/index.ts'
import { callAsSignature, objectFunctions } from '../../src/models/functions.ts'
import type { SavedObjectGraph } from '../../src/tensorflow/generated/messages.ts'

const graph = () =>
  parse(`w = VarHandleOp() {dtype: float32, shape: [4,3], shared_name: "weights"}
stateful fn __inference_embed_12(x: float32 {_output_shapes: list(shape): [[?,4]], _user_specified_name: "image"}, w: resource) {
  read = ReadVariableOp(w) {dtype: float32}
  y = MatMul(x, read)
  out y=y
}`)

const called = (...names: string[]) => ({ $case: 'function', value: { concreteFunctions: names } }) as const
const objects: SavedObjectGraph = {
  nodes: [
    {
      children: [
        { localName: 'w', nodeId: 1 },
        { localName: 'embed', nodeId: 2 },
        { localName: 'twice', nodeId: 3 },
        { localName: 'gone', nodeId: 4 },
      ],
      kind: undefined,
    },
    { children: [], kind: { $case: 'variable', value: { name: 'weights' } } },
    { children: [], kind: called('__inference_embed_12') },
    { children: [], kind: called('__inference_embed_12', '__inference_embed_12') },
    { children: [], kind: called('__inference_gone_13') },
  ],
  concreteFunctions: new Map([['__inference_embed_12', { boundInputs: [1] }]]),
}

test('a function that was traced once can be named', () => {
  expect([...objectFunctions(graph(), objects).keys()]).toEqual(['embed'])
})

test('a function that captures something other than a variable cannot', () => {
  const others = { ...objects, concreteFunctions: new Map([['__inference_embed_12', { boundInputs: [2] }]]) }
  expect(objectFunctions(graph(), others).size).toBe(0)
})

test('it is called as a signature is', () => {
  const own = graph()
  const { inputs, outputs } = callAsSignature(own, objectFunctions(own, objects).get('embed')!)
  expect(inputs.map(({ key, dtype, shape }) => ({ key, dtype, shape }))).toEqual([
    { key: 'image', dtype: 'float32', shape: [null, 4] },
  ])
  expect(outputs.map(({ key, value }) => `${key} ${value}`)).toEqual(['output_0 embed/call'])
  expect(print(own)).toContain('embed/call = StatefulPartitionedCall(embed_image, w)')
})

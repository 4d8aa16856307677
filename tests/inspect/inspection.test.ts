/** Whether a model can be frozen, by trying as `freeze` does. */
import { expect, test } from 'vitest'
import { parse } from '../../src/graph/text/index.ts'
import { inspection } from '../../src/inspect/inspection.ts'
import type { Model } from '../../src/models/model.ts'
import { modelOf } from '../freeze/cases.ts'

const graphDef = (text: string): Model => ({
  ...modelOf(parse(text)),
  kind: 'graphdef',
  signatures: new Map(),
})

for (const [what, text, expected] of [
  [
    'a graph with control flow of TensorFlow 1, in which a branch has the most promising name',
    'in x: float32[2]\nin p: bool[]\ns = Switch(x, p)\na = Neg(s:1)\nlogits = Softmax(s:1)\nm = Merge(s, a)\ny = Relu(m)',
    true,
  ],
  [
    'one whose likeliest output can be frozen, and another not',
    'in x: float32[2]\nprobs = Softmax(x)\ni = FIFOQueueV2() {component_types: [float32]}\nd = QueueDequeueV2(i) {component_types: [float32]}\nz = Neg(d)',
    'd: this QueueDequeueV2 reads a queue. Cut the graph there with --inputs d. With --outputs probs it can be frozen.',
  ],
  [
    'one that cannot',
    'i = FIFOQueueV2() {component_types: [float32]}\nd = QueueDequeueV2(i) {component_types: [float32]}\nz = Neg(d)',
    'd: this QueueDequeueV2 reads a queue. Cut the graph there with --inputs d.',
  ],
] as const) {
  test(what, async () => expect((await inspection(graphDef(text))).freezes).toEqual({ '': expected }))
}

test('says what a model is, and once what freezing it notes, however often it is asked', async () => {
  const graph = parse('v = VarHandleOp() {dtype: float32, shape: [2]}\nr = ReadVariableOp(v) {dtype: float32}\nout r')
  const model = modelOf(graph)
  const noted: Model = {
    ...model,
    notes: ['read'],
    variables: {
      ...model.variables,
      resolve: async node => ({ ...(await model.variables.resolve(node)), notes: ['a guess'] }),
    },
  }
  for (let i = 0; i < 2; i++) expect((await inspection(noted)).notes).toEqual(['read', 'a guess'])
  expect(noted.notes).toEqual(['read'])
})

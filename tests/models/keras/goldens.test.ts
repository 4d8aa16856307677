/** A small model of each layer family, saved by real Keras: frozen and run here, it gives what Keras computed. */
import { describe, expect, test } from 'vitest'
import { kernelOf } from '../../../src/evaluate/kernels/index.ts'
import { freeze } from '../../../src/freeze/index.ts'
import { openKeras } from '../../../src/models/keras/open.ts'
import { optimize } from '../../../src/optimize/optimize.ts'
import { fixture } from './disk.ts'
import { computed, differences, GOLDENS, recorded, WITHOUT_KERNEL } from './goldens.ts'

/** How a model is frozen: recurrent layers, control flow, optimised or not. */
type Way = [what: string, rnn: 'auto' | 'loop', controlFlow: 'v1' | 'v2', isOptimized: boolean]

const PLAIN: Way[] = [
  ['as it is', 'auto', 'v1', false],
  ['optimised', 'auto', 'v1', true],
]
const LOOPS: Way[] = [
  ['with loops', 'loop', 'v1', false],
  ['with loops as functions, optimised', 'loop', 'v2', true],
]

describe.each(GOLDENS)('%s', name => {
  const { inputs, outputs } = recorded(name)
  const isRecurrent = /recurrent|stacked|embedding/.test(name)
  test.each([...PLAIN, ...(isRecurrent ? LOOPS : [])])('%s', async (_, rnn, controlFlow, isOptimized) => {
    const model = await openKeras(fixture(`goldens/${name}`), { rnn })
    const frozen = await freeze(model, { controlFlow, tables: 'constants' })
    const { graph } = isOptimized ? optimize(frozen).frozen : frozen
    expect(differences(await computed(graph, inputs), outputs)).toEqual([])
  })
})

test('the ops that are listed as without a kernel have none, and a golden needs each', async () => {
  const ops = new Set<string>()
  for (const name of GOLDENS) {
    const { graph } = await freeze(await openKeras(fixture(`goldens/${name}`)), { tables: 'constants' })
    for (const node of graph.nodes) ops.add(node.op)
  }
  expect(WITHOUT_KERNEL.filter(op => kernelOf(op) || !ops.has(op))).toEqual([])
})

/** Graphs of one op, of the cases that fixtures/kernels.py recorded. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlainAttr } from '../../src/graph/attr.ts'
import { Graph } from '../../src/graph/graph.ts'
import { attribute, type Case, type Recorded, tensor } from '../evaluate/recorded-cases.ts'

/** Where the cases are, a file an op. */
export const KERNELS = 'fixtures/kernels'

/** Which inputs of the op are inputs of the graph: data, all, or data of open sizes. */
export const VARIANTS = ['data', 'all', 'open'] as const

/** Whether an input is data rather than a size, an axis or a bound. */
const isData = ([dtype, shape]: Recorded, slot: number, inputs: readonly Recorded[]): boolean =>
  (!dtype.startsWith('int') && shape.length > 0) || (slot === 0 && shape.length > 0) || inputs.length === 1

/** A graph of one op. */
export function graphOf(op: string, { attrs, inputs, outputs }: Case, variant: (typeof VARIANTS)[number]): Graph {
  const graph = new Graph()
  const values = inputs.map((recorded, slot) => {
    const [dtype, shape] = recorded
    if (variant !== 'all' && !isData(recorded, slot, inputs)) return graph.const(tensor(recorded), `c${slot}`)
    const sizes = variant === 'open' ? shape.map((size, i) => (i === 0 ? null : size)) : shape
    const given: Record<string, PlainAttr> = { dtype, shape: { kind: 'shape', value: sizes } }
    const value = graph.add('Placeholder', [], given, `x${slot}`).out()
    graph.inputs.push({ key: `x${slot}`, value })
    return value
  })
  const plain = Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, attribute(value)]))
  const node = graph.add(op, values, plain, 'y')
  for (const i of outputs!.keys()) graph.outputs.push({ key: `y${i}`, value: node.out(i) })
  return graph
}

/** The cases of an op in which TensorFlow gave a result. */
export const casesOf = (op: string): readonly (Case & { readonly outputs: readonly Recorded[] })[] =>
  (JSON.parse(readFileSync(join(KERNELS, `${op}.json`), 'utf8')) as { cases: Case[] }).cases.flatMap(each =>
    each.outputs ? [{ ...each, outputs: each.outputs }] : [],
  )

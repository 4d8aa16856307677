/** A model frozen step by step, with the text form of its graph after each: what docs/how-freezing-works.md shows. */

import { vi } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { graphdefChunks } from '../../src/export/index.ts'
import { Expansion } from '../../src/freeze/control-flow/expand.ts'
import { freeze } from '../../src/freeze/index.ts'
import { prepare, prune } from '../../src/freeze/prepare.ts'
import { freezeState } from '../../src/freeze/state/index.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { open } from '../../src/models/index.ts'
import { modelOf } from '../freeze/cases.ts'

/** Where the values of the page's variables lie. */
export const CHECKPOINT = fromBytes(new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer), 'ckpt')

/** Which step gives the frozen graph. */
export const NAMED = 5

/** The graph after each step, in the order of the page. Functions are shown where they are read, and left out later. */
export async function freezingSteps(text: string): Promise<string[]> {
  const model = modelOf(parse(text), 'model', CHECKPOINT)
  const steps = [print(model.graph)]
  const run = Expansion.prototype.run
  const spy = vi.spyOn(Expansion.prototype, 'run').mockImplementation(function (this: Expansion, roots) {
    steps.push(mainGraph(this.graph))
    run.call(this, roots)
    steps.push(mainGraph(this.graph))
  })
  const prepared = await prepare(model, {}).finally(() => spy.mockRestore())
  steps.push(print(prepared.graph))
  await freezeState(prepared.graph, model, prepared.kept, 'graph')
  prune(prepared)
  steps.push(print(prepared.graph))
  const { graph } = await freeze(model)
  steps.push(print(graph), await written(graph))
  return steps.map(step => step.trimEnd())
}

const mainGraph = (graph: Graph): string => print(graph).split('\n\n')[0]!

/** What a reader finds in the `.pb` file. */
async function written(graph: Graph): Promise<string> {
  const { chunks } = await graphdefChunks(graph)
  const bytes: number[] = []
  for await (const chunk of chunks) bytes.push(...chunk)
  return print((await open(fromBytes(new Uint8Array(bytes), 'frozen.pb'))).graph)
}

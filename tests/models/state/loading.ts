/** A graph from text and a checkpoint in memory, as the state of a model. */
import { fromBytes } from '../../../src/bytes/source.ts'
import { type Bundle, openBundle } from '../../../src/formats/tensor-bundle/bundle.ts'
import type { Graph } from '../../../src/graph/graph.ts'
import { parse } from '../../../src/graph/text/index.ts'
import { type Checkpoint, checkpoint } from '../../../src/models/state/checkpoint.ts'
import { type Trace, traceLoading } from '../../../src/models/state/trace.ts'
import { type BundleOptions, type Stored, shardsOf, writeBundle } from '../../formats/bundle-writer.ts'

export const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)
export const int64s = (...values: number[]): Uint8Array => new Uint8Array(BigInt64Array.from(values, BigInt).buffer)

/** A bundle of these tensors, opened. `reads` collects the names of data files that are asked for. */
export function memoryCheckpoint(tensors: Record<string, Stored>, options: BundleOptions = {}): Checkpoint {
  const { index, data } = writeBundle(tensors, options)
  return checkpoint(() => openBundle(fromBytes(index, 'variables.index'), shardsOf(data, 'variables'), 'variables'))
}

export const noCheckpoint: Checkpoint = checkpoint(async (): Promise<Bundle | undefined> => undefined)

export interface Loading {
  readonly graph: Graph
  readonly trace: Trace
}

/** Traces the nodes called `init` and `restore`, where there are such. `asset` is what a loader feeds to `path:0`. */
export function loading(text: string, asset?: string): Loading {
  const graph = parse(text)
  const named = (name: string) => [graph.node(name)].filter(n => n !== undefined)
  const trace = traceLoading(graph, {
    init: named('init'),
    restore: named('restore'),
    assetFor: tensor => (tensor === 'path:0' ? asset : undefined),
  })
  return { graph, trace }
}

/** The manifest: what a caller must know to use a frozen graph, as JSON. */
import type { Frozen, FrozenPort, FrozenSource } from '../freeze/frozen.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Port } from '../graph/graph.ts'
import { tensorName } from './graphdef.ts'
import { TOOL } from './tool.ts'

/** Field by field as the JSON has it; absent fields are left out. */
export interface Manifest {
  readonly schema: 'tfreeze-manifest/1'
  readonly tool: string
  /** With the path that it was read from, where a command wrote the manifest. */
  readonly source: FrozenSource & { readonly path?: string }
  readonly inputs: readonly ManifestPort[]
  readonly outputs: readonly ManifestPort[]
  readonly output: WrittenOutput & { readonly nodes: number; readonly functions: number }
  readonly notes: readonly string[]
}

/** An input or output of the frozen graph. */
export interface ManifestPort {
  /** The signature's key, or the name that was asked for. */
  readonly key: string
  /** The tensor in the frozen graph: `probs:0`. */
  readonly tensor: string
  readonly dtype: string
  /** Null for a size, or altogether, where it is not known. */
  readonly shape: PartialShape
  /** The tensor in the original. */
  readonly from?: string
}

/** The measured facts of the written files. */
export interface WrittenOutput {
  /** The exporter's name. */
  readonly format: string
  readonly bytes: number
  readonly sha256: string
  /** Where it was written, where a command did. */
  readonly path?: string
}

/** The manifest of a frozen graph that was written; `from` is the path of its model. */
export function manifest(frozen: Frozen, written: WrittenOutput, from?: string): Manifest {
  const { graph, source, inputs, outputs, notes } = frozen
  const { format, bytes, sha256, path } = written
  return {
    schema: 'tfreeze-manifest/1',
    tool: TOOL,
    source: { ...sourceOf(source), ...(from !== undefined && { path: from }) },
    inputs: ports(inputs, graph.inputs),
    outputs: ports(outputs, graph.outputs),
    output: {
      format,
      ...(path !== undefined && { path }),
      bytes,
      sha256,
      nodes: graph.nodes.size,
      functions: graph.functions.size,
    },
    notes: [...notes],
  }
}

const sourceOf = ({ kind, name, tags, signature }: FrozenSource): FrozenSource => ({
  kind,
  name,
  ...(tags && { tags: [...tags] }),
  ...(signature !== undefined && { signature }),
})

const ports = (described: readonly FrozenPort[], values: readonly Port[]): ManifestPort[] =>
  described.map(({ key, dtype, shape, from }, i) => ({
    key,
    tensor: tensorName(values[i]!),
    dtype,
    shape,
    ...(from !== undefined && { from }),
  }))

/**
 * Lookup tables. The contents become constants in the graph, and whatever takes
 * the table's handle waits for its initialisation:
 *
 *     keys, values = Const
 *     table = HashTableV2 {shared_name: "…hash of the contents…"}
 *     init  = InitializeTableV2(table, keys, values)
 *     found = LookupTableFindV2(table, x, default) ^init
 *
 * It runs again at each step; TensorFlow accepts the same contents twice. Two
 * graphs in one process share a table only if its contents are the same.
 */

import { type } from '../../graph/attr.ts'
import { replaceOp, takePlace } from '../../graph/edit.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import type { TableContents } from '../../models/model.ts'
import { chunks } from '../../tensor/read.ts'
import { withoutReference } from '../../tensorflow/roles.ts'
import { type Access, accessesOf } from './handles.ts'

/** A table whose contents are known. */
export interface KnownTable {
  readonly node: Node
  readonly contents: TableContents
}

/** Types for which TensorFlow has a HashTableV2; others need the mutable kind, which holds the same. */
const STATIC_KINDS: ReadonlySet<string> = new Set([
  'int32 float64',
  'int32 float32',
  'int32 int32',
  'int32 string',
  'int64 float64',
  'int64 float32',
  'int64 int32',
  'int64 int64',
  'int64 string',
  'string bool',
  'string float64',
  'string float32',
  'string int32',
  'string int64',
  'string string',
])

/** Makes the table initialise itself from constants. */
export async function freezeTable(graph: Graph, { node, contents }: KnownTable): Promise<void> {
  upgradeLookups(graph, accessesOf(node.out()))
  const { keys, values } = contents
  const isVector = values.shape.length > 1
  const isStatic = !isVector && STATIC_KINDS.has(`${keys.dtype} ${values.dtype}`)
  const [op, init] = isStatic
    ? ['HashTableV2', 'InitializeTableV2']
    : [isVector ? 'MutableHashTableOfTensorsV2' : 'MutableHashTableV2', 'LookupTableImportV2']
  const attrs = {
    key_dtype: keys.dtype,
    value_dtype: values.dtype,
    shared_name: `table_${await fingerprint(contents)}`,
    ...(isVector && { value_shape: values.shape.slice(1) }),
  }
  const { name } = node
  const table = graph.add(op!, [], attrs, name)
  const readers = [...node.out().uses.keys()]
  takePlace(graph, node, [table.out()])
  const constants = [graph.const(keys, `${name}/keys`), graph.const(values, `${name}/values`)]
  const initialised = graph.add(init!, [table.out(), ...constants], {}, `${name}/init`)
  for (const reader of readers) reader.addControl(initialised)
}

/** Replaces TensorFlow 1's ops on references to tables, of dtype string, by today's ops on resources. */
function upgradeLookups(graph: Graph, accesses: readonly Access[]): void {
  for (const { node, kind } of accesses) {
    if (!graph.nodes.has(node)) continue
    if (node.is('looksUp') && takesReference(node)) replaceOp(graph, node, `${node.op}V2`)
    else if (kind === 'pass' && takesReference(node)) {
      const attrs = new Map(node.attrs).set('T', type('resource'))
      replaceOp(graph, node, withoutReference(node.op), { attrs })
    }
  }
}

const takesReference = (node: Node): boolean => node.def?.inputs[0]?.isRef ?? false

/** The first 16 hexadecimal digits of the contents' SHA-256. */
async function fingerprint({ keys, values }: TableContents): Promise<string> {
  const { createSHA256 } = await import('hash-wasm') // only models with tables need it
  const hash = await createSHA256()
  const encoder = new TextEncoder()
  for (const tensor of [keys, values]) {
    hash.update(encoder.encode(`${tensor.dtype}[${tensor.shape}]`))
    if (tensor.recipe.kind === 'strings')
      for (const text of tensor.recipe.values) hash.update(encoder.encode(`${text.length}:`)).update(text)
    else for await (const bytes of chunks(tensor)) hash.update(bytes)
  }
  return hash.digest('hex').slice(0, 16)
}

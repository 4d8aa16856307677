/** Puts together what several fillings leave in a table: each key once. */
import { FreezeError, invariant } from '../../errors.ts'
import { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { MAX_MEMORY_ELEMENTS } from '../../limits.ts'
import { decode, decodeBigints, isNumeric } from '../../tensor/codec.ts'
import { readTensor } from '../../tensor/read.ts'
import { elementCount, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { bytesPerElement, type DType, isInteger } from '../../tensorflow/dtype.ts'
import type { TableContents } from '../model.ts'
import { mainFrame, origin } from './frames.ts'
import { isStaticTable } from './resource.ts'

/**
 * The contents after all parts were put in, one after the other. A static table
 * keeps its first value, and a second one that differs is an error of the model:
 * TensorFlow refuses it too. In a mutable table the last value counts.
 */
export async function merge(node: Node, parts: readonly TableContents[]): Promise<TableContents> {
  const entries = new Map<string, Entry>()
  const reserved = await reservedKeys(node)
  let count = 0
  let shape: readonly number[] | undefined
  for (const part of parts) {
    const read = await readEntries(node, part)
    count += read.length
    shape ??= part.values.shape.slice(part.keys.shape.length)
    for (const entry of read) {
      if (reserved.has(entry.key.text)) continue
      const before = entries.get(entry.key.text)
      if (before && isStaticTable(node) && !sameRow(before, entry)) differing(node, part, before, entry)
      if (!before || !isStaticTable(node)) entries.set(entry.key.text, entry)
    }
  }
  const only = parts[0]
  invariant(only, 'a table without parts is not asked for')
  if (parts.length === 1 && count === entries.size && only.keys.shape.length === 1) return only
  const all = [...entries.values()]
  return {
    keys: tensorOf(
      only.keys.dtype,
      [all.length],
      all.map(e => e.key),
    ),
    values: tensorOf(
      only.values.dtype,
      [all.length, ...(shape ?? [])],
      all.flatMap(e => e.row),
    ),
  }
}

/** The keys that mark the empty and the deleted places of a dense table; checkpoints list them among its keys. */
async function reservedKeys(node: Node): Promise<ReadonlySet<string>> {
  const reserved = new Set<string>()
  if (node.role?.kind !== 'table' || !node.role.isDense) return reserved
  for (const input of node.inputs) {
    const { tensor } = origin({ value: input, frame: mainFrame(new Graph()) }).value
    if (!tensor) continue
    if (tensor.shape.length > 0) {
      throw new FreezeError('unsupported', 'table: its keys are vectors', {
        node: node.name,
        hint: 'Leave out what reads it with --outputs.',
      })
    }
    for (const { text } of await elementsOf(node, tensor)) reserved.add(text)
  }
  return reserved
}

/** An element: its bytes, and text that is equal for equal elements. */
interface Element {
  readonly bytes: Uint8Array
  readonly text: string
}

const shown = ({ bytes, text }: Element, dtype: DType): string =>
  dtype === 'string' ? `'${new TextDecoder().decode(bytes)}'` : text

interface Entry {
  readonly key: Element
  readonly row: readonly Element[]
}

const sameRow = (a: Entry, b: Entry): boolean =>
  a.row.length === b.row.length && a.row.every((e, i) => e.text === b.row[i]!.text)

function differing(node: Node, { keys, values }: TableContents, before: Entry, after: Entry): never {
  const key = shown(before.key, keys.dtype)
  const [first, second] = [before, after].map(entry => entry.row.map(e => shown(e, values.dtype)).join(','))
  throw new FreezeError('corrupt', `table: the key ${key} has the value ${first} and the value ${second}`, {
    node: node.name,
    hint: 'TensorFlow refuses such a table too: give each key one value.',
  })
}

async function readEntries(node: Node, { keys, values }: TableContents): Promise<Entry[]> {
  const count = elementCount(keys.shape)
  const width = count === 0 ? 0 : elementCount(values.shape) / count
  if (!Number.isInteger(width)) {
    throw new FreezeError('corrupt', `table: [${keys.shape}] keys and [${values.shape}] values do not pair`, {
      node: node.name,
    })
  }
  const keyElements = await elementsOf(node, keys)
  const valueElements = await elementsOf(node, values)
  return keyElements.map((key, i) => ({ key, row: valueElements.slice(i * width, (i + 1) * width) }))
}

async function elementsOf(node: Node, tensor: Tensor): Promise<Element[]> {
  const count = elementCount(tensor.shape)
  if (count > MAX_MEMORY_ELEMENTS) {
    throw new FreezeError('limit', `table: ${count} elements are more than any table should have`, { node: node.name })
  }
  if (tensor.recipe.kind === 'strings') {
    return tensor.recipe.values.map(bytes => ({ bytes, text: new TextDecoder('latin1').decode(bytes) }))
  }
  const size = bytesPerElement(tensor.dtype)
  const all = await readTensor(tensor)
  return Array.from({ length: count }, (_, i) => {
    const bytes = all.subarray(i * size, (i + 1) * size)
    return { bytes, text: numberText(tensor.dtype, bytes) }
  })
}

function numberText(dtype: DType, bytes: Uint8Array): string {
  if (isInteger(dtype) || dtype === 'bool') return String(decodeBigints(dtype, bytes)[0])
  return isNumeric(dtype) ? String(decode(dtype, bytes)[0]) : bytes.join(' ')
}

function tensorOf(dtype: DType, shape: Shape, elements: readonly Element[]): Tensor {
  if (dtype === 'string') return { dtype, shape, recipe: { kind: 'strings', values: elements.map(e => e.bytes) } }
  const size = bytesPerElement(dtype)
  const bytes = new Uint8Array(elements.length * size)
  for (const [i, element] of elements.entries()) bytes.set(element.bytes, i * size)
  return { dtype, shape, recipe: { kind: 'memory', bytes } }
}

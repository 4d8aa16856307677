/**
 * Infers the allowed values of an input from its readers: an index into a table, a word of a
 * vocabulary, a serialised `tf.Example`. Random inputs outside of it would be errors, or
 * say nothing (a vocabulary that knows none of the words).
 */
import { first, fromTensor, fromTensorAtHand, stringBytes } from '../evaluate/array.ts'
import { isExampleParser, type ParsedFeature, parsedFeatures } from '../evaluate/example.ts'
import { Facts } from '../facts/facts.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { opTable } from '../tensorflow/op-table.ts'

/** The allowed elements of an input. */
export type Domain =
  /** All values of the type. */
  | { readonly kind: 'any' }
  /** A whole number from 0 to below `limit`. */
  | { readonly kind: 'index'; readonly limit: number }
  /** One of the keys of a lookup table. */
  | { readonly kind: 'keys'; readonly keys: Tensor }
  /** Digits, as StringToNumber reads them. */
  | { readonly kind: 'digits' }
  /** A serialised `tf.Example`. */
  | { readonly kind: 'example'; readonly features: readonly ExampleFeature[] }

/** A feature of an example, and what its values may be. */
export interface ExampleFeature extends ParsedFeature {
  readonly domain: Domain
}

/** Ops that pass elements on as they are: of their first input, of another, or of all. */
const passing = opTable<number | 'all'>([
  [
    `Identity StopGradient Reshape ExpandDims Squeeze Transpose Cast Tile BroadcastTo Slice StridedSlice Unpack Unique
     StringStrip StringLower StringUpper StaticRegexReplace RegexReplace Substr
     ReverseV2 GatherV2 Gather SplitV Enter RefEnter Exit RefExit Switch RefSwitch NextIteration RefNextIteration`,
    0,
  ],
  ['Split', 1],
  ['IdentityN Pack ConcatV2 Concat SelectV2 Select Merge RefMerge', 'all'],
])

/** Looks into one graph. */
export class Domains {
  readonly #facts: Facts
  readonly #graph: Graph

  constructor(graph: Graph) {
    this.#graph = graph
    this.#facts = new Facts(graph)
  }

  /** The elements that a value may have, so that all its readers can use them. */
  async of(value: Value): Promise<Domain> {
    let limit = Infinity
    for (const [node, slot] of this.#readers(value)) {
      const found = await this.#wanted(node, slot)
      if (found.kind === 'index') limit = Math.min(limit, found.limit)
      else if (found.kind !== 'any') return found
    }
    return limit < Infinity ? { kind: 'index', limit } : { kind: 'any' }
  }

  /** The nodes that read the elements of a value, also after ops that pass them on, each with the input that does. */
  #readers(value: Value): [Node, number][] {
    const found: [Node, number][] = []
    const seen = new Set([value])
    const open = [value]
    for (let next = open.pop(); next; next = open.pop()) {
      for (const node of next.uses.keys()) {
        for (const [slot, input] of node.inputs.entries()) {
          if (input !== next) continue
          found.push([node, slot])
          const passes = passing(node.op)
          if (passes !== 'all' && passes !== slot) continue
          for (const output of node.outputs) {
            if (!output || seen.has(output)) continue
            seen.add(output)
            open.push(output)
          }
        }
      }
    }
    return found
  }

  async #wanted(node: Node, slot: number): Promise<Domain> {
    switch (node.op) {
      case 'Gather':
      case 'GatherV2':
        return slot === 1 ? index(this.#gathered(node)) : ANY
      case 'GatherNd':
        return slot === 1 ? index(this.#smallest(node.input(0))) : ANY
      case 'OneHot':
        return slot === 0 ? index(scalarAt(node.input(1))) : ANY
      case 'StringToNumber':
        return { kind: 'digits' }
    }
    if (node.role?.kind === 'looksUp' && node.role.how === 'find' && slot === 1) return this.#keys(node.input(0))
    if (isExampleParser(node.op) && slot === 0) return this.#example(node)
    return ANY
  }

  /** The size of the dimension that a gather takes from. */
  #gathered(node: Node): number | undefined {
    const axis = node.op === 'GatherV2' ? scalarAt(node.input(2)) : 0
    const shape = this.#facts.shape(node.input(0))
    return axis === undefined ? undefined : (shape?.at(axis) ?? undefined)
  }

  #smallest(params: Value): number | undefined {
    const sizes = this.#facts.shape(params)?.filter(size => size !== null)
    return sizes && sizes.length > 0 ? Math.min(...sizes) : undefined
  }

  /** The keys that a table is filled with. */
  async #keys(handle: Value): Promise<Domain> {
    for (const node of this.#graph.nodes) {
      if (node.role?.kind !== 'fills' || node.role.from !== 'pairs' || origin(node.input(0)) !== origin(handle))
        continue
      const keys = node.input(1).tensor
      if (keys) return { kind: 'keys', keys }
    }
    return ANY
  }

  async #example(node: Node): Promise<Domain> {
    const keys = await Promise.all(node.inputs.map(constantTexts))
    const found: ExampleFeature[] = []
    for (const feature of parsedFeatures(node, slot => keys[slot]!)) {
      found.push({ ...feature, domain: await this.of(node.out(feature.output)) })
    }
    return { kind: 'example', features: found }
  }
}

const ANY: Domain = { kind: 'any' }
const index = (limit: number | undefined): Domain => (limit !== undefined && limit > 0 ? { kind: 'index', limit } : ANY)

/** A scalar constant that is at hand. */
function scalarAt({ tensor }: Value): number | undefined {
  const array = tensor && fromTensorAtHand(tensor)
  return array && first(array)
}

/** The node that a handle comes from. */
function origin(handle: Value): Node {
  let { node } = handle
  while (node.inputs.length === 1 && node.is('enter', 'nextIteration', 'exit')) node = node.input(0).node
  return node.op === 'Identity' ? origin(node.input(0)) : node
}

/** The texts of a constant; none of another value. */
async function constantTexts({ tensor }: Value): Promise<string[]> {
  if (tensor?.dtype !== 'string') return []
  return stringBytes(await fromTensor(tensor)).map(bytes => new TextDecoder().decode(bytes))
}

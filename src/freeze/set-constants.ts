/**
 * Inputs that are known: `is_training` is false, `keep_prob` is 1. A constant takes the place of the placeholder, so
 * that branches which it alone decides are decided, and updates in those never taken are no obstacle.
 */

import { FreezeError } from '../errors.ts'
import { shapeText } from '../graph/attr.ts'
import { takePlace } from '../graph/edit.ts'
import type { Value } from '../graph/node.ts'
import type { Literal } from '../options/option.ts'
import { fromValues, strings } from '../tensor/make.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'
import type { Choice } from './choice.ts'
import { resolveByTail, resolveExactly } from './outputs.ts'

/** Puts the constants that a caller gives in the place of placeholders. Returns the tensors that are known now. */
export function setConstants({ graph, signature, options }: Choice): ReadonlySet<string> {
  const entries = signature?.inputs ?? []
  const known = new Set<string>()
  for (const [name, literal] of options.set ?? []) {
    const keys = entries.map(entry => entry.key)
    const value = resolveExactly(graph, name, entries)?.value ?? resolveByTail(graph, name, 'input', keys)
    const constant = graph.const(tensorOf(literal, value, name), value.node.name)
    known.add(String(value))
    if (!value.node.is('placeholder')) throw notAnInput(value)
    takePlace(graph, value.node, [constant])
  }
  return known
}

const notAnInput = ({ node }: Value): FreezeError =>
  new FreezeError('unsupported', `this ${node.op} is computed, and only a placeholder can be set`, {
    node: node.name,
    hint: `Cut the graph there with --inputs ${node.name}, and set that.`,
  })

/** The tensor that a literal means for this value: of its type, and of a shape that fits it. */
function tensorOf(literal: Literal, value: Value, name: string): Tensor {
  const dtype = value.dtype ?? 'float32'
  const sizes = sizesOf(literal, name)
  const declared = value.node.attr('shape') ? value.node.shape('shape') : null
  const fits = !declared || (declared.length === sizes.length && declared.every((d, i) => d === null || d === sizes[i]))
  if (!fits) {
    throw new FreezeError('invalid-graph', `the value of '${name}' has the shape [${sizes}]`, {
      node: value.node.name,
      hint: `Give one of the shape ${shapeText(declared)}.`,
    })
  }
  const flat = sizes.length === 0 ? [literal] : (literal as readonly unknown[]).flat(sizes.length)
  return dtype === 'string'
    ? strings(sizes, flat.map(String))
    : fromValues(
        dtype,
        sizes,
        flat.map(v => element(v, dtype, name)),
      )
}

/** The sizes of nested lists. Throws `unsupported` where rows differ in length. */
function sizesOf(literal: Literal, name: string): number[] {
  if (!Array.isArray(literal)) return []
  const inner = (literal as readonly Literal[]).map(row => sizesOf(row, name))
  if (new Set(inner.map(String)).size > 1)
    throw new FreezeError('unsupported', `the rows of '${name}' differ in length`, { hint: 'Give rows of one length.' })
  return [literal.length, ...(inner[0] ?? [])]
}

function element(value: unknown, dtype: DType, name: string): number {
  const number = typeof value === 'boolean' ? Number(value) : value
  const isOne = typeof number === 'number' && (dtype !== 'bool' || number === 0 || number === 1)
  if (isOne) return number
  throw new FreezeError('unsupported', `'${String(value)}' is not a ${dtype}, as '${name}' must be`, {
    hint: dtype === 'bool' ? 'Give true or false.' : 'Give a number.',
  })
}

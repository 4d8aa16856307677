/** Same graph, same numbers: runs two graphs on the same inputs in the reference evaluator. */

import { isFreezeError } from '../../src/errors.ts'
import { fromNumbers, fromText, type NdArray, numbers, stringBytes } from '../../src/evaluate/array.ts'
import { evaluate, missingKernels } from '../../src/evaluate/evaluate.ts'
import type { Graph } from '../../src/graph/graph.ts'

const WORDS = ['Ab,c.', ' x y', '', 'd,,E']

/** Numbers that are not special: neither zero nor equal, of both signs, within a few units. */
export function feedsOf(graph: Graph): Map<string, NdArray> {
  let seed = 12345
  const next = (): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed / 2147483648
  }
  return new Map(
    graph.inputs.map(({ value }) => {
      const dtype = value.node.type('dtype')
      const shape = (value.node.shape('shape') ?? [2]).map(d => d ?? 2)
      const count = shape.reduce((n, d) => n * d, 1)
      if (dtype === 'string')
        return [
          String(value),
          fromText(
            shape,
            Array.from({ length: count }, (_, i) => WORDS[i % WORDS.length]!),
          ),
        ]
      const isWhole = !dtype.startsWith('float')
      const values = Array.from({ length: count }, () => (isWhole ? Math.floor(next() * 5) : next() * 4 - 2))
      return [String(value), fromNumbers(dtype, shape, dtype === 'bool' ? values.map(v => v % 2) : values)]
    }),
  )
}

/** Why the numbers of a graph cannot be compared: the evaluator does not run it. */
export class CannotRun {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

/**
 * Empty if every output agrees within `tolerance` of the largest number (exactly, where not floating); CannotRun where
 * the graph cannot be run as it was, or has ops without a kernel.
 */
export async function compareNumbers(before: Graph, after: Graph, tolerance = 2e-6): Promise<string | CannotRun> {
  const outputs = before.outputs.map(p => p.value)
  if (outputs.length === 0) return new CannotRun('it has no outputs')
  const missing = [before, after].flatMap(graph =>
    missingKernels(
      graph,
      graph.outputs.map(p => p.value),
    ),
  )
  if (missing.length > 0) return new CannotRun(`no kernel of ${[...new Set(missing)].join(', ')}`)
  const feeds = feedsOf(before)
  let expected: NdArray[]
  try {
    expected = await evaluate(before, feeds)
  } catch (e) {
    if (isFreezeError(e)) return new CannotRun(e.message)
    throw e
  }
  const found = await evaluate(after, feeds)
  for (const [i, a] of expected.entries()) {
    const difference = differenceOf(a, found[i]!, tolerance)
    if (difference) return `${before.outputs[i]!.key}: ${difference}`
  }
  return ''
}

/** The same, for graphs that must run. */
export async function sameNumbers(before: Graph, after: Graph, tolerance?: number): Promise<string> {
  const found = await compareNumbers(before, after, tolerance)
  return found instanceof CannotRun ? `the numbers were not compared: ${found.why}` : found
}

export function differenceOf(a: NdArray, b: NdArray, within: number): string {
  if (a.dtype !== b.dtype) return `${b.dtype} for ${a.dtype}`
  if (String(a.shape) !== String(b.shape)) return `shape [${b.shape}] for [${a.shape}]`
  if (a.dtype === 'string') return String(stringBytes(a)) === String(stringBytes(b)) ? '' : 'other strings'
  const [x, y] = [numbers(a), numbers(b)]
  const scale = Math.max(1e-3, ...Array.from(x, v => (Number.isFinite(v) ? Math.abs(v) : 0)))
  const tolerance = a.dtype === 'float16' || a.dtype === 'bfloat16' ? 2e-2 : within
  const at = Array.from(x).findIndex((v, i) => {
    if (Object.is(v, y[i]) || v === y[i]) return false
    return !(a.dtype.includes('float') && Math.abs(v - y[i]!) <= tolerance * scale)
  })
  return at < 0 ? '' : `element ${at} is ${y[at]} for ${x[at]}`
}

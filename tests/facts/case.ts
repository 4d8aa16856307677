/** Cases of inference as text, and what is known as text: `float32[?,8]`, `int32[2] = 3 ?`. */
import { Facts } from '../../src/facts/facts.ts'
import type { PartialShape } from '../../src/graph/attr.ts'
import { parse } from '../../src/graph/text/index.ts'

/** What is known of the outputs of a graph. `given` fixes shapes of inputs, by key. */
export function factsOf(text: string, given: Readonly<Record<string, PartialShape>> = {}): string {
  const graph = parse(text)
  const input = (key: string) => graph.inputs.find(p => p.key === key)!.value
  const facts = new Facts(graph, new Map(Object.entries(given).map(([key, shape]) => [input(key), shape])))
  return graph.outputs.map(port => describeFact(facts.of(port.value))).join(', ')
}

function describeFact({ dtype, shape, elements }: ReturnType<Facts['of']>): string {
  const dims = shape === null ? '?' : `[${shape.map(d => d ?? '?').join(',')}]`
  return `${dtype}${dims}${elements ? ` = ${elements.map(e => e ?? '?').join(' ')}` : ''}`
}

/**
 * What is known of all outputs of one op. An operand is an input (`float32[?,3]`), a
 * constant (`int32[2] [1 2]`), or `shape of [?,3]`: values that are known in part.
 */
export function factsOfOp(op: string, operands: readonly string[], attrs = '', outputs = 1): string {
  const lines = operands.flatMap((operand, i) => {
    if (operand.startsWith('shape of ')) return [`in p${i}: float32${operand.slice(9)}`, `x${i} = Shape(p${i})`]
    return /[\]?] |splat/.test(operand) ? [`x${i} = Const ${operand}`] : [`in x${i}: ${operand}`]
  })
  const call = `y = ${op}(${operands.map((_, i) => `x${i}`).join(', ')})${attrs && ` {${attrs}}`}`
  const results = Array.from({ length: outputs }, (_, i) => (i === 0 ? 'y' : `y${i}=y:${i}`))
  return factsOf([...lines, call, `out ${results.join(', ')}`].join('\n'))
}

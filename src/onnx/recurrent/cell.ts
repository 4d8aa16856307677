/**
 * The cell of a recurrent layer, found in the body of its loop by what it computes. σ, g and k are activation functions.
 *
 *     RNN     h' = g(x·W + h·U + b)
 *     LSTM    c' = σ(f)·c + σ(i)·g(j);  h' = σ(o)·k(c')            i, o, f, j as above, each with weights of its own
 *     GRU     h' = z·h + (1 − z)·g(n)                              z = σ(…), r = σ(…) as above, and n is one of
 *             n = x·W + b + (r·h)·U                                the reset before the product
 *             n = x·W + b + r·(h·U + d)                            the reset after it
 */
import type { Value } from '../../graph/node.ts'
import { transpose } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { behind } from '../bodies.ts'
import { type Activation, activationOf, sameActivation } from './activation.ts'
import { type Affine, affine, biasOf, type Product } from './affine.ts'
import type { LoopBody } from './body.ts'

/** The weights of one gate as ONNX has them: [units, input], [units, units], [units] twice. */
export interface Gate {
  readonly input: Tensor
  readonly recurrent: Tensor
  readonly inputBias: Tensor
  readonly recurrentBias: Tensor
}

export interface Cell {
  readonly op: 'LSTM' | 'GRU' | 'RNN'
  readonly units: number
  /** The values that the cell reads in a turn. */
  readonly x: Value
  /** In ONNX's order: i, o, f, c of an LSTM; z, r, h of a GRU. */
  readonly gates: readonly Gate[]
  readonly activations: readonly Activation[]
  /** The variable that is an LSTM's carry. */
  readonly carry?: number
  /** Only in a GRU. */
  readonly resetsAfter?: boolean
}

/** A body whose cell is looked for. */
export interface Search {
  readonly body: LoopBody
  /** The hidden state, as the turn begins with it. */
  readonly hidden: Value
  /** The value of each variable after a turn that counts. */
  readonly next: ReadonlyMap<number, Value>
}

/** The cell that makes this value of the hidden state; undefined for one that ONNX has no operator for. */
export const cellOf = (next: Value, search: Search): Cell | undefined =>
  lstm(next, search) ?? gru(next, search) ?? simple(next, search)

/** A gate with what it reads, and its activation function. */
interface Found {
  readonly gate: Gate
  readonly x: Value
  readonly units: number
  readonly activation: Activation
}

const LINEAR = { name: 'Affine', alpha: 1, beta: 0 } as const

function simple(next: Value, search: Search): Cell | undefined {
  const found = activated(next, search) ?? gated(affine(next, search.body), search.hidden, { ...LINEAR, of: next })
  if (!found) return undefined
  const { gate, x, units, activation } = found
  return { op: 'RNN', units, x, gates: [gate], activations: [activation] }
}

function lstm(next: Value, search: Search): Cell | undefined {
  for (const [output, squashed] of factors(next)) {
    const last = activationOf(squashed, search.body)
    const carry = last && [...search.next].find(([, value]) => value === last.of)?.[0]
    const o = carry === undefined ? undefined : activated(output, search)
    const inner = o && carried(last!.of, search.body.argument(carry!), search)
    if (!inner) continue
    const { i, f, g } = inner
    const gates = [i, o, f, g]
    if (!areOne(gates) || !areAlike([i, o, f])) continue
    const activations = [o.activation, g.activation, last!]
    return { op: 'LSTM', units: o.units, x: o.x, gates: gates.map(({ gate }) => gate), activations, carry: carry! }
  }
  return undefined
}

/** c' = σ(f)·c + σ(i)·g(j). */
function carried(next: Value, carry: Value, search: Search) {
  for (const [kept, added] of addends(next)) {
    const forget = factors(kept).find(([, state]) => state === carry)?.[0]
    const f = forget && activated(forget, search)
    if (!f) continue
    for (const [gate, candidate] of factors(added)) {
      const i = activated(gate, search)
      const g = activated(candidate, search)
      if (i && g && sameActivation(i.activation, f.activation)) return { i, f, g }
    }
  }
  return undefined
}

function gru(next: Value, search: Search): Cell | undefined {
  const mixed = mixture(next, search)
  const z = mixed && activated(mixed.gate, search)
  const outer = mixed && activationOf(mixed.candidate, search.body)
  if (!z || !outer) return undefined
  const sum = affine(outer.of, search.body)
  const found = resetAfter(sum, search) ?? resetBefore(sum, search)
  if (!found) return undefined
  const { r, gate, resetsAfter } = found
  if (!areOne([z, r]) || !areAlike([z, r]) || gate.input.shape[1] !== z.gate.input.shape[1]) return undefined
  const gates = [z.gate, r.gate, gate]
  return { op: 'GRU', units: z.units, x: z.x, gates, activations: [z.activation, outer], resetsAfter }
}

/** z·h + (1 − z)·n, or n + z·(h − n). */
function mixture(next: Value, { hidden, body }: Search) {
  for (const [first, second] of addends(next)) {
    const gate = factors(first).find(([, state]) => state === hidden)?.[0]
    const isRest = (value: Value): boolean =>
      value.node.op === 'Sub' &&
      body.numbers(value.node.input(0))?.every(number => number === 1) === true &&
      behind(value.node.input(1)) === gate
    const rest = gate && factors(second).find(([other]) => isRest(other))
    if (gate && rest) return { gate, candidate: rest[1] }
    const isWay = ({ node }: Value): boolean =>
      node.op === 'Sub' && behind(node.input(0)) === hidden && behind(node.input(1)) === first
    const way = factors(second).find(([other]) => isWay(other))
    if (way) return { gate: way[1], candidate: first }
  }
  return undefined
}

/** n = x·W + b + r·(h·U + d). */
function resetAfter({ products, biases, others }: Affine, search: Search) {
  const [product, reset] = [products[0], others[0]]
  if (products.length !== 1 || others.length !== 1 || !product || !reset) return undefined
  for (const [gate, inner] of factors(reset)) {
    const r = activated(gate, search)
    const state = r && affine(inner, search.body)
    const recurrent = state?.products[0]
    if (state?.products.length !== 1 || state.others.length > 0 || recurrent?.of !== search.hidden) continue
    const weights = gateOf({ product, biases }, { product: recurrent, biases: state.biases })
    if (weights && product.of === r!.x) return { r: r!, gate: weights, resetsAfter: true }
  }
  return undefined
}

/** n = x·W + b + (r·h)·U. */
function resetBefore(sum: Affine, search: Search) {
  for (const { of } of sum.products) {
    const gate = factors(of).find(([, state]) => state === search.hidden)?.[0]
    const r = gate && activated(gate, search)
    const found = r && gated(sum, of, r.activation)
    if (found && found.x === r.x) return { r, gate: found.gate, resetsAfter: false }
  }
  return undefined
}

/** An activation function of x·W + h·U + b. */
function activated(value: Value, { body, hidden }: Search): Found | undefined {
  const activation = activationOf(value, body)
  return activation && gated(affine(activation.of, body), hidden, activation)
}

function gated({ products, biases, others }: Affine, hidden: Value, activation: Activation): Found | undefined {
  const recurrent = products.find(({ of }) => of === hidden)
  const input = products.find(({ of }) => of !== hidden)
  if (products.length !== 2 || others.length > 0 || !recurrent || !input) return undefined
  const gate = gateOf({ product: input, biases }, { product: recurrent, biases: [] })
  return gate && { gate, x: input.of, units: gate.recurrent.shape[0]!, activation }
}

interface Half {
  readonly product: Product
  readonly biases: readonly Tensor[]
}

function gateOf(input: Half, recurrent: Half): Gate | undefined {
  const [units, columns] = recurrent.product.weights.shape
  if (units === undefined || columns !== units || input.product.weights.shape[1] !== units) return undefined
  const { dtype } = input.product.weights
  const inputBias = biasOf(input, units, dtype)
  const recurrentBias = biasOf(recurrent, units, dtype)
  if (!inputBias || !recurrentBias) return undefined
  const turned = ({ product }: Half): Tensor => transpose(product.weights, [1, 0])
  return { input: turned(input), recurrent: turned(recurrent), inputBias, recurrentBias }
}

/** Whether all gates read the same, and are as wide. */
const areOne = (found: readonly Found[]): boolean =>
  found.every(({ x, units }) => x === found[0]!.x && units === found[0]!.units)
const areAlike = (found: readonly Found[]): boolean =>
  found.every(({ activation }) => sameActivation(activation, found[0]!.activation))

/** The operands of a product, in both orders; none for what is no product. */
const factors = (value: Value): readonly (readonly [Value, Value])[] => bothWays(value, ['Mul'])
const addends = (value: Value): readonly (readonly [Value, Value])[] => bothWays(value, ['Add', 'AddV2'])

function bothWays(value: Value, ops: readonly string[]): readonly (readonly [Value, Value])[] {
  const { node } = behind(value)
  if (!ops.includes(node.op)) return []
  const [a, b] = [behind(node.input(0)), behind(node.input(1))]
  return [
    [a, b],
    [b, a],
  ]
}

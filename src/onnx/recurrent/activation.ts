/** Activation functions that ONNX's recurrent operators have, told by what computes them. */
import type { Node, Value } from '../../graph/node.ts'
import { behind } from '../bodies.ts'
import type { LoopBody } from './body.ts'

/** A function by ONNX's name, with its parameters, and what it is applied to. */
export interface Activation {
  readonly name: string
  readonly alpha?: number
  readonly beta?: number
  readonly of: Value
}

/** Functions without parameters, by the op that computes them. */
const PLAIN: ReadonlyMap<string, string> = new Map(
  Object.entries({ Relu: 'Relu', Sigmoid: 'Sigmoid', Softplus: 'Softplus', Softsign: 'Softsign', Tanh: 'Tanh' }),
)

/** The function whose result a value is; undefined where ONNX has no such one. */
export function activationOf(value: Value, body: LoopBody): Activation | undefined {
  const { node } = behind(value)
  const plain = PLAIN.get(node.op)
  if (plain) return { name: plain, of: behind(node.input(0)) }
  if (node.op === 'Elu') return { name: 'Elu', alpha: 1, of: behind(node.input(0)) }
  if (node.op === 'LeakyRelu') return { name: 'LeakyRelu', alpha: node.float('alpha'), of: behind(node.input(0)) }
  return sixthOf(node, body) ?? clipped(node, body)
}

export const sameActivation = (a: Activation, b: Activation): boolean =>
  a.name === b.name && a.alpha === b.alpha && a.beta === b.beta

/** relu6(x + 3) / 6 = clip(x/6 + 1/2, 0, 1), as Keras 3 has it. */
function sixthOf(node: Node, body: LoopBody): Activation | undefined {
  const scaled = scale(node, body)
  if (scaled?.of.node.op !== 'Relu6' || !isNear(scaled.by, 1 / 6)) return undefined
  const moved = shift(behind(scaled.of.node.input(0)).node, body)
  return moved?.by === 3 ? { name: 'HardSigmoid', alpha: 1 / 6, beta: 0.5, of: moved.of } : undefined
}

/** clip(αx + β, 0, 1), as Keras 1 and 2 have it. */
function clipped(node: Node, body: LoopBody): Activation | undefined {
  const inner = withinOne(node, body)
  const moved = inner && shift(inner.node, body)
  const scaled = moved && scale(moved.of.node, body)
  return scaled && { name: 'HardSigmoid', alpha: scaled.by, beta: moved.by, of: scaled.of }
}

/** The value that the node clamps between 0 and 1; undefined where it does not. */
function withinOne(node: Node, body: LoopBody): Value | undefined {
  const number = (value: Value | undefined): number | undefined => value && only(body.numbers(value))
  if (node.op === 'ClipByValue')
    return number(node.inputs[1]) === 0 && number(node.inputs[2]) === 1 ? behind(node.input(0)) : undefined
  if (node.op !== 'Maximum' || number(node.inputs[1]) !== 0) return undefined
  const low = behind(node.input(0)).node
  return low.op === 'Minimum' && number(low.inputs[1]) === 1 ? behind(low.input(0)) : undefined
}

interface WithNumber {
  readonly of: Value
  readonly by: number
}

/** x + number. */
const shift = (node: Node, body: LoopBody): WithNumber | undefined =>
  ['Add', 'AddV2'].includes(node.op) ? withNumber(node, body) : undefined

/** x · number. */
function scale(node: Node, body: LoopBody): WithNumber | undefined {
  if (node.op === 'Mul') return withNumber(node, body)
  if (node.op !== 'RealDiv') return undefined
  const by = only(body.numbers(node.input(1)))
  return by === undefined ? undefined : { of: behind(node.input(0)), by: 1 / by }
}

function withNumber(node: Node, body: LoopBody): WithNumber | undefined {
  for (const [i, value] of node.inputs.entries()) {
    const by = only(body.numbers(value))
    if (by !== undefined) return { of: behind(node.input(1 - i)), by }
  }
  return undefined
}

const only = (numbers: readonly number[] | undefined): number | undefined =>
  numbers?.length === 1 ? numbers[0] : undefined

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.abs(b)

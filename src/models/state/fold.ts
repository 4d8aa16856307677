/**
 * Initial values: what an initialiser computes from constants alone, as a tensor
 * by recipe, followed through the functions that it calls.
 */
import { inOrder } from '../../graph/flow.ts'
import { MAX_DEPTH } from '../../limits.ts'
import { fold as foldOp } from '../../tensor/fold.ts'
import { strings } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { type Located, located, origin } from './frames.ts'

/** The result of folding a value: a tensor, or the reason why it is none. */
export type Folded =
  | { readonly kind: 'tensor'; readonly tensor: Tensor }
  /** Some op that it needs draws random numbers. */
  | { readonly kind: 'random'; readonly op: string }
  /** An op that is not known here, or depends on more than constants. */
  | { readonly kind: 'unknown'; readonly op: string }

/** The file name that a loader feeds to a tensor of the main graph: `node:0`. */
export type AssetNames = (tensor: string) => string | undefined

/** Follows a value back to constants and to names of assets. */
export function fold(value: Located, assetFor: AssetNames): Folded {
  const tensor = foldTensor(value, assetFor, 0)
  if (tensor) return { kind: 'tensor', tensor }
  const { node } = origin(value).value
  const random = inOrder([node]).find(each => each.is('random', 'generator'))
  return random ? { kind: 'random', op: random.op } : { kind: 'unknown', op: node.op }
}

function foldTensor(at: Located, assetFor: AssetNames, depth: number): Tensor | undefined {
  const { value, frame } = origin(at)
  const { node } = value
  const asset = frame.call ? undefined : assetFor(`${node.name}:${value.index}`)
  if (asset !== undefined) return strings([], [asset])
  if (value.tensor) return value.tensor
  if (depth > MAX_DEPTH || value.index > 0 || node.inputs.length === 0) return undefined
  const operands: Tensor[] = []
  for (const input of node.inputs) {
    const operand = foldTensor(located(input, frame), assetFor, depth + 1)
    if (!operand) return undefined
    operands.push(operand)
  }
  return foldOp(node, operands, 'recipes')
}

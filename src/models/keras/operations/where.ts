/** Elements chosen by a condition. */
import { truth } from './elementwise.ts'
import type { Operation } from './function-call.ts'
import { resultType } from './promotion.ts'

type Emit = Operation['emit']

/** condition ? x1 : x2; without these where the condition holds, as indices. */
export const where: Emit = f => {
  const condition = truth(f.scope, f.tensor('condition'))
  if (!f.has('x1') && !f.has('x2')) {
    const places = f.scope.op('Where', [condition])
    return f.call.profile === 'k3'
      ? f.scope.op('Unpack', [f.scope.cast(places, 'int32')], { num: f.rank(condition), axis: 1 })
      : places
  }
  const [a, b] = f.together(['x1', 'x2'])
  return f.scope.select(condition, a!, b!)
}

/** Chooses by the first condition that holds. */
export const select: Emit = f => {
  const { scope } = f
  const [conditions, choices] = [f.tensors('condlist'), f.tensors('choicelist')]
  const dtype = resultType(...choices.map(choice => choice.dtype!)) // every tensor of ours has a type
  const otherwise = scope.cast(f.maybeTensor('default', dtype) ?? scope.cast(scope.int(0), dtype), dtype)
  return choices.reduceRight(
    (rest, choice, i) => scope.select(truth(scope, conditions[i]!), scope.cast(choice, dtype), rest),
    otherwise,
  )
}

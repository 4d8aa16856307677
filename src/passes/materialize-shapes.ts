import { invariant } from '../errors.ts'
import type { Element, Fact } from '../facts/fact.ts'
import { isSecondName } from '../optimize/conditions.ts'
import { rulePass } from '../optimize/pass.ts'
import { isPure } from '../optimize/purity.ts'
import { any, anything, as, op, where } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'
import { fromValues } from '../tensor/make.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type DType, isInteger } from '../tensorflow/dtype.ts'

/** Integers and booleans that follow from shapes, computed or not, become constants. */
const toConstant = rule({
  name: 'materialize-shapes',
  find: as(
    'node',
    where(node => node.inputs.length > 0 && isPure(node) && hasIntegers(node.outputTypes), op('*')),
  ),
  test: ({ node }, { graph, facts }) => {
    if (isSecondName(graph, node)) return false
    const read = node.outputs.filter(v => v !== undefined && (v.uses.size > 0 || v.index === 0))
    return read.length > 0 && read.every(v => v && known(facts.of(v)))
  },
  replace: ({ node }, { graph, facts }) =>
    node.outputs.map(v => {
      const tensor = v && known(facts.of(v))
      return tensor && graph.const(tensor, node.name)
    }),
  allOutputs: true,
})

const hasIntegers = (types: readonly DType[] | undefined): boolean =>
  types?.some(t => isInteger(t) || t === 'bool') ?? false

/** The tensor, where every element of it is known. */
function known({ dtype, shape, elements }: Fact): Tensor | undefined {
  if (!dtype || !(isInteger(dtype) || dtype === 'bool') || !elements || !shape) return undefined
  const all = elements.filter(e => e !== null)
  if (all.length < elements.length) return undefined
  const sizes = shape.filter(d => d !== null)
  invariant(sizes.length === shape.length, 'elements are known of known shapes only')
  return integers(dtype, sizes, all)
}

const integers = (dtype: DType, shape: readonly number[], elements: readonly Exclude<Element, null>[]): Tensor =>
  elements.some(e => typeof e === 'bigint')
    ? fromValues(dtype, shape, elements.map(BigInt))
    : fromValues(dtype, shape, elements.map(Number))

/** Reshape(x, computed) → Reshape(x, [-1, 4, 4]), where one size at most is not known. */
const reshapeTarget = rule({
  name: 'materialize-reshape',
  find: as('reshape', op('Reshape', [any('x'), anything])),
  test: ({ reshape }) => reshape.input(1).tensor === undefined,
  unless({ reshape }, { facts }) {
    const shape = facts.shape(reshape.out())
    if (shape === null) return `the rank of ${reshape.name} is not known`
    const missing = shape.filter(d => d === null).length
    if (missing > 1) return `${missing} sizes of ${reshape.name} are not known`
    return missing === 1 && shape.includes(0) && `${reshape.name} is empty, so its unknown size cannot be written as -1`
  },
  replace({ reshape, x }, { graph, facts, like }) {
    const shape = facts.shape(reshape.out())!.map(d => d ?? -1)
    const target = graph.const(integers(reshape.type('Tshape'), [shape.length], shape), `${reshape.name}/shape`)
    return like(reshape, [x, target]).out()
  },
})

/** The rules of the pass. */
export const SHAPE_RULES = [toConstant, reshapeTarget]

/** Turns values that follow from known shapes into constants; a Reshape to a shape with one unknown size gets it as -1. */
export const materializeShapes = rulePass({
  name: 'materialize-shapes',
  description: 'Replaces values computed from known shapes with constants.',
  enabled: true,
  requires: ['remove-identity'],
  rules: () => SHAPE_RULES,
})

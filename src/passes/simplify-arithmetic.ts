import type { Value } from '../graph/node.ts'
import { isAll, keepsShape } from '../optimize/conditions.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, as, type Constant, constant, either, op, type Pattern, where } from '../rewrite/pattern.ts'
import { type Rule, rule } from '../rewrite/rule.ts'
import { type DType, isFloat } from '../tensorflow/dtype.ts'

type Operands = { readonly x: Value; readonly c: Constant }

/** x ∘ c → x, where every element of c is `neutral`, and c stretches to x but not x to c. */
const neutralElement = (name: string, find: Pattern<Operands>, neutral: number): Rule =>
  rule({
    name,
    find,
    test: ({ c }, { facts }) => isAll(c, neutral, facts),
    unless: ({ x, c }, { facts }) =>
      !keepsShape(facts.shape(x), c.tensor.shape) && `${c} may broadcast ${x} to a larger shape`,
    replace: ({ x }) => x,
  })

const eitherOrder = (ops: readonly string[]): Pattern<Operands> =>
  either(op(ops, [any('x'), constant('c')]), op(ops, [constant('c'), any('x')]))
const secondOnly = (ops: readonly string[]): Pattern<Operands> => op(ops, [any('x'), constant('c')])

/** f(f(x)) → x. */
const INVOLUTIONS = ['Neg', 'LogicalNot', 'Reciprocal', 'Conj', 'Invert']
const undone = (name: string): Rule =>
  rule({ name: 'undo-twice', find: op(name, [op(name, [any('x')])]), replace: ({ x }) => x })

/** f(g(x)) → g(x), where f changes nothing that comes out of g. */
const ABSORBED: Readonly<Record<string, readonly string[]>> = {
  Relu: ['Relu', 'Relu6', 'Abs', 'Square', 'Sigmoid', 'Softmax', 'Exp', 'Sqrt'],
  Relu6: ['Relu6', 'Sigmoid', 'Softmax'],
  Abs: ['Abs', 'Relu', 'Relu6', 'Square', 'Sigmoid', 'Softmax', 'Exp', 'Sqrt'],
  Floor: ['Floor', 'Ceil', 'Rint', 'Round'],
  Ceil: ['Floor', 'Ceil', 'Rint', 'Round'],
  Rint: ['Floor', 'Ceil', 'Rint', 'Round'],
  Round: ['Floor', 'Ceil', 'Rint', 'Round'],
  Sign: ['Sign'],
}
const idempotent = ([outer, inner]: readonly [string, readonly string[]]): Rule =>
  rule({
    name: 'drop-idempotent',
    find: op(outer, [
      as(
        'inner',
        where(node => node.op !== 'Square' || isFloat(node.type('T')), op(inner)),
      ),
    ]),
    replace: ({ inner }) => inner.out(),
  })

/** Relu6(Relu(x)) → Relu6(x). */
const reluInRelu6 = rule({
  name: 'drop-idempotent',
  find: as('outer', op('Relu6', [op('Relu', [any('x')])])),
  replace: ({ outer, x }, { like }) => like(outer, [x]).out(),
})

/** Cast(x) → x, to its own type. */
export const castToSame = rule({
  name: 'drop-cast',
  find: where(node => node.type('SrcT') === node.type('DstT'), op('Cast', [any('x')])),
  replace: ({ x }) => x,
})

/** Types that hold every value of another. */
const HELD_BY: Readonly<Partial<Record<DType, readonly DType[]>>> = {
  bool: ['int8', 'uint8', 'int16', 'uint16', 'int32', 'int64', 'float16', 'bfloat16', 'float32', 'float64'],
  int8: ['int16', 'int32', 'int64', 'float16', 'float32', 'float64', 'bfloat16'],
  uint8: ['int16', 'uint16', 'int32', 'uint32', 'int64', 'float16', 'float32', 'float64', 'bfloat16'],
  int16: ['int32', 'int64', 'float32', 'float64'],
  uint16: ['int32', 'uint32', 'int64', 'float32', 'float64'],
  int32: ['int64', 'float64'],
  float16: ['float32', 'float64'],
  bfloat16: ['float32', 'float64'],
  float32: ['float64'],
}

/** Cast(Cast(x)) back to the type of x → x, where the type between holds all its values. */
const castAndBack = rule({
  name: 'drop-cast',
  find: as('outer', op('Cast', [as('inner', op('Cast', [any('x')]))])),
  unless({ outer, inner }) {
    const [source, middle, result] = [inner.type('SrcT'), inner.type('DstT'), outer.type('DstT')]
    return (source !== result || !HELD_BY[source]?.includes(middle)) && `${middle} cannot hold every ${source} value`
  },
  replace: ({ x }) => x,
})

/** AddN(x), ConcatV2(x, axis) → x. */
const onlyOne = rule({
  name: 'drop-single-operand',
  find: as(
    'node',
    where(node => node.int('N') === 1, op(['AddN', 'ConcatV2', 'AccumulateNV2'])),
  ),
  replace: ({ node }) => node.input(0), // N of them, then the axis
})

/**
 * Identities: x+0, x−0, x·1, x/1, x^1 → x; −(−x) → x; Relu(Relu(x)) → Relu(x);
 * casts that change nothing.
 */
export const simplifyArithmetic = rulePass({
  name: 'simplify-arithmetic',
  description: 'Removes arithmetic that changes nothing: x + 0, x · 1, −(−x), Relu(Relu(x)), a cast to the same type.',
  enabled: true,
  requires: ['fold-constants'],
  rules: () => [
    neutralElement('add-zero', eitherOrder(['Add', 'AddV2']), 0),
    neutralElement('add-zero', secondOnly(['Sub', 'BiasAdd']), 0),
    neutralElement('times-one', eitherOrder(['Mul']), 1),
    neutralElement('times-one', secondOnly(['RealDiv', 'Div', 'Pow']), 1),
    ...INVOLUTIONS.map(undone),
    ...Object.entries(ABSORBED).map(idempotent),
    reluInRelu6,
    castToSame,
    castAndBack,
    onlyOne,
  ],
})

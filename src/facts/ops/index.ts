/** The registry of shape functions: a new family is a file here and a line below. */
import type { Rule, Rules } from '../rule.ts'
import { arrayRules } from './array.ts'
import { controlFlowRules } from './control-flow.ts'
import { gatherRules } from './gather.ts'
import { imageRules } from './image.ts'
import { linearAlgebraRules } from './linear-algebra.ts'
import { lookupRules } from './lookup.ts'
import { mathRules } from './math.ts'
import { nnRules } from './nn.ts'
import { quantizationRules } from './quantization.ts'
import { randomRules } from './random.ts'
import { reductionRules } from './reduction.ts'
import { shapeRules } from './shape.ts'
import { sparseRules } from './sparse.ts'
import { stringRules } from './strings.ts'
import { tensorListRules } from './tensor-list.ts'

/** Every family of ops. No op is in two. */
export const FAMILIES: readonly Rules[] = [
  arrayRules,
  controlFlowRules,
  gatherRules,
  imageRules,
  linearAlgebraRules,
  lookupRules,
  mathRules,
  nnRules,
  quantizationRules,
  randomRules,
  reductionRules,
  shapeRules,
  sparseRules,
  stringRules,
  tensorListRules,
]

let byOp: ReadonlyMap<string, Rule> | undefined

/** The shape function of an op; undefined for one of which nothing is known. */
export function ruleFor(op: string): Rule | undefined {
  byOp ??= new Map(FAMILIES.flatMap(rules => Object.entries(rules)))
  return byOp.get(op)
}

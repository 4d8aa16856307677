import { isLearningPhase } from '../graph/names.ts'
import { rulePass } from '../optimize/pass.ts'
import { any, as, op, where } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'
import type { Tensor } from '../tensor/tensor.ts'

const FALSE: Tensor = { dtype: 'bool', shape: [], recipe: { kind: 'memory', bytes: Uint8Array.of(0) } }

const takeDefault = rule({
  name: 'use-placeholder-defaults',
  find: as('placeholder', op('PlaceholderWithDefault', [any('value')])),
  unless: ({ placeholder }, { graph }) =>
    graph.isInput(placeholder) && `${placeholder.name} is an input, which a caller may feed`,
  replace: ({ value }) => value,
})

/** The same placeholder that freezing takes for false. */
const inferencePhase = rule({
  name: 'keras-learning-phase',
  find: where(isLearningPhase, as('placeholder', op(['Placeholder', 'PlaceholderV2'], []))),
  unless: ({ placeholder }, { graph }) =>
    graph.isInput(placeholder) && `${placeholder.name} is an input, which a caller may feed`,
  replace: ({ placeholder }, { graph }) => graph.const(FALSE, placeholder.name),
})

/** PlaceholderWithDefault that is no input → its default; `keras_learning_phase` that is no input → false. */
export const usePlaceholderDefaults = rulePass({
  name: 'use-placeholder-defaults',
  description: 'Replaces placeholders that are not inputs with their defaults, and keras_learning_phase with false.',
  enabled: true,
  rules: () => [inferencePhase, takeDefault],
})

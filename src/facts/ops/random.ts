/** Shapes of random numbers: they are asked for by shape. */
import { dimOf, fixed, forEach, like, type Rule, type Rules, shapeFrom, withRank } from '../rule.ts'

const shaped =
  (slot: number): Rule =>
  (_, inputs) => [shapeFrom(inputs[slot]!)]

/** So many draws for each parameter. */
const perParameter: Rule = (_, [shape, parameter]) => {
  const dims = shapeFrom(shape)
  return [dims && parameter.shape && [...dims, ...parameter.shape]]
}

const multinomial: Rule = (_, [logits, count]) => [[withRank(logits, 2)[0]!, dimOf(count)]]

/** The shape functions of random numbers. */
export const randomRules: Rules = {
  ...forEach(
    `RandomUniform RandomUniformInt RandomStandardNormal TruncatedNormal ParameterizedTruncatedNormal
     StatelessRandomUniform StatelessRandomNormal StatelessTruncatedNormal StatelessRandomUniformInt
     StatelessRandomUniformFullInt StatelessRandomUniformV2 StatelessRandomNormalV2 StatelessTruncatedNormalV2
     StatelessRandomUniformIntV2 StatelessRandomUniformFullIntV2 StatelessRandomGammaV2 StatelessRandomPoisson
     StatelessRandomBinomial`,
    shaped(0),
  ),
  ...forEach(
    'StatefulUniform StatefulUniformInt StatefulUniformFullInt StatefulStandardNormalV2 StatefulTruncatedNormal',
    shaped(2),
  ),
  ...forEach('RandomGamma RandomPoisson RandomPoissonV2', perParameter),
  RandomShuffle: like(),
  ...forEach('Multinomial StatelessMultinomial', multinomial),
  StatelessRandomGetKeyCounter: fixed([1], [2]),
  StatelessRandomGetAlg: fixed([]),
  StatelessRandomGetKeyCounterAlg: fixed([1], [2], []),
  RngReadAndSkip: fixed([3]),
}

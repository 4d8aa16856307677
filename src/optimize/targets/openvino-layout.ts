/**
 * Ops for which OpenVINO mixes up the axes of images. Its convolutions have the channels second, and it moves the
 * transposes between the layouts past other ops; past Tile and LogSoftmax it changes the wrong axes without a word.
 * They are written in ops that it moves transposes past rightly. Found by `scripts/conformance/target_layers.py` with
 * OpenVINO 2026.4.
 */
import type { Value } from '../../graph/node.ts'
import { any, as, op } from '../../rewrite/pattern.ts'
import { type Rule, rule } from '../../rewrite/rule.ts'
import { scalar, vector } from '../../tensor/make.ts'

/** Ranks from here on may be images or sequences with channels. */
const LEAST_RANK = 3
/** Copies beyond this would make a node of too many inputs. */
const MAX_COPIES = 256

/** Tile → a concatenation of copies along each axis that is repeated. */
const tileAsCopies: Rule = rule({
  name: 'tile-as-copies',
  find: as('tile', op('Tile', [any('x'), any('multiples')])),
  replace({ tile, x, multiples }, { graph, facts }) {
    const counts = facts.of(multiples).elements?.map(Number)
    if (!counts || counts.length < LEAST_RANK) return 'the number of copies is not known, or it is no image'
    if (counts.some(count => !(count >= 1 && count <= MAX_COPIES))) return 'an axis is repeated too often'
    const copies = (of: Value, count: number, axis: number): Value => {
      if (count === 1) return of
      const along = graph.const(scalar('int32', axis), `${tile.name}/axis`)
      const inputs = Array.from({ length: count }, () => of)
      return graph.add('ConcatV2', [...inputs, along], {}, `${tile.name}/copies`).out()
    }
    return counts.reduce(copies, x)
  },
})

/** LogSoftmax → x − max x − log Σ exp(x − max x), along the last axis. */
const logSoftmaxInSteps: Rule = rule({
  name: 'log-softmax-in-steps',
  find: as('root', op('LogSoftmax', [any('x')])),
  test: ({ x }, { facts }) => (facts.shape(x)?.length ?? LEAST_RANK) >= LEAST_RANK,
  replace({ root, x }, { graph }) {
    const last = graph.const(vector('int32', [-1]), `${root.name}/last`)
    const over = (reduction: string, value: Value): Value =>
      graph.add(reduction, [value, last], { keep_dims: true }, `${root.name}/${reduction.toLowerCase()}`).out()
    const shifted = graph.add('Sub', [x, over('Max', x)], {}, `${root.name}/shifted`).out()
    const exponential = graph.add('Exp', [shifted], {}, `${root.name}/exp`).out()
    const logarithm = graph.add('Log', [over('Sum', exponential)], {}, `${root.name}/log`).out()
    return graph.add('Sub', [shifted, logarithm], {}, root.name).out()
  },
})

export const LAYOUT_RULES: readonly Rule[] = [tileAsCopies, logSoftmaxInSteps]

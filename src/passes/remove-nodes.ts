import { rulePass } from '../optimize/pass.ts'
import { as, op, where } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'

/** op(x, …) → x, for ops that the caller names. */
export const removeNodes = rulePass({
  name: 'remove-nodes',
  description: 'Removes single-input nodes of the given ops; their consumers read the input instead.',
  aliases: ['remove_nodes'],
  enabled: false,
  options: {
    op: { kind: 'names', default: [], description: 'An op to remove. May be given several times.' },
    max_inputs: { kind: 'number', default: 1, description: 'Also remove nodes with up to this many inputs.' },
  },
  rules: ({ op: ops, max_inputs }) =>
    ops.length === 0
      ? []
      : [
          rule({
            name: 'remove-nodes',
            find: as(
              'node',
              where(({ inputs }) => inputs.length > 0 && inputs.length <= max_inputs, op(ops)),
            ),
            replace: ({ node }) => node.input(0),
          }),
        ],
})

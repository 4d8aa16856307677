import { rulePass } from '../optimize/pass.ts'
import { any, op } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'

/** op(x) → x, for ops that the caller names. */
export const removeNodes = rulePass({
  name: 'remove-nodes',
  description: 'Removes single-input nodes of the given ops; their consumers read the input instead.',
  aliases: ['remove_nodes'],
  enabled: false,
  options: { op: { kind: 'names', default: [], description: 'An op to remove. May be given several times.' } },
  rules: ({ op: ops }) =>
    ops.length === 0 ? [] : [rule({ name: 'remove-nodes', find: op(ops, [any('x')]), replace: ({ x }) => x })],
})

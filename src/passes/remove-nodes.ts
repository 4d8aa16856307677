import { rulePass } from '../optimize/pass.ts'
import { any, op } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'

/** op(x) → x, for ops that the caller names. */
export const removeNodes = rulePass({
  name: 'remove-nodes',
  description: 'Removes the nodes of the given ops, of one input each: what reads them reads the input.',
  aliases: ['remove_nodes'],
  enabled: false,
  options: { op: { kind: 'names', default: [], description: 'An op to remove. May be given several times.' } },
  rules: ({ op: ops }) =>
    ops.length === 0 ? [] : [rule({ name: 'remove-nodes', find: op(ops, [any('x')]), replace: ({ x }) => x })],
})

import { any, as, op } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'
import { rulePass } from './pass.ts'

/** Ops that return their input and differ only in training or debugging. */
const PASS_THROUGH = ['Identity', 'StopGradient', 'PreventGradient', 'Snapshot']

const removeIdentity = rule({
  name: 'remove-identity',
  find: op(PASS_THROUGH, [any('x')]),
  replace: ({ x }) => x,
})

const removeIdentityN = rule({
  name: 'remove-identity-n',
  find: as('identity', op('IdentityN')),
  replace: ({ identity }) => identity.inputs,
  allOutputs: true,
})

/**
 * Identity(x) → x. The engine keeps one that gives a tensor its public name
 * where x has one already, and one that a control edge needs after a Switch.
 */
export const removeIdentities = rulePass({
  name: 'remove-identity',
  sentence: 'Removes Identity, IdentityN, StopGradient, PreventGradient and Snapshot.',
  on: true,
  rules: () => [removeIdentity, removeIdentityN],
})

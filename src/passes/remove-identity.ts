import { rulePass } from '../optimize/pass.ts'
import { any, as, op } from '../rewrite/pattern.ts'
import { rule } from '../rewrite/rule.ts'
import { opsOfRole } from '../tensorflow/roles.ts'

/** Ops that return their input and differ only in training or debugging. */
const PASS_THROUGH = opsOfRole(role => role.kind === 'forwards' && !role.isMany)

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

/** Both rules. */
export const IDENTITY_RULES = [removeIdentity, removeIdentityN]

/**
 * Identity(x) → x. The engine keeps one that gives a tensor its public name
 * where x has one already, and one that a control edge needs after a Switch.
 */
export const removeIdentities = rulePass({
  name: 'remove-identity',
  description: 'Removes Identity, IdentityN, StopGradient, PreventGradient, Snapshot and GuaranteeConst.',
  enabled: true,
  rules: () => IDENTITY_RULES,
})

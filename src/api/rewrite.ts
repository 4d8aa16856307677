/**
 * `tfreeze/rewrite`: patterns, rules and passes, for passes of one's own. `--plugin`
 * gives them to the command; `optimize` of `tfreeze` takes them as they are.
 *
 * @module tfreeze/rewrite
 */
export type { ReadText } from '../optimize/options.ts'
export {
  type OptionDef,
  type OptionDefs,
  type OptionKinds,
  type OptionValue,
  type OptionValues,
  type Pass,
  type PassContext,
  type PassParts,
  pass,
  rulePass,
  type ValuesOf,
} from '../optimize/pass.ts'
export { ReportBuilder } from '../optimize/report.ts'
export { type Applied, type Declined, type RewriteReport, rewrite } from '../rewrite/engine.ts'
export {
  type AllCaptures,
  type AttrCondition,
  any,
  anything,
  as,
  type CapturesOf,
  type Constant,
  constant,
  either,
  type OpPattern,
  once,
  op,
  type Pattern,
  type PatternShape,
  where,
} from '../rewrite/pattern.ts'
export { type Replacement, type Rule, type RuleContext, type RuleParts, rule } from '../rewrite/rule.ts'

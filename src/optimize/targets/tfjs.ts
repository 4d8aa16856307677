import { toDilations } from '../../passes/dilation.ts'
import { FOLD_RULES } from '../../passes/fold-constants.ts'
import { SHAPE_RULES } from '../../passes/materialize-shapes.ts'
import { IDENTITY_RULES } from '../../passes/remove-identity.ts'
import { lint } from '../../tfjs/lint.ts'
import { separateLists } from '../../tfjs/lists.ts'
import { TFJS_RULES } from '../../tfjs/rules/index.ts'
import type { Target } from './target.ts'

/** TF.js executes a list of ops; what it does not, or computes otherwise, is rewritten or refused. */
export const tfjs: Target = {
  name: 'tfjs',
  description: 'TensorFlow.js',
  prepare: separateLists,
  rules: [...IDENTITY_RULES, ...SHAPE_RULES, ...FOLD_RULES, toDilations, ...TFJS_RULES],
  refuses: () => undefined,
  lint,
}

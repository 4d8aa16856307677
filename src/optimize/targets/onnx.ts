import { functionalize } from '../../freeze/control-flow/functionalize/index.ts'
import { convert } from '../../onnx/convert.ts'
import { NEWEST_OPSET } from '../../onnx/operators.ts'
import { toDilations } from '../../passes/dilation.ts'
import { BATCH_NORM_RULES } from '../../passes/fold-batch-norm.ts'
import { FOLD_RULES } from '../../passes/fold-constants.ts'
import { SCALE_RULES } from '../../passes/fold-scale.ts'
import { SHAPE_RULES } from '../../passes/materialize-shapes.ts'
import { ADDITION_RULES } from '../../passes/merge-additions.ts'
import { IDENTITY_RULES } from '../../passes/remove-identity.ts'
import type { Target } from './target.ts'

/** Tries whether ONNX can express the graph: it is converted as far as it goes, with the newest operators. */
export const onnx: Target = {
  name: 'onnx',
  description: 'ONNX, as tfreeze writes it',
  prepare: functionalize,
  without: ['split-batch-norm'], // BatchNormalization is one operator
  rules: [
    ...IDENTITY_RULES,
    ...SHAPE_RULES,
    ...FOLD_RULES,
    toDilations,
    ...BATCH_NORM_RULES,
    ...SCALE_RULES,
    ...ADDITION_RULES,
  ],
  refuses: () => undefined,
  lint: (graph, { customOps = false }) => convert(graph, { opset: NEWEST_OPSET, customOps }).missing,
}

/** The registry of passes, in the order in which `-O` runs them. `--help`, `docs/passes.md` and `--explain` are printed from it. */

import { passOptions } from '../optimize/options.ts'
import type { Pass, PassCall } from '../optimize/pass.ts'
import { addDefaultAttributes, removeAttribute, renameAttribute, stripDefaultAttributes } from './attributes.ts'
import { backportConcatV2 } from './backport-concatv2.ts'
import { backportTensorArray } from './backport-tensor-array.ts'
import { bfloat16Weights, float16Weights, quantizeWeights, roundWeights } from './compress-weights.ts'
import { removeDevice, setDevice } from './device.ts'
import { flattenAtrousConv, mergeDilation } from './dilation.ts'
import { foldBatchNorm } from './fold-batch-norm.ts'
import { foldConstants } from './fold-constants.ts'
import { foldPadding } from './fold-padding.ts'
import { foldScale } from './fold-scale.ts'
import { freezeRequantizationRanges } from './freeze-requantization-ranges.ts'
import { fuseConvolutions } from './fuse-convolutions.ts'
import { inlineCalls } from './inline-calls.ts'
import { insertLogging } from './insert-logging.ts'
import { materializeShapes } from './materialize-shapes.ts'
import { mergeAdditionsPass } from './merge-additions.ts'
import { mergeDuplicates } from './merge-duplicates.ts'
import { obfuscateNames } from './obfuscate-names.ts'
import { quantizeNodes } from './quantize-nodes.ts'
import { removeControlEdges } from './remove-control-edges.ts'
import { removeDeadOutputs } from './remove-dead-outputs.ts'
import { removeDebugOps } from './remove-debug-ops.ts'
import { removeDropout } from './remove-dropout.ts'
import { removeIdentities } from './remove-identity.ts'
import { removeNodes } from './remove-nodes.ts'
import { renameNode, renameOp } from './rename.ts'
import { resolveConditionals } from './resolve-conditionals.ts'
import { simplifyArithmetic } from './simplify-arithmetic.ts'
import { simplifyConcats } from './simplify-concats.ts'
import { simplifyReshapes } from './simplify-reshapes.ts'
import { simplifyTransposes } from './simplify-transposes.ts'
import { sortByExecutionOrder } from './sort-by-execution-order.ts'
import { sparsifyGather } from './sparsify-gather.ts'
import { splitBatchNorm } from './split-batch-norm.ts'
import { stripUnused } from './strip-unused.ts'
import { usePlaceholderDefaults } from './use-placeholder-defaults.ts'

/** Every pass. */
export const PASSES: readonly Pass[] = [
  stripUnused,
  removeDevice,
  usePlaceholderDefaults,
  removeIdentities,
  resolveConditionals,
  removeDebugOps,
  removeControlEdges,
  materializeShapes,
  foldConstants,
  removeDropout,
  simplifyArithmetic,
  simplifyReshapes,
  simplifyTransposes,
  foldPadding,
  mergeDilation,
  flattenAtrousConv,
  foldBatchNorm,
  splitBatchNorm,
  foldScale,
  mergeAdditionsPass,
  simplifyConcats,
  removeDeadOutputs,
  mergeDuplicates,
  fuseConvolutions,
  roundWeights,
  quantizeWeights,
  float16Weights,
  bfloat16Weights,
  quantizeNodes,
  sparsifyGather,
  freezeRequantizationRanges,
  inlineCalls,
  removeNodes,
  renameOp,
  renameNode,
  backportConcatV2,
  backportTensorArray,
  addDefaultAttributes,
  stripDefaultAttributes,
  removeAttribute,
  renameAttribute,
  setDevice,
  insertLogging,
  obfuscateNames,
  sortByExecutionOrder,
]

/** The passes of `-O` and those of `own` that are enabled, with their defaults. */
export const defaultPasses = (own: readonly Pass[] = []): PassCall[] =>
  [...PASSES, ...own].filter(pass => pass.enabled).map(withDefaults)

/** A pass with its default options. */
export const withDefaults = (pass: Pass): PassCall => ({ pass, options: passOptions(pass, []) })

/** A name without the difference of `-` and `_`, and of letters' case. */
export const plainName = (text: string): string => text.replaceAll('_', '-').toLowerCase()

/** The pass of this name or alias; `-` and `_` are the same. */
export function passNamed(name: string, passes: readonly Pass[] = PASSES): Pass | undefined {
  return passes.find(pass => [pass.name, ...pass.aliases].some(known => plainName(known) === plainName(name)))
}

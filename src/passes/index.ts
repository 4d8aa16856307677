/** The registry of passes, in the order in which `-O` runs them. `--help`, `docs/passes.md` and `--explain` are printed from it. */

import { FreezeError } from '../errors.ts'
import { nearestFirst } from '../graph/names.ts'
import {
  addDefaultAttributes,
  removeAttribute,
  renameAttribute,
  setDevice,
  stripDefaultAttributes,
} from './attributes.ts'
import { backportTensorArray } from './backport-tensor-array.ts'
import { bfloat16Weights, float16Weights, quantizeWeights, roundWeights } from './compress-weights.ts'
import { flattenAtrousConv, mergeDilation } from './dilation.ts'
import { foldBatchNorm } from './fold-batch-norm.ts'
import { foldConstants } from './fold-constants.ts'
import { foldPadding } from './fold-padding.ts'
import { foldScale } from './fold-scale.ts'
import { freezeRequantizationRanges } from './freeze-requantization-ranges.ts'
import { fuseConvolutions } from './fuse-convolutions.ts'
import { materializeShapes } from './materialize-shapes.ts'
import { mergeAdditionsPass } from './merge-additions.ts'
import { mergeDuplicates } from './merge-duplicates.ts'
import { type OptionValues, type Pass, passOptions, type ReadText } from './pass.ts'
import { quantizeNodes } from './quantize-nodes.ts'
import { removeControlEdges } from './remove-control-edges.ts'
import { removeDeadOutputs } from './remove-dead-outputs.ts'
import { removeDebugOps } from './remove-debug-ops.ts'
import { removeDevice } from './remove-device.ts'
import { removeDropout } from './remove-dropout.ts'
import { removeIdentities } from './remove-identity.ts'
import { backportConcatV2, insertLogging, obfuscateNames, removeNodes, renameNode, renameOp } from './rename.ts'
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

/** A pass to run, with its options. */
export interface PassCall {
  readonly pass: Pass
  readonly options: OptionValues
}

/** The passes of `-O`, with their defaults. */
export const defaultPasses = (): PassCall[] =>
  PASSES.filter(pass => pass.on).map(pass => ({ pass, options: passOptions(pass, []) }))

const plain = (text: string): string => text.replaceAll('_', '-').toLowerCase()

/** The pass of this name or alias; `-` and `_` are the same. */
export function passNamed(name: string): Pass | undefined {
  return PASSES.find(pass => [pass.name, ...pass.aliases].some(known => plain(known) === plain(name)))
}

/**
 * Reads `--passes`: names, with arguments in brackets, separated by commas or
 * spaces: `fold-constants,round-weights(num_steps=64)`. An argument that names a
 * file is read by `readText`. Throws `unsupported` with what is there.
 */
export function parsePasses(text: string, readText?: ReadText): PassCall[] {
  const calls: PassCall[] = []
  let rest = text.trim()
  while (rest !== '') {
    const m = /^([\w-]+)\s*(?:\(([^()]*)\))?\s*(?:[,\s]\s*|$)/.exec(rest)
    if (!m) throw wrongPasses(`'${rest}' was found, a pass as name(argument=value) was expected`)
    calls.push(parsePass(m[1]!, m[2] ?? '', readText))
    rest = rest.slice(m[0].length)
  }
  if (calls.length === 0) throw wrongPasses('no pass was named')
  return calls
}

function parsePass(name: string, args: string, readText?: ReadText): PassCall {
  const pass = passNamed(name)
  if (!pass) throw wrongPasses(`there is no pass '${name}'`, `Passes are ${passesNearest(name).join(', ')}.`)
  const given = (args.match(ARGUMENT) ?? []).flatMap(argument => {
    if (argument.trim() === '') return []
    const m = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(argument)
    if (!m) throw wrongPasses(`'${argument.trim()}' was found in ${name}(…), argument=value was expected`)
    return [[m[1]!, unquoted(m[2]!)] as const]
  })
  return { pass, options: passOptions(pass, given, readText) }
}

/** The names of all passes, those first that are called, or also called, much like `name`. */
function passesNearest(name: string): string[] {
  const known = PASSES.flatMap(pass => [pass.name, ...pass.aliases.map(plain)])
  return [...new Set(nearestFirst(plain(name), known).map(each => passNamed(each)!.name))]
}

/** What stands between commas, those in quotes left out. */
const ARGUMENT = /(?:"[^"]*"|'[^']*'|[^,])+/g

const unquoted = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text
const wrongPasses = (what: string, hint?: string): FreezeError =>
  new FreezeError('unsupported', what, { path: ['--passes'], ...(hint && { hint }) })

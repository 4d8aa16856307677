/**
 * The value of a variable. Names do not tell: Keras 3 saves under paths of
 * objects, partitioned variables share a key, and an init op may overwrite what
 * was restored. In order of precedence:
 *
 *     1  what the init op assigns, since it runs last
 *     2  what the restore op assigns
 *     3  the object that the SavedModel binds the handle to
 *     4  the collections of variables
 *     5  a key of the variable's own name, if type and shape agree
 */
import { type ErrorCode, FreezeError } from '../../errors.ts'
import type { Bundle } from '../../formats/tensor-bundle/bundle.ts'
import { type PartialShape, shapeText } from '../../graph/attr.ts'
import type { Node } from '../../graph/node.ts'
import type { SettingsOf } from '../../options/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import type { Resolved, Variables } from '../model.ts'
import { type Checkpoint, readKey } from './checkpoint.ts'
import { keysByFullName, type ObjectIds, variableKey } from './object-graph.ts'
import { entryFor, isVariable, sharedName } from './resource.ts'
import type { CheckpointKey } from './restore.ts'
import type { InitialValue, Trace } from './trace.ts'
import { listVariables } from './variable-list.ts'

/** The sources of the values of variables. */
export interface VariableSources {
  readonly trace: Trace
  readonly objectIds: ObjectIds
  readonly definedKeys: ReadonlyMap<string, CheckpointKey>
  readonly checkpoint: Checkpoint
  readonly settings: Pick<SettingsOf<'open'>, 'randomInit'>
  /** The nodes of the variables that the model's outputs read. */
  readonly listed: () => readonly Node[]
}

/** A variable whose value is sought. */
interface Wanted {
  readonly node: Node
  readonly dtype: DType
  readonly shape: PartialShape
}

/** Variables that are found by the five rules above. */
export function variablesFrom(sources: VariableSources): Variables {
  return {
    resolve: node => resolve(node, sources),
    list: () => listVariables(sources.checkpoint, sources.listed(), node => keyOf(node, sources)),
  }
}

async function resolve(node: Node, sources: VariableSources): Promise<Resolved<Tensor>> {
  if (!isVariable(node)) throw new FreezeError('invalid-graph', `a ${node.op} is not a variable`, { node: node.name })
  const wanted = { node, dtype: node.type('dtype'), shape: declaredShape(node) }
  const initial = entryFor(sources.trace.initial, node)
  if (initial?.kind === 'tensor') return { value: checked(initial.tensor, wanted, 'the init op assigns'), notes: [] }
  const overwritten = initial && refuseUnless(wanted, initial, sources.settings.randomInit)
  const bundle = await sources.checkpoint.bundle()
  const tried: string[] = []
  for (const rule of RULES) {
    const from = await rule(wanted, sources)
    if (!from) continue
    if (bundle?.has(from.key)) {
      const tensor = await readKey(bundle, from, wanted.shape)
      const value = checked(tensor, wanted, `'${from.key}' of the checkpoint is`)
      const note = `Variable ${node.name}: ${overwritten}; the value in the checkpoint is used.`
      return { value, notes: overwritten ? [note] : [] }
    }
    tried.push(from.key)
  }
  return missing(wanted, sources, bundle, tried)
}

/** A `Variable` of shape [] may have any: the oldest graphs could not tell a scalar from an unknown shape. */
function declaredShape(node: Node): PartialShape {
  const shape = node.shape('shape')
  return node.op === 'Variable' && shape?.length === 0 ? null : shape
}

/**
 * Rule 1, where what the init op does cannot be computed: it leaves the
 * checkpoint's value, with a note, unless that is not wanted. Returns the note.
 */
function refuseUnless(
  wanted: Wanted,
  initial: Exclude<InitialValue, { kind: 'tensor' }>,
  policy: SettingsOf<'open'>['randomInit'],
): string {
  const what = `the init op ${DOES[initial.kind](initial.op)}`
  if (policy === 'checkpoint') return what
  return fail(wanted, 'stateful', what, 'Use --random-init checkpoint to take the value in the checkpoint.')
}

const DOES = {
  random: (op: string) => `draws its value at random (${op})`,
  unknown: (op: string) => `gives it what ${op} computes when the model is loaded`,
  conditional: () => 'assigns it in a branch or loop',
} as const

type Rule = (wanted: Wanted, sources: VariableSources) => Promise<CheckpointKey | undefined>

const whole = (key: string | undefined): CheckpointKey | undefined =>
  key === undefined ? undefined : { key, slice: '', isReshaped: false }

/** Rule 2. */
const restoredKey: Rule = async ({ node }, { trace }) => entryFor(trace.restored, node)

/** Rule 3. */
const objectKey: Rule = async ({ node }, { objectIds, checkpoint }) => {
  const id = entryFor(objectIds, node)
  return id === undefined ? undefined : whole(variableKey(await checkpoint.objects(), id))
}

/** Rule 4. */
const definedKey: Rule = async ({ node }, { definedKeys }) =>
  definedKeys.get(node.name) ?? definedKeys.get(sharedName(node) ?? '')

/** Rule 5. A name alone is a guess, so type and shape must bear it out. */
const namedKey: Rule = async ({ node, dtype, shape }, { checkpoint }) => {
  const bundle = await checkpoint.bundle()
  const shared = sharedName(node) ?? node.name
  const full = keysByFullName(await checkpoint.objects())
  const candidates = [shared, node.name, full.get(shared), full.get(node.name)]
  const fits = (key: string | undefined): boolean => {
    if (key === undefined || !bundle?.has(key)) return false
    const entry = bundle.entry(key)
    return entry.dtype === dtype && agrees(entry.shape, shape)
  }
  return whole(candidates.find(fits) ?? shared)
}

const RULES: readonly Rule[] = [restoredKey, objectKey, definedKey, namedKey]

/** The key of the checkpoint that holds a variable's value, if one does. */
async function keyOf(node: Node, sources: VariableSources): Promise<string | undefined> {
  const wanted = { node, dtype: node.type('dtype'), shape: declaredShape(node) }
  const bundle = await sources.checkpoint.bundle()
  for (const rule of RULES) {
    const from = await rule(wanted, sources)
    if (from && bundle?.has(from.key)) return from.key
  }
  return undefined
}

const agrees = (shape: readonly number[], declared: PartialShape): boolean =>
  declared === null || (shape.length === declared.length && shape.every((d, i) => d === (declared[i] ?? d)))

/** Type and shape as in messages: `float32[3,?]`. */
const typeName = (dtype: DType, shape: PartialShape): string =>
  `${dtype}${shape === null ? ' of unknown shape' : shapeText(shape)}`

function fail({ node, dtype, shape }: Wanted, code: ErrorCode, what: string, hint: string): never {
  throw new FreezeError(code, `variable ${typeName(dtype, shape)}: ${what}`, { node: node.name, hint })
}

function checked(tensor: Tensor, wanted: Wanted, origin: string): Tensor {
  if (tensor.dtype === wanted.dtype && agrees(tensor.shape, wanted.shape)) return tensor
  return fail(
    wanted,
    'corrupt',
    `${origin} ${typeName(tensor.dtype, tensor.shape)}`,
    'The graph and its checkpoint are of different models: export the model again.',
  )
}

function missing(wanted: Wanted, sources: VariableSources, bundle: Bundle | undefined, tried: string[]): never {
  const keys = [...new Set(tried)].map(key => `'${key}'`).join(', ')
  if (!bundle) {
    const { index, hint } = sources.checkpoint.absent
    return fail(wanted, 'missing', `its value lies in ${index}, which is not there`, hint)
  }
  const initial = entryFor(sources.trace.initial, wanted.node)
  const drawn = initial ? ', and what the init op assigns cannot be computed' : ''
  const what = `nothing restores it, and ${bundle.name} has no key for it (tried ${keys})${drawn}`
  return fail(wanted, 'missing', what, 'Save the variable with the model, or leave out what reads it with --outputs.')
}

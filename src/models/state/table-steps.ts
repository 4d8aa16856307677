/** How a table is filled: from pairs of tensors, or from a vocabulary file. */
import type { Node } from '../../graph/node.ts'
import type { Effect } from './effects.ts'
import { type AssetNames, type Folded, fold } from './fold.ts'
import { type Located, located, origin } from './frames.ts'
import { locatedResourceKey } from './resource.ts'
import { type CheckpointKey, checkpointKey } from './restore.ts'
import type { TextFileFormat } from './text-file.ts'

/** Where the keys or the values of a table come from. */
export type ElementsSource = Folded | { readonly kind: 'checkpoint'; readonly from: CheckpointKey }

/** Where a vocabulary lies. */
export type FileSource =
  /** In the model's assets folder. */
  | { readonly kind: 'asset'; readonly name: string }
  /** At a path of the machine that wrote the model. */
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'unknown'; readonly op: string }

/** One filling of a table. */
export type TableStep =
  | {
      readonly kind: 'pairs'
      readonly by: string
      /** It adds to what is there; else it replaces it. */
      readonly adds: boolean
      readonly keys: ElementsSource
      readonly values: ElementsSource
    }
  | { readonly kind: 'file'; readonly by: string; readonly file: FileSource; readonly format: TextFileFormat }
  /** In a branch or loop. */
  | { readonly kind: 'conditional'; readonly by: string }

/** The step that an initialising effect is. `effects` are all of the same run: a file's path may go through a variable. */
export function tableStep(effect: Effect, effects: readonly Effect[], assetFor: AssetNames): TableStep {
  const { node, frame } = effect.by
  const by = node.name
  const input = (slot: number): Located => located(node.input(slot), frame)
  if (effect.isConditional) return { kind: 'conditional', by }
  if (node.role?.kind !== 'fills' || node.role.from === 'dataset') return computedStep(node)
  const { from, adds } = node.role
  if (from === 'pairs') {
    return {
      kind: 'pairs',
      by,
      adds,
      keys: elementsSource(input(1), assetFor),
      values: elementsSource(input(2), assetFor),
    }
  }
  return { kind: 'file', by, file: fileSource(input(1), effects, assetFor), format: textFileFormat(effect) }
}

/** A step whose contents are known only by running the op. */
function computedStep({ name, op }: Node): TableStep {
  const unknown = { kind: 'unknown', op } as const
  return { kind: 'pairs', by: name, adds: false, keys: unknown, values: unknown }
}

function elementsSource(value: Located, assetFor: AssetNames): ElementsSource {
  const from = checkpointKey(value)
  return from ? { kind: 'checkpoint', from } : fold(value, assetFor)
}

function textFileFormat({ by, target }: Effect): TextFileFormat {
  return {
    keyType: target.node.type('key_dtype'),
    valueType: target.node.type('value_dtype'),
    keyIndex: by.node.int('key_index'),
    valueIndex: by.node.int('value_index'),
    vocabSize: by.node.int('vocab_size'),
    delimiter: by.node.str('delimiter'),
    offset: by.node.int('offset'),
  }
}

/**
 * The file that a path names. A loader feeds asset paths to constants or
 * placeholders; TensorFlow 2 stores them in a variable first.
 */
function fileSource(path: Located, effects: readonly Effect[], assetFor: AssetNames): FileSource {
  const { value, frame } = throughVariable(origin(path), effects)
  const name = frame.call ? undefined : assetFor(`${value.node.name}:${value.index}`)
  if (name !== undefined) return { kind: 'asset', name }
  const recipe = value.tensor?.recipe
  const text = recipe?.kind === 'strings' ? recipe.values[0] : undefined
  return text ? { kind: 'path', path: new TextDecoder().decode(text) } : { kind: 'unknown', op: value.node.op }
}

/** The value that was assigned to the variable that is read here, where one was. */
function throughVariable(read: Located, effects: readonly Effect[]): Located {
  const { value, frame } = read
  const handle = value.node.op === 'ReadVariableOp' ? value.node.inputs[0] : undefined
  if (!handle) return read
  const maker = origin(located(handle, frame))
  const variable = locatedResourceKey({ node: maker.value.node, frame: maker.frame })
  const assigned = effects.findLast(e => e.kind === 'assign' && locatedResourceKey(e.target) === variable)
  const source = assigned?.by.node.inputs[1]
  return assigned && source ? origin(located(source, assigned.by.frame)) : read
}

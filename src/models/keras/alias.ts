/** Classes of a file that compute what a class of Keras does: `BatchNorm` of Mask R-CNN is a BatchNormalization. */
import { FreezeError } from '../../errors.ts'
import { nearestNames } from '../../graph/names.ts'
import { bareClass } from './classes.ts'
import { stringAt } from './json.ts'
import type { Json } from './layer-graph.ts'
import { classNamed, LAYERS } from './layers/index.ts'

/** Classes by their names in the file, and Keras' that they are read as. */
export type Aliases = ReadonlyMap<string, string>

/** The aliases, if the file has each class and Keras each that is meant. Throws `missing`: others are misspelt. */
export function checkedAliases(aliases: Aliases = new Map(), architecture: Json, file: string): Aliases {
  const found = classNames(architecture)
  for (const [name, meant] of aliases) {
    if (!found.has(name))
      throw absent(`no layer of the file has the class '${name}'`, nearestNames(name, [...found]), file)
    if (!classNamed(meant))
      throw absent(`Keras has no class '${meant}' that is known here`, nearestNames(meant, [...LAYERS.keys()]), file)
  }
  return aliases
}

const absent = (what: string, nearest: readonly string[], file: string): FreezeError =>
  new FreezeError('missing', what, {
    file,
    path: ['alias'],
    hint: nearest.length > 0 ? `Nearest: ${nearest.join(', ')}.` : 'List the layers with tfreeze inspect.',
  })

/** The names of all classes in a configuration, without a package's prefix. */
function classNames(architecture: Json): ReadonlySet<string> {
  const found = new Set<string>()
  const stack = [architecture]
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (typeof at !== 'object' || at === null) continue
    const name = stringAt(at, 'class_name')
    if (name !== undefined) found.add(bareClass(name))
    stack.push(...(Object.values(at) as Json[])) // of a list or of an object
  }
  return found
}

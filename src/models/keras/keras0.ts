/**
 * The configuration of Keras 0.x, from its `to_json()`, as Keras 1 writes it:
 *
 *     {"name": "Dense", "custom_name": "dense", "output_dim": 4, …}
 *     {"class_name": "Dense", "config": {"name": "dense", "output_dim": 4, …}}
 *
 * Containers, Merge and wrappers hold layers in the same form. Source: Keras 0.3.3's `utils/layer_utils.py`.
 */
import { FreezeError } from '../../errors.ts'
import { isList, isObject, type JsonObject, stringAt } from './json.ts'
import type { Json } from './layer-graph.ts'
import { classNamed } from './layers/index.ts'

/** The architecture in Keras 1's form; as it is where it is of a later Keras. Throws `unsupported`. */
export function withClassNames(architecture: Json, file: string): Json {
  if (!isObject(architecture) || 'class_name' in architecture) return architecture
  if (!/^(Sequential|Graph)$/.test(stringAt(architecture, 'name') ?? '')) return architecture
  return named(architecture, new Map(), file)
}

/** Every layer of a class has one name there: the second is `dense_2`. */
function named(flat: JsonObject, taken: Map<string, number>, file: string): Json {
  const { name: className = '', custom_name: name, layers, layer, ...others } = flat
  const refused = typeof className === 'string' ? classNamed(className)?.refusedInKeras0 : undefined
  if (refused)
    throw new FreezeError('unsupported', `${className} of Keras 0.x ${refused}`, {
      file,
      hint: 'Load the model in Keras 0.3 and write its configuration and weights as those of Keras 1.',
    })
  const inner = (value: Json): Json => (isObject(value) ? named(value, taken, file) : value)
  if (className === 'Sequential') return { class_name: className, config: isList(layers) ? layers.map(inner) : [] }
  const base = typeof name === 'string' ? name : String(className).toLowerCase()
  const count = (taken.get(base) ?? 0) + 1
  taken.set(base, count)
  const config = {
    ...others,
    ...(isList(layers) && { layers: layers.map(inner) }),
    ...(layer !== undefined && { layer: inner(layer) }),
    name: count === 1 ? base : `${base}_${count}`,
  }
  return { class_name: className, config }
}

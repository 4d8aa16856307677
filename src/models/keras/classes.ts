/** The names of Keras' classes in files, and what Python calls them. */
import { isObject, stringAt } from './json.ts'
import type { Json, Profile } from './layer-graph.ts'
import { classNamed } from './layers/index.ts'

/** The class name in the file, without a package's prefix: `Custom>Scale` → `Scale`. */
export const bareClass = (name: string): string => name.slice(name.lastIndexOf('>') + 1)

/** The name that the emitters know. Operation nodes keep theirs: `Model` and `MaxPool` are also functions. */
export function canonicalClass(name: string): string {
  const bare = bareClass(name)
  return bare === 'Model' ? 'Functional' : (classNamed(bare)?.name ?? bare)
}

/** Containers, whose configuration holds `layers`. */
export const isContainer = (className: string): boolean => className === 'Functional' || className === 'Sequential'

/** Keras 2's records of a call of a TensorFlow function. */
const FUNCTION_LAYERS = new Set([
  'TFOpLambda',
  'SlicingOpLambda',
  'TensorFlowOpLayer',
  'AddMetric',
  'AddLoss',
  'ClassMethod',
  'InstanceMethod',
  'InstanceProperty',
])

const OPERATION_MODULES = /^(keras|keras\.src|keras_core|keras_core\.src)\.(ops|operations|activations|backend)\b/

/**
 * Whether a serialised layer is a call of a function: by its module and, where a file
 * gives none (Keras 3's H5), by its configuration, since nearly every layer's says whether it is trainable.
 */
export function isOperation(serialised: Json, profile: Profile): boolean {
  const className = bareClass(stringAt(serialised, 'class_name') ?? '')
  if (FUNCTION_LAYERS.has(className)) return true
  const module = stringAt(serialised, 'module')
  if (module !== undefined) return OPERATION_MODULES.test(module)
  if (profile !== 'k3' || className === 'InputLayer' || isContainer(canonicalClass(className))) return false
  const config = isObject(serialised) ? serialised['config'] : undefined
  if (!isObject(config) || 'trainable' in config || 'layers' in config) return false
  return classNamed(className)?.omitsTrainable !== true
}

/** `GlobalAveragePooling2D` → `global_average_pooling2d`: Keras' to_snake_case. */
export const snakeCase = (className: string): string =>
  (classNamed(className)?.pythonName ?? className)
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()

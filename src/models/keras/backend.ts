/**
 * The library that Keras 1 computed with. Theano turns the kernels of a convolution by 180° and TensorFlow does not,
 * so the same file means two models; and Keras 1 does not write which it was.
 */
import type { SettingsOf } from '../../options/index.ts'
import type { KerasFile } from './container.ts'
import type { Dialect, Layer, LayerGraph } from './layer-graph.ts'
import { classOf } from './layers/index.ts'
import { allLayers } from './weights/bind.ts'
import type { WeightStore } from './weights/store.ts'

/** A dialect whose backend is known or taken to be known, and what a reader of the report should know of that. */
export interface Backend {
  readonly dialect: Dialect
  readonly notes: readonly string[]
}

/** The backend of a file that does not say it: as the option says, as the names of its weights show, else TensorFlow. */
export function backendOf(
  file: KerasFile,
  layers: LayerGraph,
  choice: SettingsOf<'open'>['keras1Backend'] = 'auto',
): Backend {
  const { dialect } = file
  const given = choice === 'auto' ? undefined : choice
  if (dialect.profile !== 'k1' || dialect.backend !== undefined) return { dialect, notes: [] }
  const hasConvolutions = [...allLayers(layers)].some(isConvolution)
  const shown = given ?? namedBy(file.weights)
  const notes = given || !hasConvolutions ? [] : shown === 'theano' ? [THEANO] : shown ? [] : [UNKNOWN]
  return { dialect: { ...dialect, backend: shown ?? 'tensorflow' }, notes }
}

type Keras1Backend = Exclude<SettingsOf<'open'>['keras1Backend'], 'auto'>

const isConvolution = (layer: Layer): boolean => {
  const known = classOf(layer)
  return known?.spatialRank !== undefined && known.stored !== undefined
}

/** TensorFlow's variables are called `conv_W:0`, Theano's `conv_W`. Nothing is known where a tool has written the names anew. */
function namedBy(weights: WeightStore): Keras1Backend | undefined {
  if (weights.layout !== 'by-layer') return undefined
  const groups = weights.layers.filter(({ weightNames }) => weightNames.length > 0)
  if (groups.some(({ weightNames }) => weightNames.some(name => name.endsWith(':0')))) return 'tensorflow'
  return groups.length > 0 && groups.every(({ isAsWritten }) => isAsWritten) ? 'theano' : undefined
}

const THEANO =
  'the names of the weights show that Keras 1 ran on Theano: the kernels of convolutions are turned by 180°'

const UNKNOWN =
  "the file does not say whether Keras 1 ran on Theano or TensorFlow: the kernels of convolutions are taken for TensorFlow's; --keras1-backend theano turns them by 180°"

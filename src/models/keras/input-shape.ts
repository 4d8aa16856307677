/** The input shape of a Sequential model without an InputLayer. */
import { isList, type JsonObject, member } from './json.ts'
import type { Json, Layer, LayerConfig, LayerGraph } from './layer-graph.ts'
import { classOf } from './layers/index.ts'
import { plain } from './serialised.ts'

/** The shape with the batch, null for unknown sizes; null where the file does not say. */
export function inputShapeOf(first: Layer, container: JsonObject): Json {
  return (
    declaredShape(first.config) ??
    nestedShape(first) ??
    listOrNull(member(container['config'], 'build_input_shape')) ??
    listOrNull(member(container['build_config'], 'input_shape')) ??
    listOrNull(first.builtShape) ??
    null
  )
}

const listOrNull = (value: Json | undefined): Json | null => {
  const shape = value === undefined ? null : plain(value)
  return isList(shape) && shape.every(d => d === null || typeof d === 'number') ? shape : null
}

/** The input shape by a layer's own arguments: `batch_shape`, `input_shape`, or `input_dim` and `input_length`. */
function declaredShape(config: LayerConfig): Json | null {
  const batch = config['batch_size'] ?? null
  const inner = listOrNull(config['input_shape'])
  const dim = config['input_dim']
  const length = config['input_length']
  const whole = listOrNull(config['batch_shape'])
  if (whole) return whole
  if (isList(inner)) return [batch, ...inner]
  const isEmbedding = 'output_dim' in config && 'input_dim' in config && !('units' in config)
  if (isEmbedding) return [batch, ...(isList(length) ? length : [length ?? null])]
  if (typeof dim !== 'number') return null
  return 'return_sequences' in config || 'kernel_size' in config || 'input_length' in config
    ? [batch, typeof length === 'number' ? length : null, dim]
    : [batch, dim]
}

/** A model's or a wrapper's first layer may say it. */
function nestedShape(layer: Layer): Json | null {
  for (let at: Layer | undefined = layer.model?.layers[0]; at; at = at.model?.layers[0]) {
    const shape = listOrNull(at.config['batch_shape'])
    if (shape) return shape
  }
  const wrapped = layer.children.get('forward_layer') ?? layer.children.get('layer')
  const shape = wrapped && declaredShape(wrapped.config)
  return isList(shape) && layer.className === 'TimeDistributed'
    ? [shape[0] ?? null, null, ...shape.slice(1)]
    : (shape ?? null)
}

/** The dtype of the values that a layer takes as a model's first. */
export function inputDtypeOf(first: Layer): string {
  const own = classOf(first)?.inputDtype
  if (own !== undefined) return own
  const inner = first.model?.layers[0]
  return inner?.className === 'InputLayer' ? inner.dtype.compute : first.dtype.compute
}

/**
 * Shapes of inputs that the file does not give, by the input's name, from the first weight of the layer that
 * reads it: TensorFlow 1's tf.keras wrote Sequential models without any.
 */
export function shapesFromWeights(
  model: LayerGraph,
  weights: (layer: Layer) => ReadonlyMap<string, { readonly shape: readonly number[] }>,
): Map<string, (number | null)[]> {
  const found = new Map<string, (number | null)[]>()
  for (const { name, tensor } of model.inputs) {
    const input = model.layers.find(layer => layer.name === tensor.layer)
    if (!input || isList(input.config['batch_shape'])) continue
    const reader = model.layers[model.layers.indexOf(input) + 1]
    const shape = reader && classOf(reader)?.inputShape?.(weights(reader).get('kernel')?.shape)
    if (shape) found.set(name, shape)
  }
  return found
}

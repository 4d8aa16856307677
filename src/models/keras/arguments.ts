/**
 * The configuration of a layer by canonical names and in one spelling, whichever
 * Keras wrote it: `units` for `output_dim`, `[3, 3]` for `nb_row: 3, nb_col: 3`.
 */
import { isList, isObject } from './json.ts'
import type { Json, LayerConfig } from './layer-graph.ts'
import type { ClassWriter, LayerClass } from './layers/layer-class.ts'

type Config = Record<string, Json>

/** Keras 1's name → today's, where a configuration has the first and not the second. */
const RENAMED: Readonly<Record<string, string>> = {
  nb_filter: 'filters',
  filter_length: 'kernel_size',
  subsample: 'strides',
  subsample_length: 'strides',
  border_mode: 'padding',
  dim_ordering: 'data_format',
  inner_activation: 'recurrent_activation',
  atrous_rate: 'dilation_rate',
  pool_length: 'pool_size',
  bias: 'use_bias',
  input_dtype: 'dtype',
  batch_input_shape: 'batch_shape',
  nb_feature: 'num_features',
}

/** Arguments that have one value for each spatial axis, which a file may give as one number. */
const SPATIAL = ['kernel_size', 'strides', 'dilation_rate', 'pool_size', 'size', 'output_padding'] as const

/** The canonical configuration. `known` is what is known of the class. */
export function canonicalArguments(
  saved: LayerConfig,
  known: LayerClass | undefined,
  writer: ClassWriter,
): LayerConfig {
  const config: Config = { ...saved }
  rename(config, RENAMED)
  if (known?.oldArguments) rename(config, known.oldArguments)
  kernelFromParts(config)
  const { spatialRank, pairs } = known ?? {}
  if (spatialRank) for (const key of SPATIAL) spread(config, key, spatialRank)
  if (spatialRank && pairs) asPairs(config, pairs, spatialRank)
  if (config['activation'] === null && 'activation' in saved) config['activation'] = 'linear'
  dataFormat(config, spatialRank !== undefined)
  for (const [key, value] of Object.entries(known?.absent?.(writer) ?? {})) config[key] ??= value
  return config
}

function rename(config: Config, names: Readonly<Record<string, string>>): void {
  for (const [from, to] of Object.entries(names)) {
    if (!Object.hasOwn(config, from)) continue
    if (!Object.hasOwn(config, to)) config[to] = config[from]!
    if (to !== from) delete config[from]
  }
}

/** Keras 1 keeps a kernel's sizes apart. */
function kernelFromParts(config: Config): void {
  const parts = [
    ['nb_row', 'nb_col'],
    ['kernel_dim1', 'kernel_dim2', 'kernel_dim3'],
  ]
  for (const keys of parts)
    if (keys.every(key => typeof config[key] === 'number')) config['kernel_size'] ??= keys.map(key => config[key]!)
}

/** One number for each of `rank` axes. */
function spread(config: Config, key: string, rank: number): void {
  const value = config[key]
  if (typeof value === 'number') config[key] = Array<number>(rank).fill(Math.trunc(value))
  else if (isList(value) && value.length === 1 && rank > 1) config[key] = Array<Json>(rank).fill(value[0]!)
}

/** `[[before, after], …]`, one for each axis, from every form that Keras 1 to 3 take. */
function asPairs(config: Config, key: string, rank: number): void {
  const value = config[key]
  if (typeof value === 'number') config[key] = Array.from({ length: rank }, () => [value, value])
  else if (isObject(value)) {
    const at = (name: string) => value[name] ?? 0
    config[key] =
      rank === 1
        ? [[at('left_pad'), at('right_pad')]]
        : [
            [at('top_pad'), at('bottom_pad')],
            [at('left_pad'), at('right_pad')],
          ]
  } else if (isList(value) && value.every(v => typeof v === 'number')) {
    if (rank === 1) config[key] = [[value[0]!, value[1] ?? value[0]!]]
    else if (value.length === rank * 2)
      config[key] = Array.from({ length: rank }, (_, i) => value.slice(i * 2, i * 2 + 2))
    else config[key] = value.map(v => [v, v])
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  th: 'channels_first',
  tf: 'channels_last',
  default: 'channels_last',
}

/** Layers that work on space take channels_last where the file does not say. */
function dataFormat(config: Config, isSpatial: boolean): void {
  const value = config['data_format']
  if (typeof value === 'string' && Object.hasOwn(FORMATS, value)) config['data_format'] = FORMATS[value]!
  else if (!value && isSpatial) config['data_format'] = 'channels_last'
}

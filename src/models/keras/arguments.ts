/**
 * The configuration of a layer by canonical names and in one spelling, whichever
 * Keras wrote it: `units` for `output_dim`, `[3, 3]` for `nb_row: 3, nb_col: 3`.
 */
import { isList, isObject } from './json.ts'
import type { Dialect, Json, LayerConfig } from './layer-graph.ts'

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

/** The same for some classes only, where the old name means something else in others. */
const RENAMED_IN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Dense: { output_dim: 'units' },
  TimeDistributedDense: { output_dim: 'units' },
  MaxoutDense: { output_dim: 'units' },
  SimpleRNN: { output_dim: 'units' },
  LSTM: { output_dim: 'units' },
  GRU: { output_dim: 'units' },
  Dropout: { p: 'rate' },
  SpatialDropout1D: { p: 'rate' },
  SpatialDropout2D: { p: 'rate' },
  SpatialDropout3D: { p: 'rate' },
  GaussianDropout: { p: 'rate' },
  GaussianNoise: { sigma: 'stddev' },
  MaxPooling1D: { stride: 'strides' },
  AveragePooling1D: { stride: 'strides' },
  UpSampling1D: { length: 'size' },
  LeakyReLU: { alpha: 'negative_slope' },
  Concatenate: { concat_axis: 'axis' },
}

/** Arguments that have one value for each spatial axis, which a file may give as one number. */
const SPATIAL = ['kernel_size', 'strides', 'dilation_rate', 'pool_size', 'size', 'output_padding'] as const
const WINDOWED =
  /^(Separable|Depthwise|LocallyConnected)?(Conv|MaxPooling|AveragePooling|UpSampling)?(LSTM)?([123])D(Transpose)?$/
const PADDED = /^(ZeroPadding|Cropping)([123])D$/

/** Layers that read `data_format`, and take channels_last where it is absent. */
const HAS_DATA_FORMAT =
  /^(Conv|SeparableConv|DepthwiseConv|LocallyConnected|MaxPooling|AveragePooling|GlobalMaxPooling|GlobalAveragePooling|ConvLSTM|UpSampling|ZeroPadding|Cropping|Adaptive\w+Pooling)[123]D(Transpose)?$/

/** The canonical configuration. `savedClass` is the class as the file has it, `className` the canonical one. */
export function canonicalArguments(
  saved: LayerConfig,
  savedClass: string,
  className: string,
  dialect: Dialect,
): LayerConfig {
  const config: Config = { ...saved }
  rename(config, RENAMED)
  if (Object.hasOwn(RENAMED_IN, className)) rename(config, RENAMED_IN[className]!)
  kernelFromParts(config)
  const windowed = className.match(WINDOWED)
  if (windowed) for (const key of SPATIAL) spread(config, key, Number(windowed[4]))
  if (className === 'UpSampling1D') unlist(config, 'size')
  const padded = className.match(PADDED)
  if (padded) pairs(config, padded[1] === 'ZeroPadding' ? 'padding' : 'cropping', Number(padded[2]))
  if (className === 'BatchNormalization') unlist(config, 'axis')
  if (config['activation'] === null && 'activation' in saved) config['activation'] = 'linear'
  dataFormat(config, className)
  recurrent(config, savedClass, className, dialect)
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
function pairs(config: Config, key: string, rank: number): void {
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

/** `axis: [3]` and `axis: 3` are the same. */
function unlist(config: Config, key: string): void {
  const value = config[key]
  if (isList(value) && value.length === 1) config[key] = value[0]!
}

const FORMATS: Readonly<Record<string, string>> = {
  th: 'channels_first',
  tf: 'channels_last',
  default: 'channels_last',
}

function dataFormat(config: Config, className: string): void {
  const value = config['data_format']
  if (typeof value === 'string' && Object.hasOwn(FORMATS, value)) config['data_format'] = FORMATS[value]!
  else if (!value && HAS_DATA_FORMAT.test(className)) config['data_format'] = 'channels_last'
}

/** Defaults that changed between versions, for files that leave them out; what the cuDNN layers always do. */
function recurrent(config: Config, savedClass: string, className: string, { profile, standalone }: Dialect): void {
  const isCell = className.endsWith('Cell')
  const kind = isCell ? className.slice(0, -'Cell'.length) : className
  if (savedClass.startsWith('CuDNN')) {
    config['activation'] = 'tanh'
    config['recurrent_activation'] = 'sigmoid'
    config['use_bias'] ??= true
    if (kind === 'GRU') config['reset_after'] = true
    return
  }
  if (kind === 'GRU') config['reset_after'] ??= profile === 'k3'
  if (kind !== 'LSTM' && kind !== 'GRU' && !/^ConvLSTM[123]D$/.test(kind)) return
  const older = standalone || savedClass.endsWith('V1') || (profile !== 'k3' && kind.startsWith('ConvLSTM'))
  config['activation'] ??= 'tanh'
  config['recurrent_activation'] ??= older ? 'hard_sigmoid' : 'sigmoid'
}

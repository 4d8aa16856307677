/** Layers that change images at random: at inference they do nothing but convert. And those of their kind that always work. */
import type { Value } from '../../../graph/node.ts'
import type { KTensor, LayerCall } from '../call.ts'
import { type LayerClass, wrapping } from './layer-class.ts'

/** The image in the layer's type. */
function unchanged(call: LayerCall): Value {
  if (call.args[0]?.kind === 'dict') return call.refuse('it is called on a dictionary', 'Call it on images only.')
  return call.x
}

/** Stretches each image's values so that they fill the range; where all are equal they stay. */
function autoContrast(call: LayerCall): Value {
  const { scope, x } = call
  const [low, high] = valueRange(call)
  const bytes = low === 0 && high === 255 ? x : scope.mul(scope.div(scope.add(x, -low), high - low), 255)
  const darkest = scope.reduce('Min', bytes, [1, 2], true)
  const brightest = scope.reduce('Max', bytes, [1, 2], true)
  const scale = scope.op('RealDiv', [scope.number(255, x), scope.sub(brightest, darkest)])
  const stretched = scope.sub(scope.mul(bytes, scale), scope.mul(darkest, scale))
  const clipped = scope.clip(stretched, 0, 255)
  const back = low === 0 && high === 255 ? clipped : scope.add(scope.mul(scope.div(clipped, 255), high - low), low)
  return scope.select(scope.op('IsNan', [back]), x, back)
}

function valueRange(call: LayerCall): readonly [number, number] {
  const [low, high] = call.config.has('value_range') ? call.config.numbers('value_range') : [0, 255]
  return [low ?? 0, high ?? 255]
}

/** Several layers, one after the other. */
function pipeline(call: LayerCall): KTensor {
  let tensor = call.input
  for (const role of call.layer.children.keys()) tensor = call.emitChild(role, tensor)[0] ?? tensor
  return tensor
}

/** Layers that change images only in training. */
const RANDOM = [
  'AugMix',
  'CutMix',
  'Equalization',
  'MaxNumBoundingBoxes',
  'MixUp',
  'RandAugment',
  'RandomBrightness',
  'RandomColorDegeneration',
  'RandomColorJitter',
  'RandomContrast',
  'RandomElasticTransform',
  'RandomErasing',
  'RandomFlip',
  'RandomGaussianBlur',
  'RandomGrayscale',
  'RandomHeight',
  'RandomHue',
  'RandomInvert',
  'RandomPerspective',
  'RandomPosterization',
  'RandomRotation',
  'RandomSaturation',
  'RandomSharpness',
  'RandomShear',
  'RandomTranslation',
  'RandomWidth',
  'RandomZoom',
  'Solarization',
]

export const AUGMENTATION_LAYERS: readonly LayerClass[] = [
  ...RANDOM.map(name => ({ name, emit: unchanged })),
  { name: 'AutoContrast', emit: autoContrast },
  { name: 'Pipeline', emit: pipeline, wraps: wrapping('layers'), omitsTrainable: true },
]

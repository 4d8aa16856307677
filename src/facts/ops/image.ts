/** Shapes of images: resizing, colour, decoding, boxes; images are [batch, height, width, channels]. */

import type { Fact } from '../fact.ts'
import { dimOf, forEach, like, numbersOf, type Rule, type Rules, scalar, withRank } from '../rule.ts'
import type { Dim } from '../shape.ts'

/** Height and width, as a value. */
function sizeOf(fact: Fact): [Dim, Dim] {
  const [height, width] = numbersOf(fact) ?? []
  return [height ?? null, width ?? null]
}

const resize: Rule = (_, [images, size]) => {
  const dims = withRank(images, 4)
  return [[dims[0]!, ...sizeOf(size), dims[3]!]]
}

/** The second output is the range of the values. */
const quantizedResize: Rule = (node, inputs, context) => [...resize(node, inputs, context), [], []]

const resizeGradient: Rule = (_, [gradient, original]) => {
  const [n, , , c] = withRank(gradient, 4)
  const [, h, w] = withRank(original, 4)
  return [[n!, h!, w!, c!]]
}

const cropAndResize: Rule = (_, [image, boxes, boxIndices, size]) => {
  const count = withRank(boxes, 2)[0] ?? withRank(boxIndices, 1)[0]!
  return [[count, ...sizeOf(size), withRank(image, 4)[3]!]]
}

const glimpse: Rule = (_, [images, size]) => {
  const dims = withRank(images, 4)
  return [[dims[0]!, ...sizeOf(size), dims[3]!]]
}

const projective: Rule = (_, [images, , size]) => {
  const dims = withRank(images, 4)
  return [[dims[0]!, ...sizeOf(size), dims[3]!]]
}

/** `channels` 0: as many as the file has. */
const decode: Rule = node => [[null, null, node.int('channels') || null]]

/** Frames too, where the file has some: not even the rank is known, unless animations become their first frame. */
const decodeAny: Rule = node => [node.bool('expand_animations') ? null : [null, null, node.int('channels') || null]]

/** Boxes that stay: at most the third input. How many is found out, unless padded to that. */
const suppress: Rule = () => [[null]]

const suppressV4: Rule = (node, [, , most]) => [[node.bool('pad_to_max_output_size') ? dimOf(most) : null], []]

const suppressV5: Rule = (node, [, , most]) => {
  const kept = [node.bool('pad_to_max_output_size') ? dimOf(most) : null]
  return [kept, kept, []]
}

/** The best boxes of all classes of each image, their scores and classes, and how many there are. */
const suppressCombined: Rule = (node, [boxes, scores, each, total]) => {
  const batch = withRank(boxes, 4)[0]!
  const classes = withRank(scores, 3)[2] ?? null
  const [perClass, most] = [dimOf(each), dimOf(total)]
  const isKnown = classes !== null && perClass !== null && most !== null
  const kept = !node.bool('pad_per_class') ? most : isKnown ? Math.min(most, perClass * classes) : null
  return [[batch, kept, 4], [batch, kept], [batch, kept], [batch]]
}

/** The shape functions of images. */
export const imageRules: Rules = {
  ...forEach('ResizeBilinear ResizeNearestNeighbor ResizeBicubic ResizeArea ScaleAndTranslate', resize),
  QuantizedResizeBilinear: quantizedResize,
  ...forEach('ResizeBilinearGrad ResizeBicubicGrad', resizeGradient),
  CropAndResize: cropAndResize,
  ...forEach('ExtractGlimpse ExtractGlimpseV2', glimpse),
  ...forEach('ImageProjectiveTransformV2 ImageProjectiveTransformV3', projective),
  ...forEach(
    'RGBToHSV HSVToRGB AdjustContrastv2 AdjustHue AdjustSaturation DrawBoundingBoxes DrawBoundingBoxesV2',
    like(),
  ),
  ...forEach('DecodeJpeg DecodePng DecodeBmp', decode),
  DecodeImage: decodeAny,
  DecodeGif: () => [[null, null, null, 3]],
  ...forEach('EncodeJpeg EncodePng EncodeJpegVariableQuality', scalar),
  ...forEach('NonMaxSuppression NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionWithOverlaps', suppress),
  CombinedNonMaxSuppression: suppressCombined,
  NonMaxSuppressionV4: suppressV4,
  NonMaxSuppressionV5: suppressV5,
}

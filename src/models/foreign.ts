/**
 * Formats of other programs, told by their content, so that a refusal can name them and say what to do. None is opened;
 * this is loaded where an input is nothing that is known.
 */
import type { Probe } from './detect.ts'

/** A format of another program. */
export interface ForeignFormat {
  /** Its name in messages: `an ONNX model`. */
  readonly what: string
  /** One sentence that says what to do. */
  readonly hint: string
  readonly isIt: (probe: Signs) => boolean
}

/** The evidence: the first bytes, also as text, and the files of a folder or archive. */
export interface Signs {
  readonly head: Uint8Array
  readonly text: string
  readonly size: number
  readonly paths: readonly string[]
}

/** The signs of an input. */
export async function signsOf({ head, file, archive, paths }: Probe): Promise<Signs> {
  return {
    head,
    text: withoutComments(new TextDecoder().decode(head)),
    size: file?.size ?? 0,
    paths: archive ? await archive.paths() : paths,
  }
}

const withoutComments = (text: string): string => text.replace(/^[ \t]*[#;].*$/gm, '').trimStart()

/** The other program's format that the input has, if any. */
export const foreignFormat = (signs: Signs): ForeignFormat | undefined => FORMATS.find(({ isIt }) => isIt(signs))

/** Whether the input is an ONNX model, which engines run though nothing here opens it. */
export const isOnnx = async (probe: Probe): Promise<boolean> =>
  probe.message === undefined && foreignFormat(await signsOf(probe)) === ONNX

const begins = (bytes: readonly number[], at = 0) => {
  return ({ head }: Signs): boolean => bytes.every((byte, i) => head[at + i] === byte)
}
const matches = (pattern: RegExp) => {
  return ({ text, paths }: Signs): boolean => paths.length === 0 && pattern.test(text)
}
const holds = (...patterns: readonly RegExp[]) => {
  return ({ paths }: Signs): boolean => patterns.every(pattern => paths.some(path => pattern.test(path)))
}
const every = (pattern: RegExp) => {
  return ({ paths }: Signs): boolean => paths.length > 0 && paths.every(path => pattern.test(path))
}
const any = (...rules: readonly ForeignFormat['isIt'][]) => {
  return (signs: Signs): boolean => rules.some(rule => rule(signs))
}

/** A message whose first field is a version, whose next one has one of these tags, and which has a text there if asked for. */
function isVersioned({ head }: Signs, tags: readonly number[], second: 'text' | 'message'): boolean {
  const [first, version = 0, tag = 0, length = 0, ...content] = head
  if (first !== 0x08 || version === 0 || version > 0x20 || !tags.includes(tag)) return false
  const isText = content.slice(0, Math.min(length, 8)).every(byte => byte >= 0x20 && byte < 0x7f)
  return tag !== 0x12 || (second === 'text') === (isText && content[0] !== 0x0a)
}

/** Fields 2 to 8 of ONNX's ModelProto: producer, version, domain, model version, documentation, graph, operators. */
const ONNX_FIELDS = [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42]
/** Fields 2 and 10 of Core ML's Model: its description, which begins with a message, and whether it may be updated. */
const CORE_ML_FIELDS = [0x12, 0x50]

/** The number that `torch.save` wrote first, before it wrote zip archives: 0x1950a86a20f9469cfc6c, pickled. */
const TORCH_MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

const FROM_PYTORCH =
  'Export it to ONNX with torch.onnx.export, which OpenCV, OpenVINO and ONNX Runtime read; or to TensorFlow with litert-torch or onnx2tf.'
const WEIGHTS_ALONE =
  'It holds weights without a graph: load it in the program that it belongs to, and save the model as a SavedModel or .keras file.'
const ORIGINAL = 'Give the TensorFlow or Keras model that it was converted from.'

const ONNX: ForeignFormat = {
  what: 'an ONNX model',
  hint: `It needs no freezing: OpenCV, OpenVINO and ONNX Runtime read it as it is. For a TensorFlow graph, convert it with onnx2tf and give the SavedModel.`,
  isIt: any(signs => isVersioned(signs, ONNX_FIELDS, 'text'), every(/\.onnx(\.data|_data)?$/)),
}

const FORMATS: readonly ForeignFormat[] = [
  {
    what: 'a PyTorch model',
    hint: FROM_PYTORCH,
    isIt: any(
      holds(/(^|\/)data\.pkl$/, /(^|\/)version$/),
      holds(/(^|\/)archive_format$/),
      holds(/(^|\/)pytorch_model[^/]*\.bin$/),
      begins(TORCH_MAGIC, 2),
    ),
  },
  {
    what: 'a NumPy archive of arrays (.npz)',
    hint: WEIGHTS_ALONE,
    isIt: every(/\.npy$/),
  },
  {
    what: 'a NumPy array (.npy)',
    hint: WEIGHTS_ALONE,
    isIt: begins([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]),
  },
  {
    what: 'a file of weights in the safetensors format',
    hint: WEIGHTS_ALONE,
    isIt: any(holds(/(^|\/)model[^/]*\.safetensors$/), isSafetensors),
  },
  {
    what: 'a Core ML package (.mlpackage)',
    hint: ORIGINAL,
    isIt: holds(/(^|\/)com\.apple\.CoreML\//),
  },
  {
    what: 'an OpenVINO model (IR)',
    hint: ORIGINAL,
    isIt: any(matches(/^\s*(<\?xml[^>]*>\s*)?<net\s/), every(/\.(xml|bin|mapping)$/)),
  },
  {
    what: 'a Caffe model',
    hint: 'OpenCV reads it as it is: cv.dnn.readNetFromCaffe(prototxt, caffemodel).',
    isIt: any(
      matches(/^(name\s*:\s*"[^"]*"\s*)?(input[\s\S]*)?layers?\s*\{/),
      isCaffeMessage,
      every(/\.(prototxt|caffemodel)$/),
    ),
  },
  {
    what: 'a Darknet model',
    hint: 'OpenCV reads it as it is: cv.dnn.readNetFromDarknet(cfg, weights).',
    isIt: any(
      matches(/^\[(net|network|convolutional)\]\s/),
      signs => begins([0, 0, 0, 0])(signs) && [1, 2].includes(signs.head[4] ?? 0) && begins([0, 0, 0], 5)(signs),
      every(/\.(cfg|weights|names)$/),
    ),
  },
  {
    what: 'an MXNet model',
    hint: 'Export it to ONNX with mxnet.onnx.export_model.',
    isIt: matches(/^\s*\{\s*"nodes"\s*:\s*\[[\s\S]*"op"\s*:\s*"null"/),
  },
  {
    what: 'a language model in the GGUF format',
    hint: 'It has no TensorFlow graph: run it with llama.cpp.',
    isIt: matches(/^GGUF/),
  },
  { what: 'a TensorRT engine', hint: ORIGINAL, isIt: matches(/^(ftrt|ptrt)/) },
  {
    what: 'a PaddlePaddle model',
    hint: 'Export it to ONNX with paddle2onnx.',
    isIt: holds(/\.pdmodel$|(^|\/)__model__$/),
  },
  ONNX,
  {
    what: 'a Core ML model (.mlmodel)',
    hint: ORIGINAL,
    isIt: signs => isVersioned(signs, CORE_ML_FIELDS, 'message'),
  },
  {
    what: 'a Python pickle',
    hint: 'Loading a pickle runs code. Load it in Python, if you trust it, and save the model as a SavedModel or .keras file.',
    isIt: ({ head }) => head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5,
  },
]

/** The length of a JSON header, and the header: `{"weight": {"dtype": "F32", …`. */
function isSafetensors({ head, size }: Signs): boolean {
  if (head.length < 9 || head[8] !== 0x7b) return false
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true)
  return length > 1n && length <= BigInt(size - 8)
}

/** Caffe's NetParameter: a name, then a layer: field 2 of old files, field 100 of others. */
function isCaffeMessage({ head }: Signs): boolean {
  if (head[0] !== 0x0a) return false
  const after = 2 + (head[1] ?? 0)
  const isName = head.subarray(2, after).every(byte => byte >= 0x20 && byte < 0x7f)
  const isLayer = (head[after] === 0xa2 && head[after + 1] === 0x06) || head[after] === 0x12
  return isName && after < head.length && isLayer
}

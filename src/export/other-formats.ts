/**
 * File endings that belong to other formats. A program that meets a graph under such
 * a name would try to read the format that the name promises, so an output path with
 * one of them is refused, unless an exporter claims the ending.
 */
const OTHER_FORMATS: Readonly<Record<string, string>> = {
  tflite: 'TensorFlow Lite',
  lite: 'TensorFlow Lite',
  tfjs: 'a TensorFlow.js model',
  json: 'JSON',
  h5: 'a Keras HDF5 file',
  hdf5: 'a Keras HDF5 file',
  keras: 'a Keras 3 archive',
  mlmodel: 'Core ML',
  mlpackage: 'Core ML',
  xml: 'OpenVINO',
  pt: 'PyTorch',
  pth: 'PyTorch',
  pt2: 'PyTorch',
  safetensors: 'Safetensors',
  gguf: 'GGUF',
  caffemodel: 'Caffe',
  uff: 'TensorRT',
  engine: 'TensorRT',
  plan: 'TensorRT',
  trt: 'TensorRT',
  dlc: 'SNPE',
  rknn: 'RKNN',
  mnn: 'MNN',
  ort: 'ONNX Runtime',
  ckpt: 'a checkpoint',
  meta: 'a checkpoint',
  index: 'a checkpoint',
  cpb: 'a SavedModel in chunks',
  npy: 'NumPy arrays',
  npz: 'NumPy arrays',
  pkl: 'Python objects',
  zip: 'an archive',
  tar: 'an archive',
  gz: 'an archive',
  tgz: 'an archive',
  svg: 'a picture',
  png: 'a picture',
  dot: 'a drawing of a graph',
  html: 'a web page',
  py: 'a program',
  js: 'a program',
}

/** The format that a path's ending belongs to, if it is one of these. */
export function otherFormat(path: string): { readonly ending: string; readonly format: string } | undefined {
  const ending = /\.([a-z0-9]+)[/\\]?$/i.exec(path)?.[1]?.toLowerCase()
  const format = ending !== undefined && Object.hasOwn(OTHER_FORMATS, ending) ? OTHER_FORMATS[ending] : undefined
  return ending !== undefined && format !== undefined ? { ending, format } : undefined
}

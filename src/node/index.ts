/** What only Node has: files and folders in, files and folders out. */

export { Digest } from './digest.ts'
export { type OnnxRuntimeEngine, onnxRuntime, type TensorFlowEngine, tensorflow } from './engines/index.ts'
export { openFile, openFolder, openInput } from './file-source.ts'
export { isPipe, openPipe } from './pipe.ts'
export { type Chunks, type Written, writeFile, writeFiles, writeFolder } from './write-file.ts'

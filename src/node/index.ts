/**
 * The part that only Node has: files and folders as input and output.
 *
 * @module tfreeze/node
 */

export { Digest } from './digest.ts'
export { type OnnxRuntimeEngine, onnxRuntime, type TensorFlowEngine, tensorflow } from './engines/index.ts'
export { openFile, openFolder, openInput } from './file-source.ts'
export { isPipe, openPipe } from './pipe.ts'
export { type Chunks, type Written, writeFile, writeFiles, writeFolder } from './write-file.ts'

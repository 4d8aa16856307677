/** Engines that need Node. They are loaded when the first is asked for. */
import type { TensorFlowEngine } from './tensorflow/index.ts'

export type { TensorFlowEngine } from './tensorflow/index.ts'

/**
 * TensorFlow at `path`: its library, or the folder that holds it. Needs the package koffi.
 * Throws `missing` where either is not there, and `unsupported` for another library.
 */
export const tensorflow = async (path: string): Promise<TensorFlowEngine> =>
  (await import('./tensorflow/index.ts')).tensorflow(path)

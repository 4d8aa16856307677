/** Engines that need Node. They are loaded when the first is asked for. */
import type { OnnxRuntimeEngine } from './onnxruntime/index.ts'
import type { TensorFlowEngine } from './tensorflow/index.ts'

export type { OnnxRuntimeEngine } from './onnxruntime/index.ts'
export type { TensorFlowEngine } from './tensorflow/index.ts'

/**
 * TensorFlow at `path`: its library, or the folder that holds it. Needs the package koffi.
 * Throws `missing` where either is not there, and `unsupported` for another library.
 */
export const tensorflow = async (path: string): Promise<TensorFlowEngine> =>
  (await import('./tensorflow/index.ts')).tensorflow(path)

/**
 * ONNX Runtime, for `.onnx` files. Needs the package onnxruntime-node, or onnxruntime-web.
 * Throws `missing` where neither is there.
 *
 * @example
 * ```ts
 * import { exporterFor, freeze, open, optimize, targetNamed, verify } from 'tfreeze'
 * import { onnxRuntime, openInput, writeFiles } from 'tfreeze/node'
 *
 * const frozen = await freeze(await open(openInput('my_model')))
 * const { frozen: rewritten } = optimize(frozen, { target: targetNamed('onnx') })
 * await writeFiles('model.onnx', await exporterFor('model.onnx').write(rewritten))
 * const model = await (await onnxRuntime()).open('model.onnx')
 * console.log((await verify(model, frozen)).agrees) // true
 * model.runnable.close()
 * ```
 */
export const onnxRuntime = async (): Promise<OnnxRuntimeEngine> =>
  (await import('./onnxruntime/index.ts')).onnxRuntime()

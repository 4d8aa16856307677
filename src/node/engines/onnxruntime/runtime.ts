/** The packages that are ONNX Runtime: the one for Node, and the one for browsers, which runs in Node, too. */
import type * as Ort from 'onnxruntime-web'
import { FreezeError } from '../../../errors.ts'

/** The interface that both packages share. */
export type Runtime = Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'>
export type OrtSession = Ort.InferenceSession
export type OrtTensor = Ort.Tensor

/** In the order in which they are tried. */
const PACKAGES = ['onnxruntime-node', 'onnxruntime-web'] as const

/** ONNX Runtime, loaded, and which package it is. */
export interface LoadedRuntime {
  readonly runtime: Runtime
  readonly isNative: boolean
  readonly version: string
}

let loaded: LoadedRuntime | undefined

/** Loads ONNX Runtime when it is first asked for. Throws `missing` where neither package is installed. */
export async function loadRuntime(): Promise<LoadedRuntime> {
  if (loaded) return loaded
  const causes: unknown[] = []
  for (const name of PACKAGES) {
    try {
      const module: Runtime & { readonly default?: Runtime } = await import(name)
      loaded = ready(module.default ?? module, name)
      return loaded
    } catch (cause) {
      if (!isAbsent(cause)) throw broken(name, cause)
      causes.push(cause)
    }
  }
  throw new FreezeError('missing', 'running an ONNX model needs the package onnxruntime-node', {
    hint: 'Install it beside tfreeze: npm install onnxruntime-node (or onnxruntime-web, which is smaller and slower).',
    cause: causes[0],
  })
}

function ready(runtime: Runtime, name: (typeof PACKAGES)[number]): LoadedRuntime {
  const { env } = runtime
  const isNative = name === 'onnxruntime-node'
  env.logLevel = 'error' // warnings of what it optimises are not for the user
  if (!isNative) env.wasm.numThreads = 1 // its threads keep a program from ending
  const versions: Readonly<Record<string, string | undefined>> = { ...env.versions }
  return { runtime, isNative, version: versions[isNative ? 'node' : 'web'] ?? versions['common'] ?? '' }
}

/** Node says it by a code, and bundlers leave a module that says it in words. */
const isAbsent = (cause: unknown): boolean =>
  cause instanceof Error &&
  (('code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND') || /^Could not resolve/.test(cause.message))

function broken(name: string, cause: unknown): FreezeError {
  const why = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!.replace(/\.$/, '')
  return new FreezeError('missing', `the package ${name} is installed and cannot be loaded: ${why}`, {
    hint: `Install it again (npm install ${name}), or install onnxruntime-web in its place.`,
    cause,
  })
}

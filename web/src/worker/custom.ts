/**
 * The user's module of custom layers, from a file that the user picked. It runs in this worker, with what the page
 * itself may do and no more: the server of `tfreeze view` lets it send nothing anywhere.
 */
import type { Emitter } from '../../../src/models/keras/call.ts'
import { cannotLoad, emittersOf } from '../../../src/models/keras/custom-module.ts'

export async function customLayers(file: File): Promise<ReadonlyMap<string, Emitter>> {
  const url = URL.createObjectURL(new Blob([await file.text()], { type: 'text/javascript' }))
  try {
    const module: { readonly default?: { readonly layers?: unknown } } = await import(/* @vite-ignore */ url)
    return emittersOf(module.default ?? {}, file.name)
  } catch (cause) {
    throw cause instanceof Error && cause.name === 'FreezeError' ? cause : cannotLoad(file.name, cause)
  } finally {
    URL.revokeObjectURL(url)
  }
}

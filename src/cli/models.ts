/** Graphs that a command runs: opened, and frozen where they are not yet. */
import { basename } from 'node:path'
import { fromFiles } from '../bytes/folder.ts'
import { collectBytes } from '../bytes/join.ts'
import { fromBytes, type Input } from '../bytes/source.ts'
import { FreezeError, isFreezeError } from '../errors.ts'
import type { Exporter, OutputFile } from '../export/index.ts'
import type { Frozen } from '../freeze/frozen.ts'
import { freeze, openFrozen } from '../freeze/index.ts'
import { tensorNamed } from '../graph/names.ts'
import { open, openDetected } from '../models/index.ts'
import type { Model } from '../models/model.ts'
import { optionsOf } from '../options/index.ts'
import { given } from './input.ts'
import { type Flags, openOptions } from './settings.ts'

/** The model at a path, frozen plainly: without a pass, as the options say. A graph is taken as it is. */
export async function frozenFrom(path: string, flags: Flags): Promise<Frozen> {
  const model = await openDetected(await given(path), await openOptions(flags))
  const options = optionsOf('freeze', flags)
  return model.kind === 'graphdef' ? openFrozen(model, options) : freeze(model, options)
}

/**
 * The result at a path. Of a graph those outputs are taken that the original has, by
 * name: an output that another output reads ends nothing, and is not found otherwise.
 */
export async function resultFrom(path: string, flags: Flags, original: Frozen | undefined): Promise<Frozen> {
  const { tags, signature, ...others } = flags
  const model = await openDetected(await given(path), await openOptions(original ? others : flags))
  if (model.kind !== 'graphdef') return freeze(model, original ? {} : optionsOf('freeze', flags))
  return graphResult(model, original, flags)
}

function graphResult(model: Model, original: Frozen | undefined, flags: Flags): Frozen {
  if (!original) return openFrozen(model, optionsOf('freeze', flags))
  const names = new Set(original.graph.outputs.map(port => String(port.value))) // keys may share a tensor
  const outputs = [...names].filter(name => tensorNamed(model.graph, name))
  return openFrozen(model, outputs.length > 0 ? { outputs } : {})
}

/** A graph as what reads its files will find it: written to memory, and read back. */
export async function readBack(frozen: Frozen, exporter: Exporter, path: string, flags: Flags): Promise<Frozen> {
  const files = await exporter.write(frozen, { name: basename(path), options: optionsOf('export', flags) })
  const model = await open(await inMemory(files, basename(path))).catch(error => {
    if (!isFreezeError(error, 'unsupported')) throw error
    throw new FreezeError('output', `no engine runs ${exporter.name}, so its numbers cannot be verified`, {
      file: path,
      hint: 'Nothing was written. Leave out --verify, or write a .pb and verify that.',
      cause: error,
    })
  })
  if (model.kind !== 'graphdef') return freeze(model)
  const outputs = new Set(frozen.graph.outputs.map(port => String(port.value))) // keys may share a tensor
  return openFrozen(model, { outputs: [...outputs] })
}

async function inMemory(files: readonly OutputFile[], name: string): Promise<Input> {
  const sources: [string, ReturnType<typeof fromBytes>][] = []
  for (const { path, chunks } of files) {
    sources.push([path, fromBytes(await collectBytes(chunks), path || name)])
  }
  const [[path, first] = ['', fromBytes(new Uint8Array(0))]] = sources
  return path === '' ? first : fromFiles(sources, name)
}

/** Graphs that a command runs: opened, and frozen where they are not yet. */
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { fromFiles } from '../bytes/folder.ts'
import { collectBytes } from '../bytes/join.ts'
import { type ByteSource, type Folder, fromBytes, type Input, isFolder, readAll } from '../bytes/source.ts'
import { FreezeError, isFreezeError } from '../errors.ts'
import type { Exporter, OutputFile } from '../export/index.ts'
import type { Frozen } from '../freeze/frozen.ts'
import { freeze, openFrozen } from '../freeze/index.ts'
import { tensorNamed } from '../graph/names.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { probe } from '../models/detect.ts'
import { open, openDetected } from '../models/index.ts'
import type { Model } from '../models/model.ts'
import { openFile } from '../node/file-source.ts'
import { optionsOf } from '../options/index.ts'
import type { Subject } from '../verify/subject.ts'
import { given } from './input.ts'
import { type Flags, openOptions } from './settings.ts'

/** The model at a path, frozen plainly: without a pass, as the options say. A graph is taken as it is, an ONNX model is loaded. */
export async function modelFrom(path: string, flags: Flags): Promise<Frozen | Subject> {
  if (await isOnnxFile(path)) return (await onnxEngine()).open(path)
  const model = await openDetected(await given(path), await openOptions(flags))
  const options = optionsOf('freeze', flags)
  return model.kind === 'graphdef' ? openFrozen(model, options) : freeze(model, options)
}

const onnxEngine = async () => (await import('../node/engines/index.ts')).onnxRuntime()

async function isOnnxFile(path: string): Promise<boolean> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false
  return (await import('../models/foreign.ts')).isOnnx(await probe(openFile(path)))
}

/** The result at a path. Of a graph those inputs and outputs are taken that the original has, by name. */
export async function resultFrom(path: string, flags: Flags, original: Frozen | undefined): Promise<Frozen | Subject> {
  if (await isOnnxFile(path)) return (await onnxEngine()).open(path)
  const { tags, signature, ...others } = flags
  const model = await openDetected(await given(path), await openOptions(original ? others : flags))
  if (model.kind !== 'graphdef') return freeze(model, original ? {} : optionsOf('freeze', flags))
  return graphResult(model, original, flags)
}

function graphResult(model: Model, original: Frozen | undefined, flags: Flags): Frozen {
  if (!original) return openFrozen(model, optionsOf('freeze', flags))
  return openFrozen(model, portsOf(original, model))
}

/**
 * The inputs and outputs of a frozen graph that another has by the same names. They are given by name: a placeholder
 * with a default would become the default, and an output that another output reads would not be found.
 */
function portsOf({ graph }: Frozen, model: Model): { inputs: readonly string[]; outputs: readonly string[] } {
  const shared = (ports: Frozen['graph']['inputs']): string[] =>
    [...new Set(ports.map(port => String(port.value)))].filter(name => tensorNamed(model.graph, name))
  return { inputs: shared(graph.inputs), outputs: shared(graph.outputs) }
}

/**
 * A graph as what reads its files will find it: written to memory, and read back or loaded. Throws `output` for a kind
 * that no engine runs.
 */
export async function readBack(
  frozen: Frozen,
  exporter: Exporter,
  path: string,
  flags: Flags,
): Promise<Frozen | Subject> {
  const options = { ...optionsOf('export', flags), externalData: false } // one file, which needs no other beside it
  const { input, siblings } = await inMemory(
    await exporter.write(frozen, { name: basename(path), options }),
    basename(path),
  )
  if (await (await import('../models/foreign.ts')).isOnnx(await probe(input))) return loadedBack(input, path)
  const model = await open(input, { siblings }).catch(error => {
    if (!isFreezeError(error, 'unsupported')) throw error
    throw unverifiable(path, `no engine runs ${exporter.name}, so its numbers cannot be verified`, error)
  })
  const named = (read: Frozen): Frozen => ({ ...read, source: { ...read.source, name: path } })
  if (model.kind !== 'graphdef') return named(await freeze(model))
  return named(openFrozen(model, portsOf(frozen, model)))
}

async function loadedBack(input: Input, path: string): Promise<Subject> {
  if (isFolder(input)) throw unverifiable(path, 'its weights have more than 2 GiB, too many to be verified in memory')
  return (await onnxEngine()).fromBytes(await readAll(input, MAX_MESSAGE_BYTES), path)
}

const unverifiable = (file: string, what: string, cause?: unknown): FreezeError =>
  new FreezeError('output', what, {
    file,
    hint: 'Nothing was written. Leave out --verify, or write a .pb and verify that.',
    cause,
  })

/** The files of an output as an input: its folder, or its file with what lies beside that. */
async function inMemory(files: readonly OutputFile[], name: string): Promise<{ input: Input; siblings: Folder }> {
  const sources: [string, ByteSource][] = []
  for (const { path, isBeside, chunks } of files) {
    const place = isBeside || files[0]?.path !== '' ? path : name + path
    sources.push([place, fromBytes(await collectBytes(chunks), place)])
  }
  const folder = fromFiles(sources, name)
  const isFile = files[0]?.path === ''
  return { input: (isFile && sources[0]?.[1]) || folder, siblings: folder }
}

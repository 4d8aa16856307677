/** A frozen graph as ONNX: one file, with a second one for its weights above what a message can hold. */
import { FreezeError, type Unreadable } from '../errors.ts'
import type { Frozen } from '../freeze/frozen.ts'
import type { Graph } from '../graph/graph.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { type Conversion, convert } from '../onnx/convert.ts'
import { TENSORFLOW_DOMAIN, TENSORFLOW_VERSION } from '../onnx/custom.ts'
import { externalFile, placeOutside } from '../onnx/external.ts'
import { inFloat16 } from '../onnx/float16.ts'
import { domainsOf } from '../onnx/liveness.ts'
import type { OnnxGraph, OnnxModel } from '../onnx/model.ts'
import { irVersion, ML_DOMAIN, ML_VERSION, OPSETS, USUAL_OPSET } from '../onnx/operators.ts'
import { modelScatter } from '../onnx/write.ts'
import { requireNone, wayOut } from '../optimize/targets/index.ts'
import { type SettingsOf, settingsOf } from '../options/index.ts'
import type { ExportContext } from './exporter.ts'
import type { OutputFile } from './output.ts'
import { TOOL } from './tool.ts'

/** The suffix that is appended to the output's path for the file of weights. */
const DATA = '.data'

/** The files of the model. Throws `target` with all that ONNX cannot say. */
export async function onnxFiles(frozen: Frozen, context?: ExportContext): Promise<readonly OutputFile[]> {
  const settings = settingsOf('export', context?.options ?? {})
  const { model, notes } = modelOf(frozen, settings)
  const inside = modelScatter(model)
  if (!settings.externalData && inside.size <= MAX_MESSAGE_BYTES) {
    return [{ path: '', size: inside.size, chunks: inside.chunks(), notes }]
  }
  const placed = placeOutside(model.graph, `${context?.name ?? 'model.onnx'}${DATA}`)
  const outside = modelScatter(model, placed)
  return [
    { path: '', size: outside.size, chunks: outside.chunks(), notes },
    { path: DATA, ...externalFile(placed) },
  ]
}

type ExportSettings = SettingsOf<'export'>

/** The model, and what a person must know of it. Throws `target` with all that ONNX cannot say, and `unsupported` for an opset that is not written. */
function modelOf({ graph, source }: Frozen, settings: ExportSettings) {
  checkOpset(settings.opset)
  const { opset, conversion } = converted(graph, settings, source.signature ?? 'main')
  requireNone(conversion.missing, 'ONNX cannot say', () => wayOut(graph, conversion.missing, graph))
  const written = settings.float16 ? inFloat16(conversion.graph, opset) : conversion.graph
  const model: OnnxModel = {
    irVersion: irVersion(opset),
    opsets: opsetsOf(written, opset),
    producer: TOOL,
    graph: written,
    metadata: new Map([
      ['source', source.name],
      ...(source.signature === undefined ? [] : [['signature', source.signature] as const]),
    ]),
  }
  return { model, notes: conversion.custom.length > 0 ? [customNote(conversion.custom)] : [] }
}

function checkOpset(asked: number | undefined): void {
  if (asked === undefined || OPSETS.includes(asked)) return
  throw new FreezeError('unsupported', `opset ${asked} is not written`, {
    path: ['--opset'],
    hint: `Choose one from ${OPSETS[0]} to ${OPSETS.at(-1)}.`,
  })
}

/** The versions of the operators of ONNX, and of each other domain that the graph uses. */
function opsetsOf(graph: OnnxGraph, opset: number): ReadonlyMap<string, number> {
  const uses = domainsOf(graph)
  const others = [
    [ML_DOMAIN, ML_VERSION],
    [TENSORFLOW_DOMAIN, TENSORFLOW_VERSION],
  ] as const
  return new Map([['', opset], ...others.filter(([domain]) => uses.has(domain))])
}

/** The note on nodes that need kernels of the user's own. */
function customNote(nodes: readonly Unreadable[]): string {
  const [count, need] =
    nodes.length === 1 ? ['a node is', 'needs a kernel'] : [`${nodes.length} nodes are`, 'need kernels']
  const list = nodes.map(({ node, op }) => `${node} (${op})`).join(', ')
  return `${count} in the domain ${TENSORFLOW_DOMAIN} and ${need} of your own: ${list}`
}

interface Converted {
  readonly opset: number
  readonly conversion: Conversion
}

/** The graph with the operators of the opset that is asked for; else of the usual one, or of the next that has more of them. */
function converted(graph: Graph, { opset: asked, customOps }: ExportSettings, name: string): Converted {
  const inOpset = (opset: number): Converted => ({ opset, conversion: convert(graph, { opset, customOps }, name) })
  let best = inOpset(asked ?? USUAL_OPSET)
  if (asked !== undefined) return best
  for (const opset of OPSETS.filter(version => version > USUAL_OPSET)) {
    if (unsaid(best) === 0) break
    const next = inOpset(opset)
    if (unsaid(next) < unsaid(best)) best = next
  }
  return best
}

/** How many nodes ONNX cannot say. */
const unsaid = ({ conversion }: Converted): number => conversion.missing.length + conversion.custom.length

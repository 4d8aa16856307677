/** A frozen graph as ONNX: one file, with a second one for its weights above what a message can hold. */
import { FreezeError } from '../errors.ts'
import type { Frozen } from '../freeze/frozen.ts'
import type { Graph } from '../graph/graph.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { type Conversion, convert } from '../onnx/convert.ts'
import { externalFile, placeOutside } from '../onnx/external.ts'
import { domainsOf } from '../onnx/liveness.ts'
import type { OnnxModel } from '../onnx/model.ts'
import { irVersion, ML_DOMAIN, ML_VERSION, OPSETS, USUAL_OPSET } from '../onnx/operators.ts'
import { modelScatter } from '../onnx/write.ts'
import { requireNone, wayOut } from '../optimize/targets/index.ts'
import { settingsOf } from '../options/index.ts'
import type { ExportContext } from './exporter.ts'
import type { OutputFile } from './output.ts'
import { TOOL } from './tool.ts'

/** What is appended to the output's path for the file of weights. */
const DATA = '.data'

/** The files of the model. Throws `target` with all that ONNX cannot say. */
export async function onnxFiles(frozen: Frozen, context?: ExportContext): Promise<readonly OutputFile[]> {
  const { opset, externalData } = settingsOf('export', context?.options ?? {})
  const model = modelOf(frozen, opset)
  const inside = modelScatter(model)
  if (!externalData && inside.size <= MAX_MESSAGE_BYTES) {
    return [{ path: '', size: inside.size, chunks: inside.chunks() }]
  }
  const placed = placeOutside(model.graph, `${context?.name ?? 'model.onnx'}${DATA}`)
  const outside = modelScatter(model, placed)
  return [
    { path: '', size: outside.size, chunks: outside.chunks() },
    { path: DATA, ...externalFile(placed) },
  ]
}

/** The model. Throws `target` with all that ONNX cannot say, and `unsupported` for an opset that is not written. */
function modelOf({ graph, source }: Frozen, asked: number | undefined): OnnxModel {
  if (asked !== undefined && !OPSETS.includes(asked)) {
    throw new FreezeError('unsupported', `opset ${asked} is not written`, {
      path: ['--opset'],
      hint: `Choose one from ${OPSETS[0]} to ${OPSETS.at(-1)}.`,
    })
  }
  const { opset, conversion } = converted(graph, asked, source.signature ?? 'main')
  requireNone(conversion.missing, 'ONNX cannot say', () => wayOut(graph, conversion.missing, graph))
  const uses = domainsOf(conversion.graph)
  return {
    irVersion: irVersion(opset),
    opsets: new Map([['', opset], ...(uses.has(ML_DOMAIN) ? [[ML_DOMAIN, ML_VERSION] as const] : [])]),
    producer: TOOL,
    graph: conversion.graph,
    metadata: new Map([
      ['source', source.name],
      ...(source.signature === undefined ? [] : [['signature', source.signature] as const]),
    ]),
  }
}

interface Converted {
  readonly opset: number
  readonly conversion: Conversion
}

/** The graph with the operators of the opset that is asked for; else of the usual one, or of the next that has all of them. */
function converted(graph: Graph, asked: number | undefined, name: string): Converted {
  const usual = { opset: asked ?? USUAL_OPSET, conversion: convert(graph, { opset: asked ?? USUAL_OPSET }, name) }
  if (asked !== undefined || usual.conversion.missing.length === 0) return usual
  for (const opset of OPSETS.filter(version => version > USUAL_OPSET)) {
    const conversion = convert(graph, { opset }, name)
    if (conversion.missing.length === 0) return { opset, conversion }
  }
  return usual
}

/** A frozen graph as ONNX: one file, with a second one for its weights above what a message can hold. */
import manifestOfPackage from '../../package.json' with { type: 'json' }
import { FreezeError } from '../errors.ts'
import type { Frozen } from '../freeze/frozen.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { convert } from '../onnx/convert.ts'
import { externalFile, placeOutside } from '../onnx/external.ts'
import { domainsOf } from '../onnx/liveness.ts'
import type { OnnxModel } from '../onnx/model.ts'
import { irVersion, ML_DOMAIN, ML_VERSION, OPSETS } from '../onnx/operators.ts'
import { modelScatter } from '../onnx/write.ts'
import { listed, wayOut } from '../optimize/targets/index.ts'
import { settingsOf } from '../options/index.ts'
import type { ExportContext, Exporter } from './exporter.ts'
import type { OutputFile } from './output.ts'

export const onnx: Exporter = {
  kind: 'graph',
  name: 'onnx',
  description: 'ONNX',
  extensions: ['.onnx'],
  requires: { controlFlow: 'v2', target: 'onnx' },
  write,
}

/** What is appended to the output's path for the file of weights. */
const DATA = '.data'

async function write(frozen: Frozen, context?: ExportContext): Promise<readonly OutputFile[]> {
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
function modelOf({ graph, source }: Frozen, opset: number): OnnxModel {
  if (!OPSETS.includes(opset)) {
    throw new FreezeError('unsupported', `opset ${opset} is not written`, {
      path: ['--opset'],
      hint: `Choose one from ${OPSETS[0]} to ${OPSETS.at(-1)}.`,
    })
  }
  const { graph: converted, missing } = convert(graph, { opset }, source.signature ?? 'main')
  const [first] = missing
  if (first) {
    const count = missing.length === 1 ? 'a node' : `${missing.length} nodes`
    throw new FreezeError('target', `ONNX cannot say ${count} (${listed(missing)})`, {
      node: first.node,
      hint: wayOut(graph, missing, graph),
    })
  }
  const uses = domainsOf(converted)
  return {
    irVersion: irVersion(opset),
    opsets: new Map([['', opset], ...(uses.has(ML_DOMAIN) ? [[ML_DOMAIN, ML_VERSION] as const] : [])]),
    producer: `${manifestOfPackage.name} ${manifestOfPackage.version}`,
    graph: converted,
    metadata: new Map([
      ['source', source.name],
      ...(source.signature === undefined ? [] : [['signature', source.signature] as const]),
    ]),
  }
}

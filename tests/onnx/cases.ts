/** What a `.graph` case of this folder gives: options of the exporter, a line each, then the graph. */
import type { ExportContext } from '../../src/export/exporter.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { parse } from '../../src/graph/text/index.ts'
import { type Conversion, convert } from '../../src/onnx/convert.ts'
import { inFloat16 } from '../../src/onnx/float16.ts'
import { USUAL_OPSET } from '../../src/onnx/operators.ts'
import type { GraphCase } from '../graph-files.ts'
import { countingSource } from '../passes/cases.ts'

export type Options = ExportContext['options'] & { readonly opset: number }

/** The graph of a case, and how it is written. */
export function readCase({ source }: GraphCase): { readonly graph: Graph; readonly options: Options } {
  const [opset, float16, customOps] = [/^opset: (\d+)\n/m, /^float16\n/m, /^custom ops\n/m].map(line =>
    line.exec(source),
  )
  const text = source.replace(/^(opset: \d+|float16|custom ops)\n/gm, '')
  return {
    graph: parse(text, { ckpt: countingSource('ckpt', 1 << 20) }),
    options: { opset: Number(opset?.[1] ?? USUAL_OPSET), float16: float16 !== null, customOps: customOps !== null },
  }
}

/** The case in ONNX. */
export function converted(graph: Graph, { opset, float16, customOps = false }: Options): Conversion {
  const conversion = convert(graph, { opset, customOps })
  return float16 ? { ...conversion, graph: inFloat16(conversion.graph, opset) } : conversion
}

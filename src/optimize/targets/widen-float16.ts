/**
 * Computes in float32 what a graph computes in float16 or bfloat16, for consumers that have no narrow floats: Keras'
 * mixed precision. Weights keep the values that the narrow type has. Inputs and outputs keep their types.
 */
import { type Attr, list, type } from '../../graph/attr.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { cast } from '../../tensor/make.ts'
import type { DType } from '../../tensorflow/dtype.ts'
import type { ReportBuilder } from '../report.ts'

const NAME = 'float16-as-float32'
const isNarrow = (dtype: DType | undefined): boolean => dtype === 'float16' || dtype === 'bfloat16'

/** Widens every node, unless an input or output has a narrow type, which callers rely on. */
export function widenFloat16(graph: Graph, report: ReportBuilder): void {
  if ([...graph.inputs, ...graph.outputs].some(({ value }) => isNarrow(value.dtype))) return
  for (const node of graph.nodes) if (widen(node)) report.apply(node.name, NAME)
}

function widen(node: Node): boolean {
  let isChanged = false
  for (const [name, attr] of [...node.attrs]) {
    const widened = widenedAttr(attr)
    if (!widened) continue
    node.setAttr(name, widened)
    isChanged = true
  }
  return isChanged
}

function widenedAttr(attr: Attr): Attr | undefined {
  if (attr.kind === 'type') return isNarrow(attr.value) ? type('float32') : undefined
  if (attr.kind === 'tensor')
    return isNarrow(attr.value.dtype) ? { kind: 'tensor', value: cast(attr.value, 'float32') } : undefined
  if (attr.kind !== 'list' || attr.of !== 'type' || !attr.value.some(isNarrow)) return undefined
  return list(
    'type',
    attr.value.map(dtype => (isNarrow(dtype) ? 'float32' : dtype)),
  )
}

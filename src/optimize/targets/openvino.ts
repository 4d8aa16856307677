import { LAYOUT_RULES } from './openvino-layout.ts'
import { OPENVINO_OPS } from './openvino-registry.ts'
import type { Target } from './target.ts'

const ops = new Set(OPENVINO_OPS.split(/\s+/))

/** OpenVINO translates a list of ops and refuses the rest by name. */
export const openvino: Target = {
  name: 'openvino',
  description: "OpenVINO's TensorFlow front end.",
  rules: LAYOUT_RULES,
  outputNodes: { copy: (graph, value, name) => graph.add('Identity', [value], {}, name).out() },
  refuses: ({ op }) => (ops.has(op) || op === 'NoOp' ? undefined : `OpenVINO does not read ${op}`),
}

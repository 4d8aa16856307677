/** ONNX as an output kind. What writes it is loaded when it is asked for. */
import type { Exporter } from './exporter.ts'

export const onnx: Exporter = {
  kind: 'graph',
  name: 'onnx',
  description: 'ONNX',
  extensions: ['.onnx'],
  requires: { controlFlow: 'v2', target: 'onnx' },
  prefers: { rnn: 'operators' },
  write: async (frozen, context) => (await import('./onnx-files.ts')).onnxFiles(frozen, context),
}

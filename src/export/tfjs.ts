/** TF.js graph models as an output kind. What writes them is loaded when it is asked for. */
import type { Exporter } from './exporter.ts'

export const tfjs: Exporter = {
  kind: 'graph',
  name: 'tfjs',
  description: 'a TF.js graph model, with its weights beside it',
  extensions: ['model.json', '.tfjs/'],
  requires: { controlFlow: 'v2', target: 'tfjs' },
  write: async (frozen, context) => (await import('./tfjs-files.ts')).tfjsFiles(frozen, context),
}

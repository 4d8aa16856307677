import type { Target } from './target.ts'

/** Current TensorFlow reads all of its own ops; what is not in its registry needs a library of the user's. */
export const tensorflow2: Target = {
  name: 'tensorflow2',
  description: 'TensorFlow 2',
  rules: [],
  refuses: node => (node.def ? undefined : `TensorFlow 2 has no ${node.op}`),
}

/** Weights of legacy H5 that are refused by their names. */
import { expect, test } from 'vitest'
import { fromBytes } from '../../../src/bytes/source.ts'
import { dialectOf } from '../../../src/models/keras/dialect.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'
import { bindByLayer } from '../../../src/models/keras/weights/by-layer.ts'

test('a kernel whose LoRA weights lie beside it is not taken for the whole', () => {
  const dialect = dialectOf({ version: '3.15.0', config: null })
  const dense = { class_name: 'Dense', config: { name: 'd', units: 4, lora_rank: 2 } }
  const model = normalise({ class_name: 'Sequential', config: { name: 'm', layers: [dense] } }, dialect, 'm.h5')
  const shapes = { bias: [4], lora_kernel_a: [8, 2], lora_kernel_b: [2, 4], kernel: [8, 4] }
  const group = {
    name: 'd',
    weightNames: Object.keys(shapes).map(name => `m/d/${name}`),
    dataset: (i: number) => ({
      path: '/d',
      shape: Object.values(shapes)[i]!,
      dtype: 'float32' as const,
      type: 'float32',
      filters: [],
      source: fromBytes(new Uint8Array(0), 'd'),
    }),
  }
  expect(() => bindByLayer(model, [group], dialect, 'm.h5')).toThrow(
    'm.h5 d: Dense has its LoRA weights apart from its kernel. Save the model as .keras: Keras adds them to the kernel there.',
  )
})

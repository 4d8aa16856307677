import { describe, expect, it } from 'vitest'
import { opDef, opNames } from '../../src/tensorflow/ops.ts'

describe('the op registry', () => {
  it('has every op of TensorFlow 2.21, each line readable', () => {
    expect(opNames().length).toBe(1910)
    for (const name of opNames()) expect(opDef(name)!.name).toBe(name)
  })

  it('tells arguments by their notation', () => {
    expect(opDef('Split')).toEqual({
      name: 'Split',
      isStateful: false,
      inputs: [
        { name: 'split_dim', dtype: 'int32', isRef: false },
        { name: 'value', typeAttr: 'T', isRef: false },
      ],
      outputs: [{ name: 'output', numberAttr: 'num_split', typeAttr: 'T', isRef: false }],
      attrs: [
        { name: 'num_split', type: 'int' },
        { name: 'T', type: 'type' },
      ],
    })
    expect(opDef('IdentityN')!.inputs).toEqual([{ name: 'input', typeListAttr: 'T', isRef: false }])
    expect(opDef('Assign')!.inputs[0]).toEqual({ name: 'ref', typeAttr: 'T', isRef: true })
    expect(opDef('VarHandleOp')!.isStateful).toBe(true)
  })

  it('reads defaults of every kind, commas and all', () => {
    const defaults = Object.fromEntries(opDef('Conv2D')!.attrs.map(a => [a.name, a.default]))
    expect(defaults).toEqual({
      T: undefined,
      strides: undefined,
      use_cudnn_on_gpu: true,
      padding: undefined,
      explicit_paddings: [],
      data_format: 'NHWC',
      dilations: [1, 1, 1, 1],
    })
  })

  it('does not know custom ops', () => expect(opDef('MyCompany>Blur')).toBeUndefined())
})

import { describe, expect, it } from 'vitest'
import { fromNumbers, numbers } from '../../../../src/evaluate/array.ts'
import { evaluate } from '../../../../src/evaluate/evaluate.ts'
import { fromValues } from '../../../../src/tensor/make.ts'
import type { Tensor } from '../../../../src/tensor/tensor.ts'
import { written } from './cases.ts'

/** What the layers of a case compute. `weights` replace those of the case. */
async function computed(
  source: string,
  inputs: Readonly<Record<string, readonly number[]>>,
  weights: Readonly<Record<string, Tensor>> = {},
): Promise<number[]> {
  const { graph } = written(source, new Map(Object.entries(weights)))
  const feeds = new Map(
    graph.inputs.map(({ key, value }) => {
      const given = inputs[key]!
      const [, ...sizes] = value.node.shape('shape')!
      const rows = given.length / sizes.reduce<number>((n, d) => n * (d ?? 1), 1)
      return [value.node.name, fromNumbers(value.dtype!, [rows, ...sizes.map(d => d ?? 1)], given)] as const
    }),
  )
  const [result] = await evaluate(graph, feeds)
  return Array.from(numbers(result!))
}

const f32 = (shape: readonly number[], values: readonly number[]): Tensor => fromValues('float32', shape, values)
const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length)
  for (const [i, value] of found.entries()) {
    const off = Math.abs(value - expected[i]!)
    expect(off, `element ${i}: ${value} for ${expected[i]}`).toBeLessThan(1e-5 + 1e-6 * Math.abs(expected[i]!))
  }
}

const X = [-4, -2.5, -1, -0.6, -0.3, 0, 0.2, 0.5, 0.9, 1.5, 3, 7]
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const softplus = (x: number): number => Math.log1p(Math.exp(x))
const relu6 = (x: number): number => Math.min(Math.max(x, 0), 6)
/** Abramowitz and Stegun 7.1.26: |error| < 1.5·10⁻⁷. */
const erf = (x: number): number => {
  const t = 1 / (1 + 0.3275911 * Math.abs(x))
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return Math.sign(x) * (1 - poly * Math.exp(-x * x))
}

describe('activations', () => {
  const rows: [name: string, formula: (x: number) => number, keras?: string][] = [
    ['linear', x => x],
    ['relu', x => Math.max(x, 0)],
    ['relu6', relu6],
    ['leaky_relu', x => (x > 0 ? x : 0.2 * x)],
    ['elu', x => (x > 0 ? x : Math.expm1(x))],
    ['selu', x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
    ['celu', x => Math.max(x, 0) + Math.expm1(Math.min(x, 0))],
    ['sigmoid', sigmoid],
    ['tanh', Math.tanh],
    ['softplus', softplus],
    ['softsign', x => x / (1 + Math.abs(x))],
    ['exponential', Math.exp],
    ['hard_sigmoid', x => relu6(x + 3) / 6],
    ['hard_sigmoid', x => Math.min(Math.max(0.2 * x + 0.5, 0), 1), '2.15.0'],
    ['hard_sigmoid', x => Math.min(Math.max(0.2 * x + 0.5, 0), 1), '1.2.2'],
    ['silu', x => x * sigmoid(x)],
    ['hard_silu', x => (x * relu6(x + 3)) / 6],
    ['mish', x => x * Math.tanh(softplus(x))],
    ['gelu', x => 0.5 * x * (1 + erf(x / Math.SQRT2))],
    ['log_sigmoid', x => -softplus(-x)],
    ['squareplus', x => (x + Math.sqrt(x * x + 4)) / 2],
    ['soft_shrink', x => Math.sign(x) * Math.max(Math.abs(x) - 0.5, 0)],
    ['hard_shrink', x => (Math.abs(x) > 0.5 ? x : 0)],
    ['tanh_shrink', x => x - Math.tanh(x)],
    ['hard_tanh', x => Math.min(Math.max(x, -1), 1)],
    ['sparse_sigmoid', x => Math.min(Math.max((x + 1) / 2, 0), 1)],
    ['sparse_plus', x => (x <= -1 ? 0 : x < 1 ? (x + 1) ** 2 / 4 : x)],
  ]
  for (const [name, formula, keras = '3.15.0'] of rows)
    it(`${name} of Keras ${keras}`, async () => {
      const source = `keras ${keras}\nin x: float32[?,${X.length}]\ny = Activation(x) {"activation": "${name}"}`
      close(await computed(source, { x: X }), X.map(formula))
    })

  const relus: [config: string, formula: (x: number) => number][] = [
    ['{"negative_slope": 0.1}', x => (x > 0 ? x : 0.1 * x)],
    ['{"max_value": 1}', x => Math.min(Math.max(x, 0), 1)],
    ['{"threshold": 0.4}', x => (x > 0.4 ? x : 0)],
    ['{"threshold": 0.4, "negative_slope": 0.5}', x => (x > 0.4 ? x : 0.5 * (x - 0.4))],
    ['{"threshold": 0.4, "negative_slope": 0.5, "max_value": 2}', x => (x >= 2 ? 2 : x > 0.4 ? x : 0.5 * (x - 0.4))],
  ]
  for (const [config, formula] of relus)
    it(`ReLU ${config}`, async () => {
      close(await computed(`in x: float32[?,12]\ny = ReLU(x) ${config}`, { x: X }), X.map(formula))
    })

  it('softmax over two axes', async () => {
    const x = [1, 2, 3, 4, 5, 6, 7, 8]
    const total = x.filter((_, i) => i % 2 === 0).reduce((sum, v) => sum + Math.exp(v), 0)
    const found = await computed('in x: float32[?,2,2,2]\ny = Softmax(x) {"axis": [1, 2]}', { x })
    expect(found[0]).toBeCloseTo(Math.exp(1) / total, 6)
    expect(found[0]! + found[2]! + found[4]! + found[6]!).toBeCloseTo(1, 6)
  })

  it('sparsemax of Keras, which sums the running sums', async () => {
    close(
      await computed('in x: float32[?,3]\ny = Activation(x) {"activation": "sparsemax"}', { x: [0.1, 3, 1] }),
      [0, 1, 0],
    )
  })
})

describe('layers', () => {
  it('a dilated convolution sees every second step', async () => {
    const source =
      'in x: float32[?,6,1]\nw c/kernel [2,1,1]\nc = Conv1D(x) {"filters": 1, "kernel_size": 2, "dilation_rate": 2, "use_bias": false}'
    const found = await computed(source, { x: [1, 2, 3, 4, 5, 6] }, { 'c/kernel': f32([2, 1, 1], [1, 10]) })
    close(found, [31, 42, 53, 64])
  })

  it('an average at the edge counts only what lies inside', async () => {
    const source = 'in x: float32[?,3,1]\np = AveragePooling1D(x) {"pool_size": 2, "strides": 1, "padding": "same"}'
    close(await computed(source, { x: [1, 2, 4] }), [1.5, 3, 4])
  })

  it('an average leaves masked steps out', async () => {
    const source = `in x: int32[?,3]
w e/embeddings [3,1]
e = Embedding(x) {"input_dim": 3, "output_dim": 1, "mask_zero": true}
p = GlobalAveragePooling1D(e)`
    close(await computed(source, { x: [1, 0, 2] }, { 'e/embeddings': f32([3, 1], [100, 1, 4]) }), [2.5])
  })

  it('windows of adaptive pooling may overlap', async () => {
    close(
      await computed('in x: float32[?,5,1]\np = AdaptiveMaxPooling1D(x) {"output_size": 2}', { x: [1, 2, 9, 4, 5] }),
      [9, 9],
    )
  })

  it("BatchNormalization's scale and shift come from the weights", async () => {
    const source = `in x: float32[?,2]
w b/gamma [2]
b = BatchNormalization(x) {"axis": -1, "epsilon": 1, "center": false}`
    const weights = {
      'b/gamma': f32([2], [2, 6]),
      'b/moving_mean': f32([2], [1, 0]),
      'b/moving_variance': f32([2], [3, 8]),
    }
    close(await computed(source, { x: [3, 5] }, weights), [2, 10])
  })

  it('GroupNormalization takes the channels of a group together', async () => {
    const source =
      'in x: float32[?,4]\ng = GroupNormalization(x) {"groups": 2, "epsilon": 0, "scale": false, "center": false}'
    close(await computed(source, { x: [1, 3, 10, 30] }), [-1, 1, -1, 1])
  })

  it('the transposed convolution of an open batch', async () => {
    const source =
      'in x: float32[?,2,1]\nw t/kernel [2,1,1]\nt = Conv1DTranspose(x) {"filters": 1, "kernel_size": 2, "strides": 2, "use_bias": false}'
    close(await computed(source, { x: [1, 2] }, { 't/kernel': f32([2, 1, 1], [1, 10]) }), [1, 10, 2, 20])
  })

  it('Discretization counts the boundaries that are not above', async () => {
    const source = 'in x: float32[?,3]\nd = Discretization(x) {"bin_boundaries": [0.0, 1.0], "output_mode": "int"}'
    close(await computed(source, { x: [-1, 0, 5] }), [0, 1, 2])
  })

  it('Highway mixes the input with what it becomes', async () => {
    const source = 'keras 1.2.2\nin x: float32[?,1]\nh = Highway(x) {"activation": "linear"}'
    const weights = {
      'h/W': f32([1, 1], [3]),
      'h/b': f32([1], [0]),
      'h/W_carry': f32([1, 1], [0]),
      'h/b_carry': f32([1], [0]),
    }
    close(await computed(source, { x: [2] }, weights), [4])
  })

  it('TimeDistributedDense of Keras 1 is Dense', async () => {
    const source = 'keras 1.2.2\nin x: float32[?,2,1]\nd = TimeDistributedDense(x) {"output_dim": 1}'
    close(await computed(source, { x: [2, 5] }, { 'd/kernel': f32([1, 1], [3]), 'd/bias': f32([1], [1]) }), [7, 16])
  })

  it('ParametricSoftplus of Keras 1 is α · log(1 + e^(β·x))', async () => {
    const source = 'keras 1.2.2\nin x: float32[?,2]\np = ParametricSoftplus(x)'
    const weights = { 'p/alphas': f32([2], [2, 0.5]), 'p/betas': f32([2], [3, 1]) }
    close(await computed(source, { x: [1, -2] }, weights), [2 * softplus(3), 0.5 * softplus(-2)])
  })

  it('SReLU of Keras 1 has a slope of its own below and above two thresholds', async () => {
    const source = 'keras 1.2.2\nin x: float32[?,3]\ns = SReLU(x)'
    const weights = {
      's/t_left': f32([3], [-1, -1, -1]),
      's/a_left': f32([3], [0.1, 0.1, 0.1]),
      's/t_right': f32([3], [2, 2, 2]), // from t_left on
      's/a_right': f32([3], [0.5, 0.5, 0.5]),
    }
    close(await computed(source, { x: [-3, 0.5, 5] }, weights), [-1.2, 0.5, 3])
  })
})

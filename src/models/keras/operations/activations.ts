/** Activations as functions, with their parameters. */
import {
  celu,
  elu,
  gelu,
  generalRelu,
  glu,
  hardSigmoid,
  leakyRelu,
  logSigmoid,
  softShrink,
  sparsePlus,
  squareplus,
} from '../activation.ts'
import type { Formula } from './elementwise.ts'

/** Activations with their parameters. */
export const activations: Readonly<Record<string, Formula>> = {
  leakyRelu: (scope, x, f) => leakyRelu(scope, x, f.number('slope', 0.2)),
  elu: (scope, x, f) => (f.number('alpha', 1) === 1 ? scope.op('Elu', [x]) : elu(scope, x, f.number('alpha', 1))),
  celu: (scope, x, f) => celu(scope, x, f.number('alpha', 1)),
  /** Keras 3's default is the tanh form, TensorFlow's the exact one. */
  gelu: (scope, x, f) => gelu(scope, x, f.bool('approximate', f.call.profile === 'k3')),
  hardSigmoid: (scope, x, f) => hardSigmoid(scope, x, f.call.profile),
  hardSilu: (scope, x) => scope.mul(x, hardSigmoid(scope, x, 'k3')),
  silu: (scope, x, f) => {
    const beta = f.number('beta', 1)
    return scope.mul(x, scope.op('Sigmoid', [beta === 1 ? x : scope.mul(x, beta)]))
  },
  mish: (scope, x) => scope.mul(x, scope.op('Tanh', [scope.op('Softplus', [x])])),
  logSigmoid: (scope, x) => logSigmoid(scope, x),
  softShrink: (scope, x, f) => softShrink(scope, x, f.number('threshold', 0.5)),
  hardShrink: (scope, x, f) =>
    scope.mul(x, scope.indicator('Greater', scope.op('Abs', [x]), scope.number(f.number('threshold', 0.5), x))),
  tanhShrink: (scope, x) => scope.sub(x, scope.op('Tanh', [x])),
  hardTanh: (scope, x) => scope.clip(x, -1, 1),
  sparsePlus: (scope, x) => sparsePlus(scope, x),
  sparseSigmoid: (scope, x) => scope.clip(scope.mul(scope.add(x, 1), 0.5), 0, 1),
  squareplus: (scope, x, f) => squareplus(scope, x, f.number('b', 4)),
  threshold: (scope, x, f) =>
    scope.select(scope.compare('Greater', x, f.number('threshold')), x, scope.number(f.number('default_value'), x)),
  relu: (scope, x, f) =>
    generalRelu(
      scope,
      x,
      f.number('negative_slope', 0),
      f.number('threshold', 0),
      f.has('max_value') ? f.number('max_value') : undefined,
    ),
  glu: (scope, x, f) => glu(scope, x, f.axis('axis', x, -1)),
}

import { describe, expect, it } from 'vitest'
import { Facts } from '../../src/facts/facts.ts'
import { Graph } from '../../src/graph/graph.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { optimize } from '../../src/optimize/optimize.ts'
import { rewrite } from '../../src/rewrite/engine.ts'
import { any, as, constant, either, once, op } from '../../src/rewrite/pattern.ts'
import { type Rule, rule } from '../../src/rewrite/rule.ts'
import { scalar } from '../../src/tensor/make.ts'

const run = (text: string, ...rules: Rule[]) => {
  const graph = parse(text)
  const report = rewrite(graph, rules, new Facts(graph))
  graph.prune()
  return { text: print(graph), ...report }
}

describe('patterns', () => {
  it('carry the types of their captures', () => {
    // @ts-expect-error: the pattern binds `x`, not `nope`
    rule({ name: 'typed', find: op('Relu', [any('x')]), replace: ({ nope }) => nope })
    // @ts-expect-error: a constant is a value; its tensor is no value
    rule({ name: 'typed', find: op('Relu', [constant('c')]), replace: ({ c }) => c.tensor })
    // @ts-expect-error: only one alternative binds `y`
    rule({ name: 'typed', find: either(op('Relu', [any('x')]), op('Neg', [any('y')])), replace: ({ y }) => y })
    const both = either(as('n', op('Relu', [any('x')])), as('n', op('Neg', [any('x')])))
    expect(rule({ name: 'typed', find: both, replace: ({ x }) => x }).ops).toEqual(['Relu', 'Neg'])
  })
})

describe('near misses', () => {
  const find = op('Add', [once(op('Mul', [any('x'), constant('c', 1)])), any('y')], { T: 'float32' })
  const mulAdd = rule({ name: 'mul-add', find, replace: ({ x }) => x })
  const head = 'in x: float32[2]\nv = Const float32[2] [1 2]\ns = Const float32[] [3]\n'
  for (const [title, body, reason] of [
    ['silent at another op', 'y = Relu(x)', undefined],
    ['silent where no step matched', 'y = Add(x, x)', undefined],
    ['says which input differs', 'm = Mul(x, x)\ny = Add(m, x)', 'x is a Placeholder, not a constant'],
    ['says which rank', 'm = Mul(x, s)\ny = Add(m, x)', 's has rank 0, not 1'],
    ['says who else reads', 'm = Mul(x, v)\ny = Add(m, m)', 'm has 2 readers'],
    [
      'says which attribute',
      'c = Cast(x) {DstT: float64}\nw = Const float64[2] [1 2]\nm = Mul(c, w)\ny = Add(m, c)',
      'T of y is float64, not float32',
    ],
  ] as const) {
    it(title, () => {
      const { declined } = run(`${head}${body}\nout y`, mulAdd)
      expect(declined.map(d => `${d.rule} at ${d.at}: ${d.reason}`)).toEqual(reason ? [`mul-add at y: ${reason}`] : [])
    })
  }
})

describe('the engine', () => {
  const negAbs = rule({
    name: 'neg-to-abs',
    find: op('Neg', [any('x')]),
    replace: ({ x }, { graph }) => graph.add('Abs', [x]).out(),
  })
  const absNeg = rule({
    name: 'abs-to-neg',
    find: op('Abs', [any('x')]),
    replace: ({ x }, { graph }) => graph.add('Neg', [x]).out(),
  })

  it('names the rules that undo each other', () => {
    expect(() => run('in x: float32[2]\ny = Neg(x)\nout y', negAbs, absNeg)).toThrow(
      'tfreeze bug: the rules abs-to-neg and neg-to-abs undo each other at y',
    )
  })

  it('looks again at what a change makes possible', () => {
    const drop = rule({ name: 'drop', find: op('Relu', [any('x')]), replace: ({ x }) => x })
    const pair = rule({ name: 'pair', find: op('Neg', [op('Neg', [any('x')])]), replace: ({ x }) => x })
    const { text } = run('in x: float32[2]\na = Neg(x)\nr = Relu(a)\nb = Neg(r)\ny = Abs(b)\nout y', pair, drop)
    expect(text).toBe('in x: float32[2]\ny = Abs(x)\nout y')
  })

  it('looks again when the second reader goes', () => {
    const sole = rule({
      name: 'sole',
      find: op('Neg', [once(op('Abs', [any('x')]))]),
      replace: ({ x }, { graph }) => graph.add('Square', [x]).out(),
    })
    const drop = rule({ name: 'drop', find: op('Mul', [any('x'), constant('c')]), replace: ({ c }) => c })
    const { text } = run(
      'in x: float32[2]\nc = Const float32[2] [1 2]\na = Abs(x)\nn = Neg(a)\nm = Mul(a, c)\ny = Add(n, m)\nout y',
      sole,
      drop,
    )
    expect(text).toBe('in x: float32[2]\nn = Square(x)\nc = Const float32[2] [1 2]\ny = Add(n, c)\nout y')
  })

  it('makes constants wait where a conditional or a loop would run them always', () => {
    const one = rule({
      name: 'one',
      find: op('Neg', [any('x')]),
      replace: (_, { graph }) => graph.const(scalar('float32', 1)),
    })
    const head = 'in x: float32[]\nin p: bool[]\ns = Switch(x, p)\n'
    expect(run(`${head}a = Abs(s:1)\nn = Neg(a)\nm = Merge(s, n)\nout m`, one).text).toBe(
      'in x: float32[]\nin p: bool[]\ns = Switch(x, p)\na = Abs(s:1)\nn = Const float32[] [1] ^a\nm = Merge(s, n)\nout m',
    )
    expect(run(`${head}n = Neg(s:1)\nm = Merge(s, n)\nout m`, one).declined.map(d => d.reason)).toEqual([
      'n runs in a conditional or a loop, but its replacement would always run',
    ])
  })

  it('does nothing at a second name that nothing reads', () => {
    const graph = parse('in x: float32[2]\na = Relu(x)\nb = Identity(a)\nout a')
    graph.kept.add(graph.node('b')!)
    const drop = rule({ name: 'drop', find: op('Identity', [any('x')]), replace: ({ x }) => x })
    const { applied, declined } = rewrite(graph, [drop], new Facts(graph))
    expect(applied).toEqual([])
    expect(declined).toEqual([{ rule: 'drop', at: 'b', reason: 'nothing reads b, and its name is public' }])
  })

  it('takes a rule that puts a value in the place of itself for a bug', () => {
    const graph = parse('in x: float32[2]\na = Relu(x)\nout a')
    const still = rule({ name: 'still', find: as('n', op('Relu')), replace: ({ n }) => n.out() })
    expect(() => rewrite(graph, [still], new Facts(graph))).toThrow('a rule puts a in the place of itself')
  })

  // What compares every node with every other does not end within the time that a test has.
  it('ends on a graph of many nodes', { timeout: 120_000 }, () => {
    const graph = new Graph()
    const x = graph.add('Placeholder', [], { dtype: 'float32', shape: [4] }, 'x').out()
    graph.inputs.push({ key: 'x', value: x })
    let value = x
    for (let i = 0; graph.nodes.size < 20_000; i++) {
      const c = graph.const(scalar('float32', (i % 7) + 0.5), 'c')
      value = graph.add('Identity', [graph.add('AddV2', [value, c]).out()]).out()
      value = graph.add('Relu', [value]).out()
    }
    graph.outputs.push({ key: 'y', value })
    const { frozen } = optimize({
      graph,
      source: { kind: 'graphdef', name: 'chain' },
      inputs: [],
      outputs: [],
      notes: [],
    })
    expect(frozen.graph.nodes.size).toBeLessThan(11_000)
  })
})

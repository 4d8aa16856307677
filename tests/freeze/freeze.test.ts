import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { freeze, openFrozen } from '../../src/freeze/index.ts'
import { parse } from '../../src/graph/text/index.ts'
import { optimize } from '../../src/optimize/optimize.ts'
import { BLESS, bless, type GraphCase } from '../graph-files.ts'
import { again, modelOf, readCases, runCase } from './cases.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(folder).filter(name => name.endsWith('.graph'))
expect(files.length).toBeGreaterThan(0) // an empty loop must not pass

for (const file of files) {
  describe(file, () => {
    const cases = readCases(folder + file)
    const results = new Map<GraphCase, string>()
    afterAll(() => BLESS && bless(folder + file, cases, results))
    for (const c of cases) {
      it(c.title, async () => {
        const text = await runCase(c)
        const { once, twice } = await again(c)
        expect(twice, 'freezing the result changes it').toBe(once)
        if (BLESS) results.set(c, text)
        else expect(text, 'run with BLESS=1 if this is what it should be').toBe(c.expected)
      })
    }
  })
}

describe('a graph that is already frozen', () => {
  const graph = () =>
    parse(`in x: float32[2]
call = PartitionedCall(x) {Tin: [float32], Tout: [float32, float32], f: @half}
y = Relu(call:1)
z = Neg(call)
out y

fn half(a: float32) {
  two = Const float32[] [2]
  b = RealDiv(a, two)
  c = Neg(b)
  out b, c
}`)

  it('keeps its calls, and its sinks where no output is named', () => {
    const model = modelOf(graph())
    const frozen = openFrozen({ ...model, kind: 'graphdef', signatures: new Map() })
    expect(frozen.outputs.map(({ key }) => key)).toEqual(['y', 'z'])
    expect(frozen.graph.functions.size).toBe(1)
    expect(frozen.graph.functions.get('half')!.body).not.toBe(model.graph.functions.get('half')!.body)
  })
  it('takes a port of a call for an output like any other', () => {
    const model = { ...modelOf(graph()), kind: 'graphdef' as const, signatures: new Map() }
    const frozen = openFrozen(model, { outputs: ['call:1'] })
    expect(frozen.outputs).toEqual([{ key: 'call:1', dtype: 'float32', shape: [2], from: 'call:1' }])
    expect(String(frozen.graph.outputs[0]!.value)).toBe('call:1')
    expect([...frozen.graph.nodes].map(n => n.op)).toEqual(['Placeholder', 'PartitionedCall'])
  })
  it('drops a placeholder that no output needs, with a note, where nothing lists the inputs', () => {
    const unused = parse('in x: float32[2]\nin labels: int64[2]\ny = Relu(x)\nout y')
    const model = { ...modelOf(unused), kind: 'graphdef' as const, signatures: new Map() }
    const frozen = openFrozen(model, { outputs: ['y'] })
    expect(frozen.inputs.map(({ key }) => key)).toEqual(['x'])
    expect(frozen.notes).toEqual(['labels: dropped, no output needs this placeholder.'])
    const kept = openFrozen(model, { outputs: ['y'], inputs: ['x', 'labels'] })
    expect(kept.inputs.map(({ key }) => key)).toEqual(['x', 'labels'])
  })
})

describe('a graph without a signature', () => {
  const unsigned = (text: string) => ({ ...modelOf(parse(text)), kind: 'graphdef' as const, signatures: new Map() })

  it('keeps both names of an output, that of the op and that of its layer', async () => {
    const frozen = await freeze(
      unsigned('in x: float32[2]\ndense/Relu = Relu(x)\ndense = Identity(dense/Relu)\nout dense'),
    )
    expect([...frozen.graph.kept].map(({ name }) => name)).toEqual(['dense/Relu'])
    const { frozen: small } = optimize(frozen)
    expect([...small.graph.nodes].map(({ name }) => name)).toEqual(['x', 'dense/Relu', 'dense'])
  })
  it('takes a constant beside its Identity for an output like any other', async () => {
    const frozen = await freeze(unsigned('read/w = Const float32[2] [1 2]\nread = Identity(read/w)\nout read'))
    expect(frozen.outputs.map(({ key }) => key)).toEqual(['read'])
  })
})

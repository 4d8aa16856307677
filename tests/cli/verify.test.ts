/** `tfreeze verify`, `tfreeze run`, and `--verify`: exit status, report, files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { fromTensorAtHand, numbers } from '../../src/evaluate/array.ts'
import { readNpy } from '../../src/formats/npy/npy.ts'
import { readNpz } from '../../src/formats/npy/npz.ts'
import { pass } from '../../src/optimize/pass.ts'
import { copyFixture, inFolder, put } from './folder.ts'
import { printed, tfreeze } from './run.ts'

inFolder()
beforeEach(() => copyFixture('digits', 'digits'))

const IMAGE = JSON.stringify({ image: [Array(28).fill(Array(28).fill([0.5]))] })

/** The frozen model, with a weight changed. */
async function changed(): Promise<void> {
  await tfreeze('freeze', 'digits', '-o', 'frozen.pbtxt', '--quiet')
  const text = readFileSync('frozen.pbtxt', 'utf8')
  put('changed.pbtxt', text.replace(/op: "Softmax"/, 'op: "LogSoftmax"'))
}

test('a result that agrees: exit status 0', async () => {
  await tfreeze('freeze', 'digits', '-o', 'frozen.pb', '-O', '--quiet')
  const run = await tfreeze('verify', 'frozen.pb', '--against', 'digits')
  expect(run).toMatchObject({ status: 0, stderr: '' })
  expect(printed(run)).toMatch(
    /^frozen.pb \(embedded engine\) against digits \(frozen plainly, embedded engine\)\n {2}in {2}image {2}float32\[2,28,28,1\] {2}random, seed 1\n {2}out {2}output_0 .* agrees\nthe numbers agree: 1 of 1 outputs\n$/,
  )
})

test('another op: exit status 1, and the node', async () => {
  await changed()
  const run = await tfreeze('verify', 'changed.pbtxt', '--against', 'digits')
  expect(run.status).toBe(1)
  expect(printed(run)).toMatch(/first node that diverges: \S+Softmax \(LogSoftmax, which was Softmax\)\n/)
  expect(printed(run)).toMatch(/the numbers differ: 1 of 1 outputs\n$/)
  const json = await tfreeze('verify', 'changed.pbtxt', '--against', 'digits', '--json')
  expect(json.status).toBe(1)
  expect(JSON.parse(printed(json))).toMatchObject({ agrees: false, seed: 1, divergence: { op: 'LogSoftmax' } })
})

test('data with outputs needs no original', async () => {
  await tfreeze('freeze', 'digits', '-o', 'frozen.pb', '--quiet')
  put('in.json', IMAGE)
  await tfreeze('run', 'frozen.pb', '--data', 'in.json', '-o', 'out.json')
  put('golden.json', JSON.stringify({ ...JSON.parse(IMAGE), ...JSON.parse(readFileSync('out.json', 'utf8')) }))
  expect((await tfreeze('verify', 'frozen.pb', '--data', 'golden.json')).status).toBe(0)
  const wrong = JSON.parse(readFileSync('golden.json', 'utf8'))
  wrong.output_0[0][3] += 0.01
  put('golden.json', JSON.stringify(wrong))
  const run = await tfreeze('verify', 'frozen.pb', '--data', 'golden.json')
  expect(run.status).toBe(1)
  expect(printed(run)).toMatch(/against golden.json \(recorded values\)[\s\S]*1 differ: \[0,3\] is/)
})

test('nothing to compare with is wrong usage', async () => {
  expect(await tfreeze('verify', 'digits')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('error: there is nothing to compare with. Name the original with --against'),
  })
})

test('run writes .npz, .npy and .json, prints the first elements, and fetches inner tensors', async () => {
  put('in.json', IMAGE)
  const run = await tfreeze('run', 'digits', '--data', 'in.json', '-o', 'out.npz', '--time')
  expect(run).toMatchObject({ status: 0, stderr: '' })
  expect(printed(run)).toMatch(
    /^output_0 {2}float32\[1,10\] {2}\S+ \S+ \S+ \S+ \S+ \S+ …\na run takes \S+ s \(median of 5;/,
  )
  const bytes = (path: string) => fromBytes(new Uint8Array(readFileSync(path)))
  const found = numbers(fromTensorAtHand((await readNpz(bytes('out.npz'))).get('output_0')!)!)
  expect([...found].reduce((sum, v) => sum + v, 0)).toBeCloseTo(1)
  await tfreeze('run', 'digits', '--data', 'in.json', '-o', 'out.npy', '--quiet')
  expect([...numbers(fromTensorAtHand(await readNpy(bytes('out.npy')))!)]).toEqual([...found])
  const json = await tfreeze('run', 'digits', '--data', 'in.json', '-o', '-')
  expect(JSON.parse(printed(json)).output_0[0]).toEqual([...found])
  const inner = await tfreeze('run', 'digits', '--data', 'in.json', '--fetch', 'probs_1/MatMul')
  expect(printed(inner)).toMatch(/^probs_1\/MatMul {2}float32\[1,10\] {2}-?\d/)
})

test('run refuses an ending that it does not write, and to write over what it reads', async () => {
  put('in.json', IMAGE)
  expect(await tfreeze('run', 'digits', '--data', 'in.json', '-o', 'out.csv')).toMatchObject({
    status: 2,
    stderr: 'error: out.csv is of no kind that is written. Name a .npz, .npy or .json file.\n',
  })
  expect((await tfreeze('run', 'digits', '--data', 'in.json', '-o', 'in.json')).status).toBe(2)
  expect(readFileSync('in.json', 'utf8')).toBe(IMAGE)
})

test.each(['out.pb', 'out.pbtxt', 'out/', 'out.onnx'])(
  'freeze --verify compares what it will write to %s',
  async output => {
    const run = await tfreeze('freeze', 'digits', '-o', output, '-O', '--verify')
    expect(run).toMatchObject({ status: 0, stderr: '' })
    expect(printed(run)).toMatch(/the numbers agree: 1 of 1 outputs\n$/)
    expect(existsSync(output)).toBe(true)
  },
)

test('freeze --verify and optimize --verify write nothing that differs', async () => {
  const spoil = pass({
    name: 'spoil',
    description: 'Spoils a softmax.',
    enabled: false,
    run(graph) {
      const node = [...graph.nodes].find(n => n.op === 'Softmax')
      if (node) graph.replace(node.out(), graph.add('LogSoftmax', [node.input(0)], {}, 'log').out())
    },
  })
  Object.assign(globalThis, { spoil })
  put('plugin.mjs', 'export default { passes: [globalThis.spoil] }')
  const spoiling = ['--plugin', 'plugin.mjs', '--passes', 'spoil', '--verify', '-o', 'out.pb']
  await tfreeze('freeze', 'digits', '-o', 'frozen.pb', '--quiet')
  const before = readdirSync('.')
  for (const command of [
    ['freeze', 'digits'],
    ['optimize', 'frozen.pb'],
  ]) {
    const run = await tfreeze(...command, ...spoiling)
    expect(run.status).toBe(1)
    expect(run.stderr).toContain('the numbers differ: 1 of 1 outputs\n')
    expect(run.stderr).toMatch(/out\.pb: its numbers differ from the original\. Nothing was written\.\n$/)
    expect(readdirSync('.')).toEqual(before)
  }
})

test.each(['out.tfjs/', 'out-model.json'])('freeze --verify reads the TF.js model %s again', async path => {
  expect(await tfreeze('freeze', 'digits', '-o', path, '--verify')).toMatchObject({ status: 0, stderr: '' })
  expect(existsSync(path)).toBe(true)
})

test('freeze --verify refuses a kind that no engine runs, and writes nothing', async () => {
  put(
    'plugin.mjs',
    `const chunks = (async function* () { yield new TextEncoder().encode('digraph {}') })()
export default { exporters: [{ kind: 'graph', name: 'dot', description: 'a drawing', extensions: ['.dot'],
  write: async () => [{ path: '', size: 10, chunks }] }] }`,
  )
  const before = readdirSync('.')
  expect(await tfreeze('freeze', 'digits', '-o', 'out.dot', '--verify', '--plugin', 'plugin.mjs')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /^out\.dot: no engine runs dot, so its numbers cannot be verified\. Nothing was written\./,
    ),
  })
  expect(readdirSync('.')).toEqual(before)
})

test('freeze --verify reads a TF.js model back', async () => {
  const run = await tfreeze('freeze', 'digits', '-o', 'out.tfjs/', '--verify')
  expect([run.status, printed(run)]).toEqual([0, expect.stringContaining('the numbers agree: 1 of 1 outputs')])
})

test('an ONNX model is verified and run', async () => {
  await tfreeze('freeze', 'digits', '-o', 'model.onnx', '-O', '--quiet')
  const run = await tfreeze('verify', 'model.onnx', '--against', 'digits')
  expect(run).toMatchObject({ status: 0, stderr: '' })
  expect(printed(run)).toMatch(/^model\.onnx \(ONNX Runtime \S+\) against digits \(frozen plainly, embedded engine\)\n/)
  put('in.json', IMAGE)
  const both = []
  for (const model of ['digits', 'model.onnx']) {
    const found = await tfreeze('run', model, '--data', 'in.json', '-o', '-')
    both.push(JSON.parse(printed(found)).output_0[0].map((p: number) => Number(p.toFixed(4))))
  }
  expect(both[1]).toEqual(both[0])
})

test('the first node of an ONNX model that diverges has its name in TensorFlow', async () => {
  await changed()
  await tfreeze('optimize', 'changed.pbtxt', '-o', 'changed.onnx', '--quiet')
  const wrong = await tfreeze('verify', 'changed.onnx', '--against', 'digits')
  expect(wrong.status).toBe(1)
  expect(printed(wrong)).toMatch(/first node that diverges: \S+ \(LogSoftmax, which was Softmax\)\n/)
})

/** A PNG of 28 × 28 pixels, all of this grey. */
async function grey(path: string, value: number): Promise<void> {
  const { encode } = await import('fast-png')
  put(path, encode({ width: 28, height: 28, channels: 1, data: new Uint8Array(28 * 28).fill(value) }))
}

test('an image is data, in the range that is asked for', async () => {
  await grey('grey.png', 51)
  put('in.json', JSON.stringify({ image: [Array(28).fill(Array(28).fill([-0.6]))] }))
  const outputs = []
  for (const args of [['in.json'], ['grey.png', '--normalize', '-1..1'], ['grey.png']])
    outputs.push(printed(await tfreeze('run', 'digits', '--data', ...args, '-o', '-')))
  expect(JSON.parse(outputs[1]!).output_0[0][0]).toBeCloseTo(JSON.parse(outputs[0]!).output_0[0][0], 5)
  expect(outputs[2]).not.toBe(outputs[1])
  expect(await tfreeze('run', 'digits', '--data', 'grey.png', '--normalize', 'bright')).toMatchObject({
    status: 2,
    stderr:
      "error: 'bright' is not a way to normalise an image. Write a range such as 0..1 or -1..1, or imagenet or caffe.\n",
  })
})

test('--engine keras reads Keras files only, and whole ones', async () => {
  expect(await tfreeze('verify', 'digits', '--against', 'digits', '--engine', 'keras')).toMatchObject({
    status: 1,
    stderr: 'digits: --engine keras reads Keras files only, and this is none. Choose another engine.\n',
  })
  copyFixture('keras/nested.k3.keras', 'model.keras')
  const cut = ['--engine', 'keras', '--outputs', 'dense']
  expect((await tfreeze('verify', 'model.keras', '--against', 'model.keras', ...cut)).status).toBe(2)
})

test('an input that has a default is fed, in the original and in the result; a switch keeps its default', async () => {
  const attr = (key: string, value: string): string => `attr { key: "${key}" value { ${value} } }`
  const constant = (name: string, type: string, value: string): string =>
    `node { name: "${name}" op: "Const" ${attr('dtype', `type: ${type}`)} ${attr('value', `tensor { dtype: ${type} ${value} }`)} }`
  const withDefault = (name: string, type: string, shape: string): string =>
    `node { name: "${name}" op: "PlaceholderWithDefault" input: "${name}/default" ${attr('dtype', `type: ${type}`)} ${attr('shape', `shape { ${shape} }`)} }`
  put(
    'g.pbtxt',
    [
      constant('x/default', 'DT_FLOAT', 'tensor_shape { dim { size: 2 } } float_val: 1'),
      withDefault('x', 'DT_FLOAT', 'dim { size: 2 }'),
      constant('keep/default', 'DT_FLOAT', 'tensor_shape {} float_val: 1'),
      withDefault('keep', 'DT_FLOAT', ''),
      `node { name: "y" op: "Mul" input: "x" input: "keep" ${attr('T', 'type: DT_FLOAT')} }`,
    ].join('\n'),
  )
  const run = await tfreeze('freeze', 'g.pbtxt', '--inputs', 'x,keep', '--outputs', 'y', '-o', 'out.pb', '--verify')
  expect([run.status, run.stderr]).toEqual([0, ''])
  expect(printed(run)).toMatch(/^ {2}in {2}x {2}float32\[2\] {2}random, seed 1$/m)
  expect(printed(run)).not.toMatch(/^ {2}in {2}keep/m)
  const again = await tfreeze('verify', 'out.pb', '--against', 'g.pbtxt', '--inputs', 'x,keep', '--outputs', 'y')
  expect(printed(again)).toMatch(/^ {2}in {2}x {2}float32\[2\] {2}random, seed 1$/m)
})

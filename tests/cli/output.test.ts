/** What the commands print and write: the file, the report, the manifest; and wrong usage. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { copyFixture, inFolder, put } from './folder.ts'
import { printed, type Run, tfreeze } from './run.ts'

inFolder()

const REPORT = `digits [serving_default] → out.pb
  42.2 kB, 51 nodes
  in   image     float32[?,28,28,1]
  out  output_0  float32[?,10]
`
/** The manifest of the same. */
const MANIFEST = {
  schema: 'tfreeze-manifest/1',
  tool: expect.stringMatching(/^tfreeze \d+\.\d+\.\d+$/),
  source: {
    kind: 'saved_model',
    name: 'digits',
    tags: ['serve'],
    signature: 'serving_default',
    path: expect.stringMatching(/digits$/),
  },
  inputs: [
    {
      key: 'image',
      tensor: 'image:0',
      dtype: 'float32',
      shape: [null, 28, 28, 1],
      from: 'serving_default_image:0',
    },
  ],
  outputs: [
    { key: 'output_0', tensor: 'output_0:0', dtype: 'float32', shape: [null, 10], from: 'StatefulPartitionedCall_1:0' },
  ],
  output: {
    format: 'graphdef',
    path: expect.stringMatching(/\.pb$/),
    bytes: expect.any(Number),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    nodes: 51,
    functions: 0,
  },
  notes: [],
}

const texts = (run: Run) => ({ status: run.status, stdout: printed(run), stderr: run.stderr })

/** Freezes the fixture to `out.pb`. */
function freezeDigits(...args: readonly string[]): Promise<Run> {
  copyFixture('digits', 'digits')
  return tfreeze('freeze', 'digits', '-o', 'out.pb', ...args)
}

test('a file and a report', async () => {
  expect(texts(await freezeDigits())).toEqual({ status: 0, stdout: REPORT, stderr: '' })
  expect(readFileSync('out.pb').length).toBeGreaterThan(40_000)
})

test('the same input gives the same bytes', async () => {
  await freezeDigits('-O')
  const once = readFileSync('out.pb')
  await freezeDigits('-O')
  expect(readFileSync('out.pb').equals(once)).toBe(true)
})

test('a file that was there is replaced', async () => {
  writeFileSync('out.pb', 'what was there')
  expect((await freezeDigits()).status).toBe(0)
  expect(readFileSync('out.pb').length).toBeGreaterThan(40_000)
  expect(readdirSync('.').sort()).toEqual(['digits', 'out.pb'])
})

test('-o -: bytes on standard output, the report on standard error', async () => {
  await freezeDigits()
  const run = await tfreeze('freeze', 'digits', '-o', '-')
  expect(Buffer.from(run.stdout).equals(readFileSync('out.pb'))).toBe(true)
  expect(run.stderr).toBe(REPORT.replace('out.pb', '-'))
})

test('--quiet prints nothing', async () => {
  expect(texts(await freezeDigits('--quiet'))).toEqual({ status: 0, stdout: '', stderr: '' })
})

test('--json prints the manifest and nothing else', async () => {
  const run = await freezeDigits('--json')
  expect(JSON.parse(printed(run))).toEqual(MANIFEST)
  expect(run.stderr).toBe('')
})

test('--json prints an error, with all nodes that a consumer cannot read', async () => {
  const roots = ['a', 'b'].map(
    name => `node { name: "${name}" op: "MatrixSquareRoot" input: "x" attr { key: "T" value { type: DT_FLOAT } } }`,
  )
  writeFileSync(
    'roots.pbtxt',
    `node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: 3 } dim { size: 3 } } } } }\n${roots.join('\n')}`,
  )
  const run = await tfreeze('freeze', 'roots.pbtxt', '-o', 'out.onnx', '--json')
  const reason = 'ONNX has no operators for MatrixSquareRoot'
  expect(JSON.parse(String(run.stdout))).toEqual({
    error: expect.objectContaining({
      code: 'target',
      model: 'roots.pbtxt',
      node: 'a',
      nodes: ['a', 'b'].map(node => ({ node, op: 'MatrixSquareRoot', reason })),
    }),
  })
  expect(run.stderr).toContain(`onnx cannot read 2 nodes (a, b: ${reason})`)
})

test('--manifest writes it to a file', async () => {
  const run = await freezeDigits('--manifest', 'out.json')
  expect(JSON.parse(String(readFileSync('out.json')))).toEqual(MANIFEST)
  expect(printed(run)).toBe(REPORT)
})

test('the form of the output follows its path', async () => {
  copyFixture('digits', 'digits')
  for (const path of ['out.pb', 'out.pbtxt', 'folder/']) {
    expect(await tfreeze('freeze', 'digits', '-o', path, '--quiet')).toMatchObject({ status: 0 })
  }
  expect(readdirSync('folder')).toEqual(['saved_model.pb'])
  expect(String(readFileSync('out.pbtxt'))).toMatch(/^node \{\n {2}name: "image"\n/)
})

test('what was written can be read', async () => {
  await freezeDigits()
  for (const [given, out] of [
    ['out.pb', 'again.pb'],
    ['digits/saved_model.pb', 'file.pb'],
  ] as const)
    expect(await tfreeze('freeze', given, '-o', out, '--quiet')).toMatchObject({ status: 0, stderr: '' })
  expect(readFileSync('again.pb').equals(readFileSync('out.pb'))).toBe(true)
  expect(readFileSync('file.pb').equals(readFileSync('out.pb'))).toBe(true)
})

test('optimize prints before and after, and what was done', async () => {
  await freezeDigits()
  const run = await tfreeze('optimize', 'out.pb', '-o', 'small.pb')
  expect(run.stderr).toBe('')
  expect(printed(run)).toMatch(/^out\.pb → small\.pb\n/)
  expect(printed(run)).toMatch(/\n {2}nodes {2,}51 {2,}\d\d\n/)
  expect(printed(run)).toMatch(/\n {2}fold-scale {2,}3 applied/)
  const explained = await tfreeze('optimize', 'out.pb', '-o', 'small.pb', '--explain')
  expect(printed(explained)).toMatch(/\n {2}applied fold-scale at \S+/)
})

test('the manifest says what type an input has after the passes', async () => {
  await freezeDigits()
  const passes = 'quantize_nodes(input_min=0, input_max=1)'
  const run = await tfreeze('optimize', 'out.pb', '-o', 'codes.pb', '--passes', passes, '--json')
  expect(JSON.parse(printed(run))).toMatchObject({
    inputs: [{ key: 'image', dtype: 'quint8' }],
    outputs: [{ key: 'output_0', dtype: 'float32' }],
  })
})

test('inspect says what is there, in words and as JSON', async () => {
  copyFixture('digits', 'digits')
  expect(printed(await tfreeze('inspect', 'digits'))).toMatch(
    /^digits\n {2}kind +TensorFlow SavedModel\n[\s\S]* can be frozen +yes\n[\s\S]*signature serving_default\n {2}in +image +float32\[\?,28,28,1\] +serving_default_image:0\n/,
  )
  const found = JSON.parse(printed(await tfreeze('inspect', 'digits', '--json')))
  expect(found).toMatchObject({
    schema: 'tfreeze-inspection/1',
    kind: 'saved_model',
    name: 'digits',
    tags: ['serve'],
    canBeFrozen: true,
    isFrozen: false,
    inputs: [{ key: 'image', dtype: 'float32', shape: [null, 28, 28, 1] }],
    outputs: [{ key: 'output_0', dtype: 'float32', shape: [null, 10] }],
  })
})

const choices = (option: string, found: string, allowed: string): string =>
  `error: option '${option}' argument '${found}' is invalid. Allowed choices are ${allowed}.`
const form = (option: string, found: string, what: string): string =>
  `error: option '${option}' argument '${found}' is invalid. ${what}`

for (const [what, args, message] of [
  [
    'no output',
    ['m'],
    "error: required option '-o, --output <file>' not specified\nName the file to write, for example -o frozen.pb.",
  ],
  ['no model', ['-o', 'out.pb'], "error: missing required argument 'model'"],
  [
    'two models',
    ['m', 'n', '-o', 'out.pb'],
    "error: too many arguments for 'freeze'. Expected 1 argument but got 2.\nRun the command once for each model.",
  ],
  ['an unknown option', ['m', '-o', 'out.pb', '--fast'], "error: unknown option '--fast'"],
  [
    'a near miss',
    ['m', '-o', 'out.pb', '--signatur', 's'],
    "error: unknown option '--signatur'\n(Did you mean --signature?)",
  ],
  ['control flow', ['m', '-o', 'out.pb', '--control-flow', 'v3'], choices('--control-flow <form>', 'v3', 'v1, v2')],
  ['tables', ['m', '-o', 'out.pb', '--tables', 'none'], choices('--tables <form>', 'none', 'graph, constants')],
  ['rnn', ['m', '-o', 'out.pb', '--rnn', 'x'], choices('--rnn <form>', 'x', 'auto, unroll, loop, operators')],
  [
    'a shape without a name',
    ['m', '-o', 'out.pb', '--shape', '1,2'],
    form('--shape <input=sizes>', '1,2', "There is no '='. Write it as INPUT=1,224,224,3."),
  ],
  [
    'a size that is none',
    ['m', '-o', 'out.pb', '--shape', 'x=1,a'],
    form('--shape <input=sizes>', 'x=1,a', "'a' is not a size. Write it as INPUT=1,224,224,3."),
  ],
  [
    'no new name',
    ['m', '-o', 'out.pb', '--rename', 'x='],
    form('--rename <old=new>', 'x=', 'The new name is empty. Write it as OLD=NEW.'),
  ],
] as const) {
  test(`wrong usage: ${what}`, async () => {
    const stderr = `${message}\nTry \`tfreeze freeze --help\`.\n`
    expect(texts(await tfreeze('freeze', ...args))).toEqual({ status: 2, stdout: '', stderr })
    expect(readdirSync('.')).toEqual([])
  })
}

test('wrong usage: two things for standard output', async () => {
  for (const more of [['--json'], ['--manifest', '-']]) {
    expect(texts(await tfreeze('freeze', 'm', '-o', '-', ...more))).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: the graph goes to standard output, and so would the manifest. Write one of them to a file: -o FILE, or --manifest FILE instead of --json.\n',
    })
  }
})

// Nothing is opened: there is no model.
for (const [what, args, message] of [
  [
    'no such pass',
    ['--passes', 'fold-scales'],
    /^error: --passes: no pass is called 'fold-scales'\. Nearest: fold-scale[,;] /,
  ],
  [
    'no such option of a pass',
    ['--passes', 'round-weights(steps=4)'],
    /^error: --passes: the pass round-weights has no option 'steps'\. It has num_steps, minimum_size\.\n$/,
  ],
  [
    'a value of another kind',
    ['--passes', 'round-weights(num_steps=few)'],
    /^error: --passes › round-weights\(num_steps\): 'few' is not a number\.\n$/,
  ],
  [
    'weights in half the bytes, for TF.js',
    ['--dtype', 'float16', '-o', 'model.json'],
    /^error: --dtype float16 is for a GraphDef or a SavedModel: use --weight-dtype float16 instead\n$/,
  ],
  [
    'weights in half the bytes, for ONNX',
    ['--dtype', 'bfloat16', '-o', 'out.onnx'],
    /^error: --dtype bfloat16 is for a GraphDef or a SavedModel: use --float16 instead\n$/,
  ],
  [
    'no such target',
    ['--target', 'opencl'],
    /^error: --target: no target is called 'opencl'\. The targets are opencv, /,
  ],
] as const) {
  test(`wrong usage: ${what}`, async () => {
    for (const command of ['freeze', 'optimize']) {
      const stderr = expect.stringMatching(message)
      expect(texts(await tfreeze(command, 'm', '-o', 'out.pb', ...args))).toEqual({ status: 2, stdout: '', stderr })
      expect(readdirSync('.')).toEqual([])
    }
  })
}

test('wrong usage: an unknown command, or none', async () => {
  expect(await tfreeze('frobnicate')).toMatchObject({ status: 2 })
  expect(await tfreeze()).toMatchObject({ status: 2, stderr: expect.stringMatching(/^Usage: tfreeze/) })
})

test('help and version', async () => {
  expect(texts(await tfreeze('--version'))).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  })
  for (const args of [['--help'], ['help', 'freeze'], ['optimize', '--help']])
    expect(texts(await tfreeze(...args))).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^Usage: tfreeze/),
      stderr: '',
    })
})

test('a manifest that cannot be written is told before anything is read, and nothing is left', async () => {
  copyFixture('digits', 'digits')
  put('file', '')
  expect(texts(await tfreeze('freeze', 'digits', '-o', 'out.pb', '--manifest', 'file/out.json'))).toEqual({
    status: 1,
    stdout: '',
    stderr:
      "file/out.json: there is no folder 'file' to write to. A file is where the path has a folder: name another.\n",
  })
  expect(readdirSync('.')).toEqual(['digits', 'file'])
})

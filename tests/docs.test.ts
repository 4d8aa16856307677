/** Every example of README.md, docs/ and doc comments runs and does what it says. `npm run check` compares what is generated. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { format } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { npzBytes, readNpz } from '../src/formats/npy/npz.ts'
import { parse, print } from '../src/graph/text/index.ts'
import { openFile } from '../src/node/file-source.ts'
import { passOptions } from '../src/optimize/options.ts'
import type { Pass } from '../src/optimize/pass.ts'
import { runPass } from '../src/optimize/run.ts'
import { fromValues } from '../src/tensor/make.ts'
import { copyFixture, put } from './cli/folder.ts'
import { printed, tfreeze } from './cli/run.ts'
import { type Block, blocksOf, commandsOf, isAsShown, moduleText } from './docs/examples.ts'
import { CHECKPOINT } from './docs/freezing-steps.ts'

const ROOT = process.cwd()
const PATHS = ['README.md', ...readdirSync('docs').map(name => `docs/${name}`)].filter(path => path.endsWith('.md'))
const SCRIPTS = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts)

test('there are documents', () => expect(PATHS.length).toBeGreaterThan(10))

for (const path of PATHS) {
  const text = readFileSync(path, 'utf8')
  describe(path, () => {
    test('its links lead somewhere', () => {
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)(#[^)]*)?\)/g))
        expect(existsSync(normalize(join(ROOT, dirname(path), target!))), target).toBe(true)
    })
    examples(blocksOf(text))
  })
}

/** Files whose doc comments hold examples. */
const COMMENTED = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map(path => `src/${path.replaceAll('\\', '/')}`)
  .filter(path => path.endsWith('.ts') && / \* ```ts$/m.test(readFileSync(path, 'utf8')))

test('freeze, open, rule and Graph have examples', () =>
  expect(COMMENTED).toEqual(
    expect.arrayContaining(
      ['freeze/index', 'models/index', 'rewrite/rule', 'graph/graph'].map(name => `src/${name}.ts`),
    ),
  ))

for (const path of COMMENTED)
  describe(path, () => examples(blocksOf(readFileSync(path, 'utf8').replace(/^ *\* ?/gm, ''))))

/** Runs the blocks of a document one after the other, in a folder with the models that the documents speak of. */
function examples(blocks: readonly Block[]): void {
  let folder: string
  let said = ''
  let module: Readonly<Record<string, unknown>> = {}
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tfreeze-docs-'))
    process.chdir(folder)
    await models()
  })
  afterAll(() => {
    process.chdir(ROOT)
    rmSync(folder, { recursive: true, force: true })
  })
  for (const block of blocks) {
    test(`line ${block.line}, ${block.language}`, async () => {
      if (block.language === 'sh') said = await runCommands(block)
      else if (block.language === 'text')
        expect(isAsShown(said, block.text), `${said}\n--- is not\n${block.text}`).toBe(true)
      else if (block.language === 'ts') module = await runModule(block)
      else if (block.language === 'mjs' || block.language === 'json')
        put(/^\/\/ (\S+)/.exec(block.text)![1]!, moduleText(block))
      else if (block.language === 'graph') runGraph(block, module)
      else expect.fail(`nobody knows how to run ${block.language}`)
    })
  }
}

/** The models that the documents speak of. */
async function models(): Promise<void> {
  copyFixture('digits', 'my_model')
  copyFixture('keras/nested.k3.keras', 'model.keras')
  copyFixture('keras/nested.tfk.h5', 'model.h5')
  copyFixture('keras/k1_lstm.h5', 'lstm.h5')
  copyFixture('keras/words.keras', 'words.keras')
  copyFixture('keras/pair.tfk.weights_only.h5', 'weights.h5')
  copyFixture('keras/pair.tfk.json', 'architecture.json')
  const withCustomLayer = JSON.parse(readFileSync('architecture.json', 'utf8'))
  Object.assign(withCustomLayer.config.layers[2], { class_name: 'Squash', module: 'my_project.layers' })
  writeFileSync('custom.json', JSON.stringify(withCustomLayer))
  await tfreeze('freeze', 'my_model', '-o', 'frozen.pb', '--quiet')
  writeFileSync('image.json', JSON.stringify({ image: [Array(28).fill(Array(28).fill([0.5]))] }))
  await recorded()
}

/** The image as an array, and with what the model makes of it. */
async function recorded(): Promise<void> {
  await tfreeze('run', 'my_model', '--data', 'image.json', '-o', 'golden.npz', '--quiet')
  const outputs = await readNpz(openFile('golden.npz'))
  const image = fromValues('float32', [1, 28, 28, 1], Array<number>(28 * 28).fill(0.5))
  writeFileSync('in.npz', npzBytes(new Map([['image', image]])))
  writeFileSync('golden.npz', npzBytes(new Map([['image', image], ...outputs])))
}

/** What the commands of a block print. */
async function runCommands({ text }: Block): Promise<string> {
  let said = ''
  for (const { words, status } of commandsOf(text)) {
    const [program, ...args] = words[0] === 'npx' ? words.slice(1) : words
    if (program === 'npm') {
      const script = args[0] === 'run' ? args[1] : args[0]
      expect(['install', 'ci', ...SCRIPTS]).toContain(script)
    } else if (program === 'tfreeze' && args[0] !== 'view') {
      const run = await tfreeze(...args)
      said += `${printed(run)}${run.stderr}`
      expect({ status: run.status, said: run.status === status ? '' : said }).toEqual({ status, said: '' })
    } else expect(['tfreeze', 'git', 'cd']).toContain(program)
  }
  return said
}

let modules = 0

async function runModule(block: Block): Promise<Readonly<Record<string, unknown>>> {
  const path = join(process.cwd(), `example-${modules++}.ts`)
  writeFileSync(path, moduleText(block))
  const said: string[] = []
  vi.spyOn(console, 'log').mockImplementation((...args) => said.push(format(...args)))
  try {
    const module = await import(/* @vite-ignore */ path)
    // A comment behind console.log says what it prints.
    for (const [, expected] of block.text.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)) expect(said).toContain(expected)
    return module
  } finally {
    vi.restoreAllMocks()
  }
}

/** A graph is printed as it is written; one with `;` lines is what the pass of the module above makes of it. */
function runGraph({ text }: Block, module: Readonly<Record<string, unknown>>): void {
  const lines = text.trim().split('\n')
  const source = lines
    .filter(line => !line.startsWith(';'))
    .join('\n')
    .trim()
  const expected = lines.filter(line => line.startsWith(';')).map(line => line.slice(2))
  const graph = parse(source, { ckpt: CHECKPOINT })
  if (expected.length === 0) {
    expect(print(graph).trim()).toBe(source.replace(/^#.*\n/gm, '').trim())
    return
  }
  const pass = Object.values(module).find(isPass)!
  const { applied, declined } = runPass(pass, graph, passOptions(pass, []))
  const report = [
    ...applied.map(a => `applied ${a.rule} at ${a.at}`),
    ...declined.map(d => `declined ${d.rule} at ${d.at}: ${d.reason}`),
  ]
  expect([...print(graph).trim().split('\n'), ...report]).toEqual(expected)
}

const isPass = (value: unknown): value is Pass => typeof value === 'object' && value !== null && 'run' in value

/** Frozen graphs that a third party published with their inputs and the outputs that TensorFlow gave. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fromNumbers, fromText, type NdArray, numbers, texts } from '../../src/evaluate/array.ts'
import { evaluate, missingKernels } from '../../src/evaluate/evaluate.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { fromGraphDef } from '../../src/graph/graphdef.ts'
import type { Value } from '../../src/graph/node.ts'
import { elementCount } from '../../src/tensor/tensor.ts'
import type { DType } from '../../src/tensorflow/dtype.ts'
import { GraphDef } from '../../src/tensorflow/generated/messages.ts'

/** In the workspace beside the checkout. */
export const RECORDED = join(import.meta.dirname, '../../../shared/models/dl4j-tfgraphs/examples')

/** Ops whose results are drawn at random: what was recorded cannot come again. */
const RANDOM = /^(Random|Multinomial|Parameterized|Truncated|Stateless(Random|Multinomial))/

/** How one recorded graph fared. */
export interface Outcome {
  readonly name: string
  readonly state: 'agrees' | 'differs' | 'lacks' | 'fails' | 'skipped'
  readonly why: string
}

/** The folders with a graph, sorted; every `stride`-th. */
export function recordedFolders(stride = 1, root = RECORDED): string[] {
  if (!existsSync(root)) return []
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('frozen_model.pb'))
    .sort()
    .map(path => join(root, path, '..'))
  return all.filter((_, i) => i % stride === 0)
}

export async function compareRecorded(folder: string): Promise<Outcome> {
  const name = relative(RECORDED, folder)
  try {
    const graph = fromGraphDef(GraphDef.decode(readFileSync(join(folder, 'frozen_model.pb'))), name)
    const expected = predictions(graph, folder)
    if (expected.length === 0) return { name, state: 'skipped', why: 'no recorded output' }
    const outputs = expected.map(e => e.value)
    if ([...graph.nodes].some(n => RANDOM.test(n.op))) return { name, state: 'skipped', why: 'random' }
    const missing = missingKernels(graph, outputs)
    if (missing.length) return { name, state: 'lacks', why: missing.join(' ') }
    const feeds = inputs(graph, folder)
    const open = [...graph.nodes].find(n => n.op === 'Placeholder' && !feeds.has(n.name))
    if (open) return { name, state: 'skipped', why: `${open.name} was not recorded` }
    const results = await evaluate(graph, feeds, outputs)
    const wrong = expected.flatMap((e, i) => difference(e, results[i]!) ?? [])
    return { name, state: wrong.length ? 'differs' : 'agrees', why: wrong.join('; ') }
  } catch (error) {
    return {
      name,
      state: 'fails',
      why: error instanceof Error ? (error.stack ?? '').split('\n').slice(0, 3).join(' ') : String(error),
    }
  }
}

function inputs(graph: Graph, folder: string): Map<string, NdArray> {
  const feeds = new Map<string, NdArray>()
  for (const node of graph.nodes) {
    if (node.op !== 'Placeholder') continue
    for (const stem of [node.name, `${node.name}.0`, node.name.replaceAll('/', '____')]) {
      const path = join(folder, `${stem}.placeholder`)
      if (existsSync(`${path}.csv`)) feeds.set(node.name, fromFile(path, node.type('dtype')))
    }
  }
  return feeds
}

function fromFile(path: string, dtype: DType): NdArray {
  const shape = lines(`${path}.shape`)
    .join(' ')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number)
  const tokens = lines(`${path}.csv`)
  if (isScalar(shape, tokens)) shape.pop()
  if (dtype === 'string') return fromText(shape, tokens)
  return fromNumbers(dtype, shape, tokens.map(number))
}

/** Scalars are recorded as of shape [0], with an element. */
const isScalar = (shape: readonly number[], tokens: readonly string[]): boolean =>
  shape.length === 1 && shape[0] === 0 && tokens.length === 1

const lines = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)

const SPECIAL: Record<string, number> = {
  true: 1,
  false: 0,
  nan: Number.NaN,
  inf: Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '-infinity': -Infinity,
}
const number = (token: string): number => SPECIAL[token.toLowerCase()] ?? Number(token)

interface Expected {
  readonly value: Value
  readonly shape: readonly number[]
  readonly tokens: readonly string[]
}

function predictions(graph: Graph, folder: string): Expected[] {
  const found: Expected[] = []
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!path.endsWith('.prediction.csv') || !statSync(join(folder, path)).isFile()) continue
    const value = recordedValue(graph, path.slice(0, -'.prediction.csv'.length))
    const shapeFile = join(folder, path.replace(/csv$/, 'shape'))
    if (!value || !existsSync(shapeFile)) continue
    const shape = lines(shapeFile)
      .join(' ')
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(Number)
    const tokens = lines(join(folder, path))
    if (isScalar(shape, tokens)) shape.pop()
    found.push({ value, shape, tokens })
  }
  return found
}

function recordedValue(graph: Graph, stem: string): Value | undefined {
  const [, base = stem, index = '0'] = /^(.*)\.(\d+)$/.exec(stem) ?? []
  const node = graph.node(base) ?? graph.node(base.replaceAll('____', '/'))
  return node?.out(Number(index))
}

/** Where a result is not what was recorded: by shape, or beyond 1e-3 relative, 1e-4 and 1e-6 of the largest absolute. */
function difference({ value, shape, tokens }: Expected, result: NdArray): string | undefined {
  if (elementCount(shape) === 0 && result.data.length === 0) return undefined
  if (String(result.shape) !== String(shape)) return `${value} is [${result.shape}], not [${shape}]`
  if (result.dtype === 'string') {
    return texts(result).join('\n') === tokens.join('\n') ? undefined : `${value} is ${texts(result)}, not ${tokens}`
  }
  const got = numbers(result)
  const slack = 1e-4 + 1e-6 * Math.max(0, ...tokens.map(token => Math.abs(number(token))).filter(Number.isFinite))
  for (const [i, token] of tokens.entries()) {
    const want = number(token)
    const isSame = Object.is(got[i], want) || Math.abs(got[i]! - want) <= slack + 1e-3 * Math.abs(want)
    if (!isSame && !(Number.isNaN(want) && Number.isNaN(got[i]))) return `${value}[${i}] is ${got[i]}, not ${token}`
  }
  return undefined
}

/**
 * Runs `.graph` files for freezing. A case gives options as on the command line and a
 * model's graph (its `in` and `out` lines are the signature `serving_default`); what comes
 * out is the frozen graph with its names, or the message of the refusal.
 */

import { type ByteSource, fromBytes } from '../../src/bytes/source.ts'
import { FreezeError, isFreezeError } from '../../src/errors.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import { type FreezeOptions, freeze } from '../../src/freeze/index.ts'
import type { Graph, Port } from '../../src/graph/graph.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import type { Model, SignatureTensor } from '../../src/models/model.ts'
import { resourceKey } from '../../src/models/state/resource.ts'
import { OPTIONS, type OptionName } from '../../src/options/index.ts'
import { range } from '../../src/tensor/make.ts'
import { elementCount } from '../../src/tensor/tensor.ts'
import { bytesPerElement } from '../../src/tensorflow/dtype.ts'
import { type GraphCase, readGraphFile } from '../graph-files.ts'

/** A source that must not be read. */
const checkpoint: ByteSource = {
  name: 'ckpt',
  size: 1 << 20,
  read: () => Promise.reject(new Error('freezing read a weight')),
}

/** A graph as a SavedModel of one signature; variables lie one after the other in `source`, in the graph's order. */
export function modelOf(graph: Graph, name = 'model', source = checkpoint): Model {
  const entries = (ports: readonly Port[]): SignatureTensor[] =>
    ports.map(({ key, value }) => ({
      key,
      value,
      dtype: value.dtype ?? 'float32',
      shape: value.node.op.startsWith('Placeholder') ? value.node.shape('shape') : null,
    }))
  const serving = {
    name: 'serving_default',
    inputs: entries(graph.inputs),
    outputs: entries(graph.outputs),
    method: '',
  }
  const missing = (what: string): never => {
    throw new FreezeError('missing', what)
  }
  const variables = [...graph.nodes].filter(node => node.is('variable'))
  const size = (i: number): number => {
    const shape = (variables[i]!.shape('shape') ?? []).map(d => d ?? 1)
    return elementCount(shape) * bytesPerElement(variables[i]!.type('dtype'))
  }
  return {
    kind: 'saved_model',
    name,
    graph,
    signatures: new Map([['serving_default', serving]]),
    variables: {
      async resolve(node) {
        const at = variables.findIndex(variable => resourceKey(variable) === resourceKey(node))
        if (at < 0 || node.name.startsWith('missing')) missing(`the checkpoint has no variable '${node.name}'`)
        const offset = variables.slice(0, at).reduce((sum, _, i) => sum + size(i), 0)
        const value = range(
          node.type('dtype'),
          (node.shape('shape') ?? []).map(d => d ?? 1),
          source,
          offset,
        )
        return { value, notes: [] }
      },
      list: async () => [],
    },
    tables: { resolve: async node => missing(`nothing fills the table '${node.name}'`) },
    asset: async name => (name === 'words.txt' ? fromBytes(new TextEncoder().encode('a\nb'), name) : undefined),
    madeFrom: 'graph',
    metagraphs: [],
    tags: ['serve'],
    notes: [],
  }
}

/** `keep-variables` → `keepVariables`. */
const camelCase = (flag: string) => flag.replace(/-(.)/g, (_, c: string) => c.toUpperCase()) as OptionName

/** `--outputs a,b --shape x=1,2` as options. */
export function optionsOf(line: string): FreezeOptions {
  const options: Record<string, unknown> = {}
  const pairs = (key: string): Map<string, unknown> => (options[key] ??= new Map()) as Map<string, unknown>
  for (const [, flag, value] of line.matchAll(/--([a-z-]+)(?: (\S+))?/g)) {
    const text = value ?? ''
    const [left, right] = text.split('=') as [string, string]
    if (flag === 'shape')
      pairs('shapes').set(
        left,
        right
          .split(',')
          .filter(Boolean)
          .map(d => (d === '?' ? null : Number(d))),
      )
    else if (flag === 'set') pairs('set').set(left, JSON.parse(right))
    else if (flag === 'rename') pairs('renames').set(left, right)
    else if (flag === 'control-flow') options['controlFlow'] = text
    else if (OPTIONS[camelCase(flag!)]?.kind === 'names') options[camelCase(flag!)] = text.split(',')
    else options[camelCase(flag!)] = text
  }
  return options
}

/** A case, whose first line says how to freeze: `freeze: --outputs a,b`. */
export interface Case extends GraphCase {
  readonly line: string
  readonly graph: string
}

/** The cases of a file. */
export const readCases = (path: string): Case[] =>
  readGraphFile(path).map(c => {
    const [line, ...graph] = c.source.split('\n')
    return { ...c, line: line!.replace(/^freeze: ?/, ''), graph: graph.join('\n') }
  })

/** The frozen graph and what is said of it, or the message of the refusal. */
export async function runCase({ graph, line }: Case): Promise<string> {
  try {
    return described(await freeze(modelOf(parse(graph, { ckpt: checkpoint })), optionsOf(line)))
  } catch (e) {
    if (!isFreezeError(e)) throw e
    return `${e.code}: ${e.message}`
  }
}

const described = ({ graph, inputs, outputs, notes }: Frozen): string =>
  [
    print(graph),
    ...[...inputs, ...outputs].map(
      ({ key, dtype, shape, from }) => `${key}: ${dtype}${shape ? `[${shape.map(d => d ?? '?')}]` : '?'} from ${from}`,
    ),
    ...notes.map(note => `note: ${note}`),
  ].join('\n')

/** Freezes what came out of a case once more: nothing changes. Empty for a case that is refused. */
export async function again({ graph: given, line }: Case): Promise<{ readonly once: string; readonly twice: string }> {
  const options = optionsOf(line)
  try {
    const { graph } = await freeze(modelOf(parse(given, { ckpt: checkpoint })), options)
    const once = print(graph)
    const { controlFlow, tables, keepVariables } = options
    return { once, twice: print((await freeze(modelOf(graph), { controlFlow, tables, keepVariables })).graph) }
  } catch (e) {
    if (isFreezeError(e)) return { once: '', twice: '' }
    throw e
  }
}

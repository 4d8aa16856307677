/** Runs `.graph` files of passes: the graph after them, and what was applied and declined. */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ByteSource } from '../../src/bytes/source.ts'
import { invariant } from '../../src/errors.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { parsePasses } from '../../src/optimize/parse.ts'
import type { PassCall } from '../../src/optimize/pass.ts'
import { runPass } from '../../src/optimize/run.ts'
import type { RewriteReport } from '../../src/rewrite/engine.ts'
import { type GraphCase, readGraphFile } from '../graph-files.ts'

/** A source of small floats that counts what is read of it. */
export function countingSource(name: string, size: number): ByteSource & { bytesRead: number } {
  return {
    name,
    size,
    bytesRead: 0,
    async read(offset, length) {
      this.bytesRead += length
      const values = Float32Array.from(
        { length: Math.ceil((offset + length) / 4) },
        (_, i) => ((i * 7) % 11) / 8 + 0.25,
      )
      return new Uint8Array(values.buffer).slice(offset, offset + length)
    },
  }
}

/**
 * A case, whose first line says what to run: `passes: a,b(n=1)`, and perhaps of the numbers `; numbers: 0.01`, how far
 * they may be off; `; numbers: other` where they are meant to differ; `; numbers: none (why)` where the graph does not run.
 */
export interface Case extends GraphCase {
  readonly graph: string
  readonly calls: readonly PassCall[]
  /** How far numbers may be off, as a part of the largest; or why they are not compared. */
  readonly numbers: number | 'other' | 'none'
}

/** The cases of a file. */
export const readCases = (path: string): Case[] =>
  readGraphFile(path).map(c => {
    const [heading, ...lines] = c.source.split('\n')
    const [passes, numbers] = heading!.replace('passes: ', '').split('; numbers: ')
    return {
      ...c,
      graph: lines.join('\n'),
      calls: parsePasses(passes!, name => readFileSync(join(dirname(path), name), 'utf8')),
      numbers: numbersOf(numbers),
    }
  })

function numbersOf(given = '2e-6'): Case['numbers'] {
  if (given === 'other') return 'other'
  if (/^none \(.+\)$/.test(given)) return 'none'
  invariant(Number(given) > 0, `numbers: ${given} is not a tolerance, 'other' or 'none (why)'`)
  return Number(given)
}

export interface Run {
  readonly before: Graph
  readonly after: Graph
  readonly text: string
  readonly bytesRead: number
  /** What a second run changed: nothing, in a pass that is done when it says so. */
  readonly again: readonly string[]
}

/** Runs a case's passes on its graph. */
export function runCase({ graph, calls }: Case): Run {
  const ckpt = countingSource('ckpt', 1 << 20)
  const before = parse(graph, { ckpt })
  const after = parse(graph, { ckpt })
  const text = [print(after), ...report(run(after, calls))]
  const result = print(after)
  const again = run(after, calls).applied.map(a => `${a.rule} at ${a.at}`)
  return { before, after, text: [result, ...text.slice(1)].join('\n'), bytesRead: ckpt.bytesRead, again }
}

function run(graph: Graph, calls: readonly PassCall[]): RewriteReport {
  const reports = calls.map(({ pass, options }) => runPass(pass, graph, options))
  return { applied: reports.flatMap(r => r.applied), declined: reports.flatMap(r => r.declined) }
}

const at = (entry: { readonly at: string; readonly inFunction?: string }): string =>
  entry.inFunction === undefined ? entry.at : `${entry.at} in ${entry.inFunction}`

const report = ({ applied, declined }: RewriteReport): string[] => [
  ...applied.map(a => `applied ${a.rule} at ${at(a)}`),
  ...declined.map(d => `declined ${d.rule} at ${at(d)}: ${d.reason}`),
]

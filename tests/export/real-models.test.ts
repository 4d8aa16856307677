/** Every eighth of the frozen graphs that others published: read, verified, printed, written and read again as the same graph. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { graphdefChunks, pbtxtChunks } from '../../src/export/index.ts'
import { scanMessage } from '../../src/formats/protobuf/scan.ts'
import { parseText } from '../../src/formats/protobuf/text.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { fromGraphDef } from '../../src/graph/graphdef.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { verify } from '../../src/graph/verify.ts'
import { GraphDef } from '../../src/tensorflow/generated/messages.ts'
import { bytesOf } from './bytes.ts'

const FOLDER = join(import.meta.dirname, '../../../shared/models/dl4j-tfgraphs/examples')

const MODELS = existsSync(FOLDER)
  ? readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('frozen_model.pb'))
      .sort()
      .filter((_, i) => i % 8 === 0)
  : []
if (!MODELS.length) console.log(`skipped: the published models are not at ${FOLDER}`)

const read = async (bytes: Uint8Array): Promise<Graph> => {
  const { message, largeBytes } = await scanMessage(fromBytes(bytes, 'file'), GraphDef)
  return fromGraphDef(message, 'file', { large: largeBytes })
}

describe.skipIf(!MODELS.length)('published frozen graphs', () => {
  it('are there', () => expect(MODELS.length).toBeGreaterThan(100))
  for (const path of MODELS) {
    it(path, async () => {
      const original = readFileSync(join(FOLDER, path))
      const graph = await read(original)
      verify(graph)
      const text = print(graph)
      expect(print(parse(text, { file: fromBytes(original, 'file') }))).toBe(text)
      // Once written, repeated values are written out and inputs stand first: from there on nothing changes.
      const bytes = await bytesOf(await graphdefChunks(graph))
      const again = await read(bytes)
      expect(nodesOf(print(again))).toEqual(nodesOf(text))
      expect(Buffer.from(await bytesOf(await graphdefChunks(again))).equals(bytes)).toBe(true)
      const asText = fromBytes(await bytesOf(await pbtxtChunks(graph)), 'file')
      const fromText = fromGraphDef(await parseText(asText, GraphDef), 'file')
      expect(Buffer.from(await bytesOf(await graphdefChunks(fromText))).equals(bytes)).toBe(true)
    })
  }
})

/** The lines without the elements of constants. */
const nodesOf = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.replace(/( = Const \w+\[[\d,]*\]) (\[[^\]]*\]|splat\([^)]*\)|file@\d+)/, '$1'))
    .sort()

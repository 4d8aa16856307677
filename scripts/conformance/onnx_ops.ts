// node scripts/conformance/onnx_ops.mjs FOLDER [OP …]
// Writes each case of fixtures/kernels as a graph of one op in ONNX, for onnx_models.py to run. A case is written thrice:
// with its data as inputs and its sizes and axes as constants, with everything as inputs, and with open sizes.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onnx } from '../../src/export/onnx.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { convert } from '../../src/onnx/convert.ts'
import { casesOf, graphOf, KERNELS, VARIANTS } from '../../tests/onnx/recorded-ops.ts'

const OPSET = 18

async function bytesOf(graph: Graph): Promise<Uint8Array> {
  const frozen: Frozen = { graph, source: { kind: 'graphdef', name: 'case' }, inputs: [], outputs: [], notes: [] }
  const [file] = await onnx.write(frozen, { name: 'case.onnx', options: { opset: OPSET } })
  const pieces: Uint8Array[] = []
  for await (const piece of file!.chunks) pieces.push(piece)
  return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer())
}

async function write([folder, ...only]: readonly string[]): Promise<void> {
  const lines: string[] = []
  for (const file of readdirSync(KERNELS).sort()) {
    const op = file.slice(0, -'.json'.length)
    if (only.length > 0 && !only.includes(op)) continue
    for (const [i, each] of casesOf(op).entries()) {
      for (const variant of VARIANTS) {
        const name = `${op}-${i}-${variant}`
        const graph = graphOf(op, each, variant)
        const { missing } = convert(graph, { opset: OPSET })
        const path = join(folder!, `${name}.onnx`)
        if (missing.length === 0) writeFileSync(path, await bytesOf(graph))
        lines.push(
          JSON.stringify({
            name,
            attrs: each.attrs,
            path: missing.length === 0 ? path : '',
            reason: missing[0]?.reason ?? '',
            inputs: Object.fromEntries(graph.inputs.map(({ key }) => [key, each.inputs[Number(key.slice(1))]])),
            arguments: each.inputs,
            outputs: graph.outputs.map(({ value }, o) => [String(value), each.outputs[o]]),
          }),
        )
      }
    }
  }
  writeFileSync(join(folder!, 'cases.jsonl'), `${lines.join('\n')}\n`)
}

await write(process.argv.slice(2))

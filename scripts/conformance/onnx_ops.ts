// node scripts/conformance/onnx_ops.mjs FOLDER [OP …]
// Writes each case of fixtures/kernels as a graph of one op in ONNX, for onnx_ops.py to run. A case is written thrice:
// with its data as inputs and its sizes and axes as constants, with everything as inputs, and with open sizes.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { convert } from '../../src/onnx/convert.ts'
import { casesOf, graphOf, KERNELS, VARIANTS } from '../../tests/onnx/recorded-ops.ts'
import { written } from '../../tests/onnx/runtime.ts'

const OPSET = 18

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
        if (missing.length === 0) writeFileSync(path, await written(graph, { opset: OPSET }))
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

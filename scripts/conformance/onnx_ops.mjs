// node scripts/conformance/onnx_ops.mjs FOLDER [OP …]: runs onnx_ops.ts, which imports the source, on every Node we support.
import { runnerImport } from 'vite'

await runnerImport('./scripts/conformance/onnx_ops.ts', { configFile: false, logLevel: 'error' })

// node scripts/conformance/facts.mjs FOLDER [--show]: runs facts.ts, which imports the source, on every Node we support.
import { runnerImport } from 'vite'

await runnerImport('./scripts/conformance/facts.ts', { configFile: false, logLevel: 'error' })

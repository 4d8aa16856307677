// node scripts/conformance/tampered.mjs …: runs tampered.ts, which imports the source, on every Node we support.
import { runnerImport } from 'vite'

await runnerImport('./scripts/conformance/tampered.ts', { configFile: false, logLevel: 'error' })

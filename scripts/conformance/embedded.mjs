// node scripts/conformance/embedded.mjs …: runs embedded.ts, which imports the source, on every Node we support.
import { runnerImport } from 'vite'

await runnerImport('./scripts/conformance/embedded.ts', { configFile: false, logLevel: 'error' })

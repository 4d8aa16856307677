// node scripts/kernel-ops.mjs: prints the ops that the evaluator computes, a line each.
import { runnerImport } from 'vite'

const { module } = await runnerImport('./src/evaluate/kernels/index.ts', { configFile: false, logLevel: 'error' })
console.log([...module.KERNEL_OPS].sort().join('\n'))

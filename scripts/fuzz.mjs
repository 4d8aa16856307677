// npm run fuzz [-- --minutes N] [-- --seed N]: breaks inputs of every kind until the time is up; see tests/robustness/fuzz.ts.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '2' }, seed: { type: 'string' } } })
const env = {
  ...process.env,
  TFREEZE_FUZZ_MINUTES: values.minutes,
  ...(values.seed && { TFREEZE_FUZZ_SEED: values.seed }),
}
const { status } = spawnSync('npx', ['--no-install', 'vitest', 'run', '--config', 'vitest.fuzz.config.ts'], {
  stdio: 'inherit',
  env,
  shell: process.platform === 'win32',
})
process.exit(status ?? 1)

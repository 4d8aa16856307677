// npm run test:web: drives the built page in Chromium. Where there is none it says so and does nothing, except in CI.
import { spawnSync } from 'node:child_process'
import { chromium } from './networks.mjs'

const found = chromium()
if (!found) {
  console.log(
    'skipped: there is no Chromium. Install it (scripts/chromium.sh on Debian and Ubuntu), or name it in CHROMIUM.',
  )
  process.exit(process.env.CI === 'true' ? 1 : 0)
}
const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'vitest.web.config.ts', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, CHROMIUM: found },
})
process.exit(status ?? 1)

/** `npm run test:web`: the built page in a real browser. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['tests/web/**/*.browser.ts'], testTimeout: 180_000, hookTimeout: 60_000, fileParallelism: false },
})

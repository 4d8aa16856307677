import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 20_000,
    // Modules hold no state that a test changes, so files of one process share them: loading them anew for
    // each file took twice as long as the tests. Processes, not threads: the command's tests change folder.
    pool: 'forks',
    maxWorkers: '100%', // not one fewer than there are processors: half the time where there are two
    isolate: false,
  },
})

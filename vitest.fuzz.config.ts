import { defineConfig } from 'vitest/config'

/** `npm run fuzz`: one process with little memory, so that an input which asks for more ends it. */
export default defineConfig({
  test: {
    include: ['tests/robustness/fuzz.ts'],
    pool: 'forks',
    maxWorkers: 1,
    execArgv: ['--max-old-space-size=1024'],
    disableConsoleIntercept: true,
  },
})

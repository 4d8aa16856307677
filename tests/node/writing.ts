/** What writer.mjs runs: one module, so that its parts share what they note. */
export { removeUnfinishedOnSignals } from '../../src/node/temporary.ts'
export { writeFile, writeFolder } from '../../src/node/write-file.ts'

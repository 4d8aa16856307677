// Begins to write the file or folder that it is given, and never ends: for tests that end it.
import { runnerImport } from 'vite'

const [path] = process.argv.slice(2)
const load = async file => (await runnerImport(file, { configFile: false, logLevel: 'error' })).module
const { writeFile, writeFolder, removeUnfinishedOnSignals } = await load('/tests/node/writing.ts')

async function* endless() {
  yield Buffer.alloc(1000)
  process.stdout.write('begun\n')
  await new Promise(resolve => setTimeout(resolve, 60_000))
}

removeUnfinishedOnSignals()
if (path.endsWith('/')) await writeFolder(path, [{ path: 'saved_model.pb', chunks: endless() }])
else await writeFile(path, endless())

/** Serves the page on a model until Ctrl-C. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fromFiles, makeFolder } from '../../bytes/folder.ts'
import type { Folder } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { type ServedModel, startViewServer } from '../../node/view-server.ts'
import { given } from '../input.ts'

/** Where the built page is, seen from the bundle, from a file of it in a folder, and from the sources. */
const PAGES = ['./web', '../web', '../../../dist/web']

/** Serves until Ctrl-C or SIGTERM; opens a browser where `opensBrowser`. */
export async function serve(path: string, opensBrowser: boolean): Promise<void> {
  const server = await startViewServer(await servedModel(path), pageFolder())
  process.stdout.write(`${server.url}\nCtrl-C closes it.\n`)
  if (opensBrowser) openBrowser(server.url)
  await new Promise<void>(resolve => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await server.close()
}

function pageFolder(): string {
  const found = PAGES.map(path => fileURLToPath(new URL(path, import.meta.url))).find(path =>
    existsSync(`${path}/assets`),
  )
  if (found) return found
  throw new FreezeError('missing', 'the page is not built', { hint: 'Run npm run build.' })
}

/** The files that belong to the model. Throws as `detect` does for anything else. */
async function servedModel(path: string): Promise<ServedModel> {
  const { kind, probe } = await given(path)
  const { file, folder, name: main } = probe
  if (!file) return { name: main, files: folder! }
  const { isPart } = kind
  const files =
    isPart && folder
      ? await only(folder, inner => inner === main || isPart(inner, main))
      : fromFiles([[main, file]], folder?.name ?? main)
  return { name: main, files, main }
}

async function only(folder: Folder, isPart: (path: string) => boolean): Promise<Folder> {
  const paths = (await folder.paths()).filter(isPart)
  return makeFolder(folder.name, { paths: async () => paths, open: path => folder.file(path) })
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}

/** Opens the address in a browser. Without one the address on the terminal has to do. */
function openBrowser(url: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(command!, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

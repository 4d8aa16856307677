/** Serves the page until Ctrl-C. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fromFiles, makeFolder } from '../../bytes/folder.ts'
import type { Folder } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { codeOf } from '../../node/temporary.ts'
import { type ServedModel, startViewServer, type ViewOptions } from '../../node/view-server.ts'
import { given } from '../input.ts'
import type { Flags } from '../settings.ts'
import { wrongUsage } from '../wrong-usage.ts'

/** Where the built page is, seen from the bundle, from a file of it in a folder, and from the sources. */
const PAGES = ['./web', '../web', '../../../dist/web']

/** Serves until Ctrl-C or SIGTERM; without a model, the page to drop one on. Opens a browser unless told not to. */
export async function serve(path: string | undefined, flags: Flags): Promise<void> {
  const options = optionsFrom(flags)
  const model = path === undefined ? undefined : await servedModel(path)
  const server = await startViewServer(model, pageFolder(), options).catch(error => {
    throw listening(error, options)
  })
  process.stdout.write(`${server.url}\nCtrl-C closes it.\n`)
  if (server.isOpen)
    process.stderr.write(
      `Other machines can reach this page, and the model, by an address that holds the token. The connection is not encrypted.\n`,
    )
  if (flags.open !== false) openBrowser(server.url)
  await new Promise<void>(resolve => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await server.close()
}

function optionsFrom({ port, host, embed }: Flags): ViewOptions {
  if (port !== undefined && port > MAX_PORT) wrongUsage('port', `there is no port ${port}. Ports are 0 to ${MAX_PORT}.`)
  for (const origin of embed ?? []) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue
    wrongUsage('embed', `'${origin}' is not an origin. Write it as http://localhost:8888.`)
  }
  return { port, host, embed }
}

const MAX_PORT = 65_535

/** The message for a port or an address that cannot be had. */
function listening(error: unknown, { port, host = '127.0.0.1' }: ViewOptions): unknown {
  const code = codeOf(error)
  if (code === 'EADDRINUSE')
    return new FreezeError('unsupported', `port ${port} is taken by another program`, {
      hint: 'Choose another --port, or leave it out.',
    })
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new FreezeError('missing', `this machine has no address '${host}'`, {
      hint: 'Give one of its own to --host, or 0.0.0.0 for all.',
    })
  if (code === 'EACCES')
    return new FreezeError('unsupported', `port ${port} needs the rights of an administrator`, {
      hint: 'Choose a --port above 1023.',
    })
  return error
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

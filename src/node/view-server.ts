/**
 * Serves the page, and a model where there is one, to this machine's browser and to
 * nobody else: on 127.0.0.1 alone, under a path that holds a random token, to requests
 * that name this very host and come from this very page. Another address to listen on
 * lets others in who have the token. Only files that are listed when it starts can be
 * read, whatever a path says.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import type { ByteSource, Folder } from '../bytes/source.ts'
import { invariant, isFreezeError } from '../errors.ts'
import { openFolder } from './file-source.ts'

/** The files that the page may read. */
export interface ServedModel {
  readonly name: string
  readonly files: Folder
  /** The file of `files` that is the model; absent where the folder is. */
  readonly main?: string
}

/** Who may reach the page. */
export interface ViewOptions {
  /** 0 for a free one. */
  readonly port?: number | undefined
  /** The address to listen on. */
  readonly host?: string | undefined
  /** Origins of pages that may show it in a frame. */
  readonly embed?: readonly string[] | undefined
}

/** The server of the page, while it runs. */
export interface ViewServer {
  /** With the token; what to open. */
  readonly url: string
  /** Other machines can reach it. */
  readonly isOpen: boolean
  close(): Promise<void>
}

/**
 * Nothing from elsewhere is loaded, run, framed or sent to; WebAssembly is the HDF5 library and the hash. A script's
 * own policy counts where it is a worker: that one may load a module that the user picked, which can send nothing.
 */
const policy = (embed: readonly string[], scripts = "'self' 'wasm-unsafe-eval'"): string =>
  [
    "default-src 'none'",
    `script-src ${scripts}`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${embed.join(' ') || "'none'"}`,
  ].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.md': 'text/plain; charset=utf-8',
}

/** Bytes of one piece of an answer. */
const PIECE_BYTES = 1 << 20

/** The hosts by which this machine reaches itself. */
const OWN_HOSTS = ['127.0.0.1', 'localhost', '[::1]']

/**
 * Starts the server; `page` is the folder of the built page, and without a model the page
 * starts with a place to drop one. Throws `missing` where the page is not there, and the
 * system's error where the port is taken.
 */
export async function startViewServer(
  model: ServedModel | undefined,
  page: string,
  { port: wanted = 0, host = '127.0.0.1', embed = [] }: ViewOptions = {},
): Promise<ViewServer> {
  const token = randomBytes(18).toString('base64url')
  const site = new Site(model, openFolder(page), token, embed)
  await site.list()
  const ofPage = policy(embed)
  const ofWorker = policy(embed, "'self' 'wasm-unsafe-eval' blob:")
  const server = createServer((request, response) => {
    const isScript = new URL(request.url ?? '/', 'http://localhost').pathname.endsWith('.js')
    response.setHeader('Content-Security-Policy', isScript ? ofWorker : ofPage)
    site.answer(request, response).catch(error => fail(response, error))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(wanted, host, resolve))
  const { port } = server.address() as AddressInfo // a server that listens on a port has one
  const shown = host.includes(':') ? `[${host}]` : host
  const isOpen = !OWN_HOSTS.includes(shown)
  if (!isOpen) site.hosts = new Set(OWN_HOSTS.map(name => `${name}:${port}`))
  return { url: `http://${shown}:${port}/${token}/`, isOpen, close: () => closed(server) }
}

const closed = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy()
  else send(response, 500, isFreezeError(error) ? error.message : 'The file cannot be read.')
}

class Site {
  /** Undefined where the user let other machines in: they call this one by names that it does not know. */
  hosts: ReadonlySet<string> | undefined
  readonly #model: ServedModel | undefined
  readonly #embed: readonly string[]
  readonly #page: Folder
  readonly #token: Buffer
  #pagePaths: ReadonlySet<string> = new Set()
  #modelPaths: ReadonlySet<string> = new Set()
  readonly #open = new Map<string, ByteSource>()

  constructor(model: ServedModel | undefined, page: Folder, token: string, embed: readonly string[]) {
    this.#embed = embed
    this.#model = model
    this.#page = page
    this.#token = Buffer.from(token)
  }

  async list(): Promise<void> {
    this.#pagePaths = new Set(await this.#page.paths())
    this.#modelPaths = new Set(await this.#model?.files.paths())
    invariant(this.#pagePaths.has('index.html'), 'the page was not built')
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#refusal(request)
    if (refusal) return send(response, 403, refusal)
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'Only GET and HEAD.')
    const path = pathOf(request)?.slice(1)
    if (path === undefined) return send(response, 404, 'Not found.')
    const [kind, ...rest] = path
    const model = this.#model
    if (model && kind === 'model.json' && rest.length === 0) return this.#listing(model, response)
    if (model && kind === 'model') return this.#file(request, response, model.files, this.#modelPaths, rest.join('/'))
    const asset = path.join('/') || 'index.html'
    if (asset === 'index.html') return this.#index(response)
    return this.#file(request, response, this.#page, this.#pagePaths, asset)
  }

  /** Why a request gets nothing: it names another host (DNS rebinding), comes from another site, or lacks the token. */
  #refusal({ headers, url = '' }: IncomingMessage): string | undefined {
    if (headers.host === undefined || (this.hosts && !this.hosts.has(headers.host))) return 'Wrong host.'
    if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) return 'Wrong origin.'
    const site = headers['sec-fetch-site']
    const isFrame = this.#embed.length > 0 && headers['sec-fetch-dest'] === 'iframe'
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isFrame) return 'Wrong site.'
    const given = Buffer.from(url.split(/[/?]/, 2)[1] ?? '')
    const isRight = given.length === this.#token.length && timingSafeEqual(given, this.#token)
    return isRight ? undefined : 'Wrong token: use the address that tfreeze printed.'
  }

  /** The page, told that this server is around it, whose policy lets it connect to no other, and whether it serves a model. */
  async #index(response: ServerResponse): Promise<void> {
    const bytes = await this.#read('index.html')
    const html = new TextDecoder().decode(bytes)
    const told = this.#model ? '<html data-view data-served ' : '<html data-view '
    send(response, 200, html.replace('<html ', told), TYPES['.html'])
  }

  async #read(path: string): Promise<Uint8Array> {
    const source = await this.#page.file(path)
    invariant(source, 'the page was not built')
    return source.read(0, source.size)
  }

  async #listing({ name, main, files: folder }: ServedModel, response: ServerResponse): Promise<void> {
    const files: { path: string; size: number }[] = []
    for (const path of this.#modelPaths) {
      const file = await this.#source(folder, path).catch(ifLeadsOut)
      if (file) files.push({ path, size: file.size })
    }
    send(response, 200, JSON.stringify({ name, ...(main !== undefined && { main }), files }), TYPES['.json'])
  }

  async #source(folder: Folder, path: string): Promise<ByteSource | undefined> {
    const key = `${folder === this.#page ? 'page' : 'model'}:${path}`
    const known = this.#open.get(key)
    if (known) return known
    const source = await folder.file(path)
    if (source) this.#open.set(key, source)
    return source
  }

  async #file(
    request: IncomingMessage,
    response: ServerResponse,
    folder: Folder,
    listed: ReadonlySet<string>,
    path: string,
  ): Promise<void> {
    const source = listed.has(path) ? await this.#source(folder, path).catch(ifLeadsOut) : undefined
    if (!source) return send(response, 404, 'Not found.')
    const range = rangeOf(request.headers.range, source.size)
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${source.size}`)
      return send(response, 416, 'No such range.')
    }
    const { start, end } = range ?? { start: 0, end: source.size }
    response.writeHead(range ? 206 : 200, {
      ...HEADERS,
      'Content-Type': TYPES[extname(path)] && folder === this.#page ? TYPES[extname(path)] : 'application/octet-stream',
      'Content-Length': end - start,
      'Accept-Ranges': 'bytes',
      ...(range && { 'Content-Range': `bytes ${start}-${end - 1}/${source.size}` }),
    })
    if (request.method === 'GET') await pour(source, start, end, response)
    response.end()
  }
}

/** A link that leads out of the model's folder is not part of the model: the others are served without it. */
function ifLeadsOut(error: unknown): undefined {
  if (!isFreezeError(error, 'unsupported')) throw error
}

/** Waits for a slow reader, so that a large file does not fill the memory. */
async function pour(source: ByteSource, start: number, end: number, response: ServerResponse): Promise<void> {
  for (let at = start; at < end && !response.destroyed; at += PIECE_BYTES) {
    const piece = await source.read(at, Math.min(PIECE_BYTES, end - at))
    if (!response.write(piece)) await new Promise(resolve => response.once('drain', resolve).once('close', resolve))
  }
}

/** The segments of the path, the token first; undefined where it is not well formed. */
function pathOf({ url = '' }: IncomingMessage): string[] | undefined {
  try {
    return url.split('?')[0]!.slice(1).split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}

/** `bytes=0-99`, `bytes=100-`, `bytes=-100`; anything else is ignored, as HTTP says. */
function rangeOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === undefined || (from === '' && to === '')) return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size : Math.min(size, Number(to) + 1)
  return start < end && start < size ? { start, end } : 'unsatisfiable'
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, { ...HEADERS, 'Content-Type': type, 'Content-Length': bytes.length })
  response.end(response.req.method === 'HEAD' ? undefined : bytes)
}

/** A browser, the page, and the command line beside it. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { gzipSync } from 'node:zlib'
import axe, { type AxeResults } from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { pageWords } from '../../src/options/page-words.ts'

const ROOT = join(import.meta.dirname, '../..')
/** The build that is tried; the environment may name another. */
const DIST = join(ROOT, process.env['TFREEZE_DIST'] ?? 'dist')
const CLI = join(DIST, 'cli/main.js')
const ARTIFACTS = join(ROOT, 'artifacts')
/** Real models, in the workspace beside the checkout. */
const SHARED = join(ROOT, '../shared/models')

export const SAMPLE = join(ROOT, 'fixtures/digits')
export const scratch = mkdtempSync(join(tmpdir(), 'tfreeze-web-'))

/** A real model; undefined, with a word, where they are not at hand. */
export function shared(name: string): string | undefined {
  const path = join(SHARED, name)
  if (existsSync(path)) return path
  console.log(`skipped: ${name} is not in ${SHARED}`)
  return undefined
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS })

/** A page, and what it asked for and complained of. */
export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** Addresses that are not of this machine. */
  readonly foreign: readonly string[]
  readonly complaints: readonly string[]
  close(): Promise<void>
}

export interface VisitOptions {
  readonly dark?: boolean
  /** On a screen that is touched and held in a hand. */
  readonly phone?: boolean
  /** Whether the browser lets the page write to a file of the user's choice. */
  readonly savePicker?: boolean
}

/** Opens a fresh context. `close` asserts that nothing left the machine and that nothing was complained of. */
export async function visit(
  browser: Browser,
  url: string,
  { dark = false, phone = false, savePicker = false }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    hasTouch: phone,
    colorScheme: dark ? 'dark' : 'light',
    acceptDownloads: true,
  })
  await context.addInitScript(WATCH)
  if (!savePicker) await context.addInitScript('delete globalThis.showSaveFilePicker')
  const page = await context.newPage()
  const foreign: string[] = []
  const complaints: string[] = []
  context.on('request', request => {
    if (!/^(http:\/\/127\.0\.0\.1:|blob:|data:)/.test(request.url())) foreign.push(request.url())
  })
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  await page.goto(url)
  const close = async (): Promise<void> => {
    await context.close()
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  }
  return { context, page, foreign, complaints, close }
}

/** Notes how much each message of the worker holds: all that the page's own thread has to do comes in one. */
const WATCH = `globalThis.messages = []
const Plain = Worker
globalThis.Worker = class extends Plain {
  constructor(...args) {
    super(...args)
    this.addEventListener('message', ({ data }) => messages.push(JSON.stringify(data).length))
  }
}`

/** Letters of the longest message of the worker, and elements of the page. */
export const load = async (page: Page): Promise<{ message: number; elements: number }> => ({
  message: await page.evaluate('Math.max(0, ...messages)'),
  elements: await page.evaluate("document.querySelectorAll('*').length"),
})

/** Waits until something on the page, worked out from its text, is so. */
export const see = (page: Page, selector: string): Promise<void> =>
  page.locator(selector).first().waitFor({ timeout: 60_000 })

/** The text of the first element there. */
export const textOf = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).first().textContent()) ?? ''

/** Keeps a picture of the page. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true })
  await page.waitForTimeout(300) // what is highlighted fades in
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) })
}

/** `tfreeze view`, until `stop`; without a model, the page that asks for one. */
export async function view(model?: string): Promise<{ url: string; stop: () => Promise<number | null> }> {
  const child = spawn(process.execPath, [CLI, 'view', ...(model === undefined ? [] : [model]), '--no-open'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', data => {
      const found = /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(String(data))
      if (found) resolve(found[0])
    })
    child.once('exit', code => reject(new Error(`tfreeze view ended with ${code}`)))
  })
  return {
    url,
    stop() {
      child.kill('SIGINT')
      return ended
    },
  }
}

/** The page as any static host serves it, without a model; `asked` are the files it was asked for, in order. */
export async function staticHost(): Promise<{ url: string; asked: string[]; stop(): void }> {
  const asked: string[] = []
  const types: Readonly<Record<string, string>> = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
  }
  const server: Server = createServer((request, response) => {
    const path = normalize(request.url!.split('?')[0]!).replace(/\/$/, '/index.html')
    const file = join(DIST, 'web', path)
    asked.push(path)
    if (!existsSync(file)) return response.writeHead(404).end()
    return response
      .writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' })
      .end(readFileSync(file))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A web server with a folder of models, which it lets other pages read or not; `asked` are the ranges and paths. */
export async function modelHost(
  root: string,
  isShared: boolean,
): Promise<{ url: string; asked: string[]; stop(): void }> {
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://host').pathname)
    const file = join(root, normalize(path))
    asked.push(`${request.method} ${path} ${request.headers.range ?? ''}`.trim())
    if (isShared) response.setHeader('Access-Control-Allow-Origin', '*')
    if (!existsSync(file)) return response.writeHead(404).end()
    const bytes = readFileSync(file)
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []
    if (request.method === 'HEAD') return response.writeHead(200, { 'Content-Length': bytes.length }).end()
    const part = bytes.subarray(Number(first), Number(last) + 1)
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`
    return response.writeHead(206, { 'Content-Range': range, 'Content-Length': part.length }).end(part)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/`,
    asked,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Runs the command that the page shows, on the model it shows it for. */
export function runCommand(command: string, model: string, ending = 'pb'): Buffer {
  const words = [...command.matchAll(/'((?:[^']|'\\'')*)'|\S+/g)].map(m => m[1] ?? m[0])
  expect(words.slice(0, 2)).toEqual(['tfreeze', 'freeze'])
  const out = join(scratch, `command.${ending}`)
  execFileSync(process.execPath, [CLI, 'freeze', model, '-o', out, '--quiet', ...words.slice(5)])
  return readFileSync(out)
}

/** Runs the command line. */
export const command = (...args: string[]): string =>
  execFileSync(process.execPath, [CLI, ...args], { encoding: 'utf8' })

/** The refusal of the command line, in the words of the page. */
export function refusal(...args: string[]): string {
  try {
    execFileSync(process.execPath, [CLI, ...args], { encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    return pageWords((error as { stderr: string }).stderr.trim()).text // as execFileSync throws
  }
  throw new Error('the command line does not refuse')
}

/** Bytes of a file of the page, as a host sends it. */
export const sent = (path: string): number => gzipSync(readFileSync(join(DIST, 'web', path)), { level: 9 }).length

/** Clicks, and takes the file that comes. */
export async function download(page: Page, selector: string): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.click(selector)])
  return readFileSync(await file.path())
}

/** Drops files or folders of the disk on the page, as a user does. */
export async function drop(page: Page, ...files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data })
}

/** Serious faults that axe-core finds. */
export async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults // what axe-core says it returns
  return violations
    .filter(v => v.impact === 'serious' || v.impact === 'critical')
    .flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary ?? ''}`))
}

export const openTab = (page: Page, tab: string): Promise<void> => page.click(`[data-tab=${tab}]`)

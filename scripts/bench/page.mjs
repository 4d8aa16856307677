// The page's figures: how much JavaScript comes before the first view, and how long a first picture takes.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { largeGraph } from '../large-graph.mjs'

const RUNS = 5
const ASSETS = 'dist/web/assets'
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const FREEZING = /^freezing-/
/** Files that only some models need, by the names that the build gives. */
const ON_DEMAND = [
  ['Keras layers, when a Keras file is opened', /^open-.*\.js$/],
  ['zip, when one is opened', /^(zip|archive)-.*\.js$/],
  ['text, when one is opened or written', /^(text|text-format|descriptors)-.*\.js$/],
  ['HDF5 in chunks or of a newer version, when one is opened', /^hdf5.*\.js$/],
]

const kilobytes = names =>
  `${(names.reduce((sum, name) => sum + gzipSync(readFileSync(join(ASSETS, name)), { level: 9 }).length, 0) / 1000).toFixed(1)} kB`

/** What a browser asks for until it shows a graph, and after that. */
async function sizes(browser) {
  const { url, stop } = await serve('fixtures/digits')
  const page = await browser.newPage()
  const scripts = []
  page.context().on('request', request => {
    if (request.url().endsWith('.js')) scripts.push(request.url().split('/').at(-1))
  })
  await page.goto(url)
  await page.locator('h1').waitFor()
  const atFirst = scripts.filter(name => name.startsWith('index-'))
  await page.goto(`${url}#view=graph`)
  await page.reload()
  await page.locator('.picture .box').first().waitFor()
  await page.locator('.verdict.yes').first().waitFor({ state: 'attached' })
  stop()
  await page.context().close()
  const all = scripts.slice(scripts.findLastIndex(name => name.startsWith('index-')))
  const end = all.findIndex(name => FREEZING.test(name))
  return [
    ['the page before a model', kilobytes(atFirst.slice(0, 1))],
    ['all until a first picture', kilobytes(all.slice(0, end))],
    ['what freezes and optimises, after it', kilobytes(all.slice(end))],
    ...ON_DEMAND.map(([what, pattern]) => [what, kilobytes(readdirSync(ASSETS).filter(name => pattern.test(name)))]),
  ]
}

/** `tfreeze view`, and its address. */
async function serve(model) {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'view', model, '--no-open'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise(resolve => {
    child.stdout.on('data', data => {
      const found = /http:\S+/.exec(String(data))
      if (found) resolve(found[0])
    })
  })
  return { url, stop: () => child.kill('SIGINT') }
}

/** Milliseconds from the address to the first boxes, and the longest task of the page's own thread; medians. */
async function firstPicture(browser, model) {
  const { url, stop } = await serve(model)
  const runs = []
  for (let i = 0; i < RUNS; i++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    await context.addInitScript(
      'globalThis.tasks = [0]; new PerformanceObserver(l => l.getEntries().forEach(e => tasks.push(e.duration))).observe({ type: "longtask", buffered: true })',
    )
    const page = await context.newPage()
    await page.goto(`${url}#view=graph`)
    await page.locator('.picture .box').first().waitFor()
    const time = await page.evaluate('performance.now()')
    runs.push({ time, task: await page.evaluate('Math.max(...tasks)') })
    await context.close()
  }
  stop()
  const middle = key => Math.round(runs.map(r => r[key]).sort((a, b) => a - b)[Math.floor(RUNS / 2)])
  return [`${middle('time')} ms`, middle('task') < 50 ? 'under 50 ms' : `${middle('task')} ms`]
}

/** Both tables; `table` writes one. */
export async function page(table) {
  if (!existsSync(executablePath)) {
    return {
      follows: '',
      text: 'Chromium is not installed, so nothing was measured: see scripts/chromium.sh.',
      above: [],
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'tfreeze-bench-'))
  const browser = await chromium.launch({ executablePath, args: FLAGS })
  try {
    const loaded = table(['JavaScript, gzip', ''], await sizes(browser))
    const rows = [['digits, the sample', ...(await firstPicture(browser, 'fixtures/digits'))]]
    for (const nodes of [5_000, 50_000]) {
      const model = join(folder, `${nodes}.pb`)
      writeFileSync(model, largeGraph(nodes))
      rows.push([`${nodes.toLocaleString('en')} nodes`, ...(await firstPicture(browser, model))])
    }
    const pictures = table(['`tfreeze view` in Chromium', 'first picture', 'longest task of the page'], rows)
    return {
      follows:
        'The page shows a picture before it loads what freezes, and stays responsive while it draws large graphs.',
      text: `${loaded}\n\n${pictures}`,
      above: [],
    }
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

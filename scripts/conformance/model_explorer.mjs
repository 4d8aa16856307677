// Lets Model Explorer itself (its server, and its page in Chromium) open what `view --export graph.json` writes.
// usage: node model_explorer.mjs CHROMIUM MODEL…; a line for each model, exit 1 where one is not shown as it is.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { modelExplorer } from '../networks.mjs'

const [executablePath, ...models] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'model-explorer-'))

/** The file as tfreeze writes it. */
function exported(model, i) {
  const path = join(folder, `${i}.json`)
  execFileSync(process.execPath, ['dist/cli/main.js', 'view', model, '--export', path])
  return path
}

const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** Opens the file in Model Explorer. Resolves with the text of the page once it shows a graph or an error. */
async function shown(browser, path) {
  const port = await freePort()
  const args = [path, '--no_open_in_browser', '--host', '127.0.0.1', '--port', String(port)]
  const server = spawn(modelExplorer(), args, { stdio: 'ignore' })
  const page = await browser.newPage()
  try {
    const data = encodeURIComponent(JSON.stringify({ models: [{ url: path }] }))
    await answers(`http://127.0.0.1:${port}/`)
    await page.goto(`http://127.0.0.1:${port}/?data=${data}`)
    await page
      .getByText(/\d+ nodes|Unsupported|Error/)
      .first()
      .waitFor({ timeout: 60_000 })
    return (await page.textContent('body')) ?? ''
  } finally {
    await page.close()
    server.kill()
  }
}

async function answers(url) {
  for (let i = 0; i < 120; i++) {
    if (await fetch(url).catch(() => undefined)) return
    await new Promise(resolve => setTimeout(resolve, 500))
  }
  throw new Error(`Model Explorer does not answer at ${url}`)
}

/** Ops that Model Explorer leaves out unless its settings say otherwise. */
const HIDDEN = ['Const', 'pseudo_const', 'ReadVariableOp']

/** Why what the page shows is not the file; nothing where it is. */
function fault(text, { label, graphs }) {
  if (!text.includes(label)) return `the page does not show '${label}'`
  const count = nodes => nodes.filter(({ label }) => !HIDDEN.includes(label)).length
  const found = graphs.find(({ id, nodes }) => text.includes(id) && text.includes(`${count(nodes)} nodes`))
  return found ? '' : `no graph of the file is shown: ${text.replace(/\s+/g, ' ').slice(0, 200)}`
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--enable-unsafe-swiftshader'] })
let good = 0
try {
  for (const [i, model] of models.entries()) {
    const path = exported(model, i)
    const why = fault(await shown(browser, path), JSON.parse(readFileSync(path, 'utf8')))
    console.log(`${why ? 'FAIL' : 'ok'} ${model}${why && ` | ${why}`}`)
    good += why ? 0 : 1
  }
  const other = join(folder, 'other.json')
  writeFileSync(other, '{"graphCollections": []}')
  const isRefused = !/\d+ nodes/.test(await shown(browser, other))
  if (!isRefused) console.log('FAIL a file of another shape is shown: this judge sees nothing')
  console.log(`${good} of ${models.length}`)
  process.exitCode = good === models.length && isRefused ? 0 : 1
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}

// npm run docs:picture: the picture of the page in README.md, taken in Chromium: the sample before and after optimising.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { chromium as installed } from './networks.mjs'

const OUT = 'docs/images/before-and-after.png'
const served = spawn(process.execPath, ['dist/cli/main.js', 'view', 'fixtures/digits', '--no-open'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const browser = await chromium.launch({ executablePath: installed(), args: ['--no-sandbox', '--disable-gpu'] })
try {
  const url = await new Promise((resolve, reject) => {
    served.stdout.on('data', data => {
      const [found] = /http:\S+/.exec(String(data)) ?? []
      if (found) resolve(found)
    })
    served.once('exit', code => reject(new Error(`tfreeze view ended with ${code}`)))
  })
  const page = await browser.newPage({ viewport: { width: 1200, height: 720 }, colorScheme: 'light' })
  await page.goto(`${url}#view=freeze`)
  await page.locator('.freeze-form').waitFor()
  await page.locator('#target option').nth(1).waitFor({ state: 'attached' })
  await page.click('button[type=submit]')
  await page.locator('.result').waitFor()
  await page.getByRole('button', { name: 'Run on random inputs' }).click()
  await page.locator('.checked.agrees').waitFor()
  await page.locator('.sides .picture .box').first().waitFor()
  await page.mouse.move(0, 0)
  await page.waitForTimeout(500) // what is highlighted fades
  mkdirSync('docs/images', { recursive: true })
  await page.screenshot({ path: OUT })
  console.log(OUT)
} finally {
  await browser.close()
  served.kill('SIGINT')
}

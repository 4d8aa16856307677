/** The form in a browser: names that complete and are checked, files that are picked, a page of its own on a phone. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  download,
  drop,
  faults,
  launch,
  openTab,
  picture,
  runCommand,
  SAMPLE,
  scratch,
  see,
  staticHost,
  textOf,
  type VisitOptions,
  view,
  visit,
} from './harness.ts'

const KERAS = join(import.meta.dirname, '../../fixtures/keras')

let browser: Browser
let host: Awaited<ReturnType<typeof staticHost>>
beforeAll(async () => {
  browser = await launch()
  host = await staticHost()
})
afterAll(async () => {
  await browser.close()
  host.stop()
})

/** Serves a model, and opens its form. */
async function form(model: string, act: (page: Page) => Promise<void>, options: VisitOptions = {}): Promise<void> {
  const served = await view(model)
  const visited = await visit(browser, `${served.url}#view=freeze`, options)
  try {
    await see(visited.page, '.freeze-form')
    await act(visited.page)
    await visited.close()
  } finally {
    await served.stop()
  }
}

/** Drops files on the start page. */
async function dropped(act: (page: Page) => Promise<void>, ...files: string[]): Promise<void> {
  const visited = await visit(browser, host.url)
  await see(visited.page, '.drop')
  await drop(visited.page, ...files)
  await act(visited.page)
  await visited.close()
}

const written = (name: string, text: string): string => {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}

describe('names', () => {
  for (const phone of [false, true]) {
    it(`complete while one types and are checked, ${phone ? 'on a phone' : 'on a desktop'}`, async () => {
      await form(
        SAMPLE,
        async page => {
          const field = page.getByRole('combobox', { name: 'Add an output' })
          await field.fill('bias')
          await see(page, '#add-output-list [role=option]')
          expect(await textOf(page, '#add-output-list [role=option] .suggested')).toMatch(/BiasAdd/)
          expect(await textOf(page, '#add-output-list [role=option] .where')).toMatch(/BiasAdd float32\[/)
          await field.press('ArrowDown')
          expect(await field.getAttribute('aria-activedescendant')).toBe('add-output-list-0')
          await picture(page, `form-names${phone ? '-phone' : ''}`)
          expect(await faults(page)).toEqual([])
          const chosen = await textOf(page, '#add-output-list [aria-selected=true] .suggested')
          await field.press('Enter')
          await see(page, `.port.output .link:text-is("${chosen}")`)
          expect(await page.locator('.port.output:last-child code').textContent()).toMatch(/^float32\[/)
          expect(await field.inputValue()).toBe('')

          await field.fill('bogus_prbs')
          await see(page, '#add-output-problem .error')
          expect(await textOf(page, '#add-output-problem')).toMatch(
            /^no output 'bogus_prbs'.*(Nearest|search of the graph)/,
          )
          expect(await field.getAttribute('aria-invalid')).toBe('true')
          await page.locator('.adder:has(#add-output)').getByRole('button', { name: 'Add' }).click()
          expect(await page.locator('.port.output').count()).toBe(2)
          await picture(page, `form-wrong-name${phone ? '-phone' : ''}`)
          expect(await faults(page)).toEqual([])
          await field.fill('')
          await expect.poll(() => page.locator('#add-output-problem .error').count()).toBe(0)
        },
        { phone },
      )
    })
  }

  it('that are wrong have the nearest ones named', async () => {
    await form(SAMPLE, async page => {
      const field = page.getByRole('combobox', { name: 'Add an input' })
      await field.fill('imagge')
      await see(page, '#add-input-problem .error')
      expect(await textOf(page, '#add-input-problem')).toMatch(/^no input 'imagge'.* Nearest: image/)
    })
  })

  it('close with Escape, and a new name and a shape are checked as they are typed', async () => {
    await form(SAMPLE, async page => {
      const field = page.getByRole('combobox', { name: 'Add an output' })
      await field.fill('conv')
      await see(page, '#add-output-list [role=option]')
      await field.press('Escape')
      expect(await page.locator('#add-output-list').isHidden()).toBe(true)
      expect(await field.getAttribute('aria-expanded')).toBe('false')
      await page.locator('.port.input summary').click()
      await page.getByLabel('Shape of image').fill('1,28,28,q')
      expect(await textOf(page, '.port.input .error')).toBe("'q' is not a size. Write it as 1,224,224,3.")
      await page.getByLabel('Shape of image').fill('')
      await page.getByLabel('New name of image').fill('a b')
      expect(await textOf(page, '.port.input .error')).toContain("'a b' is not a legal node name.")
      await picture(page, 'form-checked')
      expect(await faults(page)).toEqual([])
      await page.click('button[type=submit]')
      expect(await textOf(page, '.freeze-form > [role=alert]')).toContain("image: 'a b' is not a legal node name.")
    })
  })
})

describe('what else is chosen', () => {
  it('is the same on the command line, and wrong values are said', async () => {
    await form(SAMPLE, async page => {
      await page.locator('.freeze-form .more summary').click()
      await picture(page, 'form-more')
      expect(await faults(page)).toEqual([])
      await page.getByLabel('Constants', { exact: true }).fill('training')
      expect(await textOf(page, '.field:has(#set) .error')).toContain("There is no '='")
      await page.getByLabel('Constants', { exact: true }).fill('')
      await page.getByLabel('Variables drawn at random').selectOption('refuse')
      expect(await textOf(page, '.command')).toContain('--random-init refuse')
    })
  })

  it('has no message that names an option of the command line', async () => {
    const words = (page: Page): Promise<string> =>
      page.evaluate(
        `(() => { const all = document.body.cloneNode(true); for (const c of all.querySelectorAll('.command')) c.remove(); return all.textContent })()`,
      )
    await form(SAMPLE, async page => {
      await page.locator('.freeze-form .more summary').click()
      await page.getByText('Choose passes').click()
      await page.getByLabel('Remove output').first().click()
      await page.getByRole('combobox', { name: 'Add an output' }).fill('zzzzzzzzzzzz')
      await see(page, '#add-output-problem .error')
      expect(await words(page)).not.toMatch(/--[a-z]/)
    })
  })

  it('can be left as a manifest', async () => {
    await form(SAMPLE, async page => {
      await page.click('button[type=submit]')
      await see(page, '.result')
      const manifest = JSON.parse((await download(page, '.result button:text-is("Manifest")')).toString())
      const bytes = await download(page, '.result button.primary')
      expect(bytes.equals(runCommand(await textOf(page, '.command'), SAMPLE))).toBe(true)
      const { createHash } = await import('node:crypto')
      expect(manifest).toMatchObject({
        schema: 'tfreeze-manifest/1',
        inputs: [{ key: 'image', dtype: 'float32' }],
        output: { format: 'graphdef', bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
      })
      await picture(page, 'manifest')
    })
  })
})

describe('a Keras file', () => {
  const weights = join(KERAS, 'pair.tfk.weights_only.h5')
  const json = readFileSync(join(KERAS, 'pair.tfk.json'), 'utf8')
  const custom = written('pair.custom.json', json.replace('"class_name": "Dense"', '"class_name": "Squash"'))
  const layers = `export default {
    layers: {
      Squash({ scope, x, weight }) { throw new Error('replaced below') },
    },
  }`

  it('that holds only weights asks for its architecture, and opens with it', async () => {
    await dropped(async page => {
      await see(page, '.sentence.error')
      expect(await textOf(page, '.sentence.error')).toContain('with “Architecture”')
      await picture(page, 'asks-for-architecture')
      expect(await faults(page)).toEqual([])
      await page.getByLabel('Architecture').setInputFiles(join(KERAS, 'pair.tfk.json'))
      await page.getByRole('button', { name: 'Open with it' }).click()
      await see(page, '.verdict.yes')
      await openTab(page, 'freeze')
      await page.click('button[type=submit]')
      await see(page, '.result')
      expect(await textOf(page, '.command')).toContain('--architecture pair.tfk.json')
    }, weights)
  })

  it('opens when it is dropped with its architecture; a custom layer is written by a module that the user picks', async () => {
    const module = written(
      'layers.mjs',
      layers.replace(
        /Squash\(.*$/m,
        `Squash(call) {
          const product = call.scope.op('MatMul', [call.x, call.weight('kernel')])
          return call.scope.op('Tanh', [call.scope.op('BiasAdd', [product, call.weight('bias')])])
        },`,
      ),
    )
    const act = async (page: Page): Promise<void> => {
      await see(page, '.verdict.no')
      expect(await textOf(page, '.verdict.no')).toContain('with “Custom layers”')
      await openTab(page, 'freeze')
      await page.locator('.freeze-form .more summary').click()
      await page.getByLabel('Custom layers').setInputFiles(written('broken.mjs', 'export default {}'))
      await page.click('button[type=submit]')
      await see(page, '.freeze-form > [role=alert] .error')
      expect(await textOf(page, '.freeze-form > [role=alert]')).toContain(
        'broken.mjs: its default export has no layers',
      )
      await page.getByLabel('Custom layers').setInputFiles(module)
      await picture(page, 'custom-layers')
      expect(await faults(page)).toEqual([])
      await page.click('button[type=submit]')
      await see(page, '.result')
      expect(await textOf(page, '.command')).toContain('--custom layers.mjs')
      expect(await page.locator('.picture .box:has-text("Squash")').count()).toBeGreaterThan(0)
    }
    await dropped(act, weights, custom)
  })

  it('is written by such a module from tfreeze view, too, which can send nothing', async () => {
    const module = written(
      'sender.mjs',
      `const answer = await fetch('${host.url}stolen', { mode: 'no-cors' }).then(() => 'was sent', error => error.message)
throw new Error('refused: ' + answer)`,
    )
    const served = await view(join(KERAS, 'nested.k3.h5'))
    const visited = await visit(browser, `${served.url}#view=freeze`)
    try {
      const { page } = visited
      await see(page, '.freeze-form')
      await page.locator('.freeze-form .more summary').click()
      await page.getByLabel('Custom layers').setInputFiles(module)
      await page.click('button[type=submit]')
      await see(page, '.freeze-form > [role=alert] .error')
      expect(await textOf(page, '.freeze-form > [role=alert]')).toMatch(/sender\.mjs: .* refused: Failed to fetch/)
      expect(host.asked).not.toContain('/stolen')
    } finally {
      await visited.context.close()
      await served.stop()
    }
  })
})

describe('on a phone', () => {
  it('the form is a page of its own, which closes back to the graph', async () => {
    await form(
      SAMPLE,
      async page => {
        const box = (await page.locator('.side-pane').boundingBox())!
        expect(box.height).toBeGreaterThan(600)
        expect(await page.locator('.canvas').isVisible()).toBe(false)
        await picture(page, 'phone-form-page')
        await page.locator('.freeze-form .more summary').click()
        await page.locator('.side-pane').evaluate(pane => pane.scrollTo(0, pane.scrollHeight))
        await picture(page, 'phone-form-end')
        expect(await faults(page)).toEqual([])
        await page.getByRole('button', { name: 'Close the form' }).tap()
        await see(page, '.boxes .box')
        expect(await page.locator('.freeze-form').count()).toBe(0)
        await page.locator('[data-tab=freeze]').tap()
        await page.locator('.port.input .link').tap()
        await see(page, '.box.selected')
        await page.locator('[data-tab=freeze]').tap()
        await page.locator('button[type=submit]').tap()
        await see(page, '.result')
        await page.getByRole('button', { name: 'Model', exact: true }).tap()
        expect(await page.locator('.freeze-form').isVisible()).toBe(true)
        await picture(page, 'phone-form-after')
        await page.getByRole('button', { name: 'Result', exact: true }).tap()
        await see(page, '.result')
      },
      { phone: true },
    )
  })
})

/** The built page in a browser: look, choose, freeze, download, and the same bytes as the command line. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BlobReader, BlobWriter, ZipWriter } from '@zip.js/zip.js'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { largeGraph } from '../../scripts/large-graph.mjs'
import {
  command,
  download,
  drop,
  faults,
  launch,
  load,
  modelHost,
  openTab,
  picture,
  refusal,
  runCommand,
  SAMPLE,
  scratch,
  see,
  sent,
  shared,
  staticHost,
  textOf,
  type Visit,
  type VisitOptions,
  view,
  visit,
} from './harness.ts'
import { heavyModel, loopModel, unsayableModel } from './models.ts'

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

/** Opens a model by `tfreeze view`, does something with the page, and checks that Ctrl-C ends it. */
async function viewing(
  model: string,
  act: (page: Page, visit: Visit) => Promise<void>,
  hash = '',
  options: VisitOptions = {},
): Promise<void> {
  const served = await view(model)
  const visited = await visit(browser, served.url + hash, options)
  try {
    await act(visited.page, visited)
    await visited.close()
  } finally {
    expect(await served.stop()).toBe(0)
  }
}

async function freezeAndCompare(page: Page, model: string): Promise<void> {
  await page.click('button[type=submit]')
  await see(page, '.result')
  const bytes = await download(page, '.result button.primary')
  const command = await textOf(page, '.command')
  expect(bytes.equals(runCommand(command, model)), command).toBe(true)
}

/** Asks for ONNX. */
async function forOnnx(page: Page): Promise<void> {
  await page.getByLabel('To be written as').selectOption('.onnx')
  await page.click('button[type=submit]')
}

/** Where the picture is, and how much it is magnified. */
const numbers = async (page: Page): Promise<number[]> =>
  ((await page.locator('svg.picture > g').getAttribute('transform')) ?? '')
    .match(/[\d.-]+/g)!
    .map(n => Math.round(Number(n) * 10) / 10)

describe('a model on a web server', () => {
  it('is read by ranges and frozen, and a link opens it', async () => {
    const models = await modelHost(SAMPLE, true)
    const address = `${models.url}saved_model.pb`
    const { page, close } = await visit(browser, host.url)
    await page.fill('#address', address)
    await page.click('form.address button')
    await see(page, '.verdict.yes')
    expect(new URL(page.url()).searchParams.get('model')).toBe(address)
    expect(await faults(page)).toEqual([])
    await openTab(page, 'freeze')
    await freezeAndCompare(page, SAMPLE)
    expect(models.asked.every(line => /^HEAD|bytes=/.test(line))).toBe(true)
    expect(models.asked).toContain('GET /saved_model.pb bytes=0-65535')
    await page.reload()
    await see(page, '.freeze-form')
    await page.getByRole('button', { name: 'Open another' }).click()
    await see(page, '#address')
    expect(new URL(page.url()).search).toBe('')
    expect(await faults(page)).toEqual([])
    await close()
    models.stop()
  })

  it('is refused with the reason where the server does not let the page read it', async () => {
    const models = await modelHost(SAMPLE, false)
    const { page, context } = await visit(
      browser,
      `${host.url}?model=${encodeURIComponent(`${models.url}saved_model.pb`)}`,
    )
    await see(page, '.sentence.error')
    expect(await textOf(page, '.sentence.error')).toMatch(
      /saved_model\.pb: the browser got no answer that it lets this page read\. Check the address\. .*CORS/,
    )
    await page.goto(`${host.url}?model=s3://models/digits`)
    await see(page, '.sentence.error')
    expect(await textOf(page, '.sentence.error')).toContain('the page opens addresses that begin with https://')
    await context.close()
    models.stop()
  })

  it('is not asked for by the page of tfreeze view, which connects to nothing else', async () => {
    const served = await view()
    const { page, close } = await visit(browser, `${served.url}?model=${encodeURIComponent(host.url)}`)
    await see(page, '#pick-files')
    expect(await page.locator('#address').count()).toBe(0)
    await close()
    await served.stop()
  })
})

describe('the sample', () => {
  it('is looked at, searched, opened, frozen and taken', async () => {
    await viewing(SAMPLE, async page => {
      await see(page, '.verdict.yes')
      expect(await page.locator('.card h2').allInnerTexts()).toContain('Signature serving_default')
      expect(await textOf(page, '.card:has-text("Where it lies")')).toMatch(
        /bytes \d+–\d+ of variables\.data-00000-of-00001/,
      )
      await picture(page, 'overview')
      expect(await faults(page)).toEqual([])

      await openTab(page, 'graph')
      await see(page, '.boxes .box')
      await page.fill('#search', 'op:Conv2D padding=SAME')
      await see(page, '.hits button')
      expect(await textOf(page, '.hits .hit-op')).toMatch(/^Conv2D · in /)
      await page.locator('.hits button').first().click()
      await see(page, '.box.selected')
      await see(page, '.details .chip.variable')
      expect(await textOf(page, '.details')).toMatch(/bytes \d+–\d+ of variables\.data-00000-of-00001/)
      await page.locator('.details .weight button').first().click()
      await see(page, '.histogram rect')
      expect(await page.locator('.picture .edge.up').count()).toBeGreaterThan(0)
      expect(await page.locator('.picture .edge.down').count()).toBeGreaterThan(0)
      await picture(page, 'graph')
      expect(await faults(page)).toEqual([])

      await openTab(page, 'freeze')
      await freezeAndCompare(page, SAMPLE)
      await page.locator('.changes summary').nth(2).click()
      await page.locator('.changes details[open] li button').first().click()
      await picture(page, 'result')
      expect(await faults(page)).toEqual([])

      await page.getByRole('button', { name: 'Run on random inputs' }).click()
      await see(page, '.checked.agrees')
      expect(await textOf(page, '.number-check')).toMatch(
        /agree with the graph before optimising[\s\S]*largest difference/,
      )
      await picture(page, 'checked')
      expect(await faults(page)).toEqual([])
      const wrong = join(scratch, 'wrong.json')
      writeFileSync(wrong, JSON.stringify({ images: [[1]] }))
      await page.locator('#check-data').setInputFiles(wrong)
      await see(page, '.number-check .sentence.error')
    })
  })

  it('moves before and after together, and compares with the model itself', async () => {
    await viewing(
      SAMPLE,
      async page => {
        await page.click('button[type=submit]')
        await see(page, '.result')
        await see(page, '.pane + .pane .boxes .box')
        const scales = (): Promise<string[]> =>
          page
            .locator('svg.picture > g')
            .evaluateAll(all => all.map(g => /scale\(([^)]*)\)/.exec(g.getAttribute('transform') ?? '')?.[1] ?? ''))
        await page.locator('.pane').first().getByRole('button', { name: 'Zoom in (+)' }).click()
        await page.locator('.pane').first().getByRole('button', { name: 'Zoom in (+)' }).click()
        const [left, right] = await scales()
        expect(left).toBe(right)
        await page.getByLabel('Compare with').selectOption('model')
        await see(page, '.pane .box.call')
      },
      '#view=freeze',
    )
  })

  it('is frozen to a node that was clicked, renamed and not optimised', async () => {
    await viewing(
      SAMPLE,
      async page => {
        await see(page, '.boxes .box')
        await page.fill('#search', 'op:Relu')
        await see(page, '.hits button')
        await page.locator('.hits button').first().click()
        await see(page, '.details .picks')
        await page.getByRole('button', { name: 'Use as output' }).click()
        await see(page, '.freeze-form')
        expect(await page.locator('.port.output').count()).toBe(2)
        await page.getByRole('button', { name: 'Remove from outputs' }).click()
        expect(await page.locator('.port.output').count()).toBe(1)
        await page.getByRole('button', { name: 'Use as output' }).click()
        await page.getByRole('button', { name: 'Remove output output_0' }).click()
        const port = page.locator('.port.output')
        expect(await port.count()).toBe(1)
        await port.locator('summary').click()
        await port.locator('input').fill('features')
        await page.getByText('No', { exact: true }).click()
        await see(page, '.badge-output')
        await picture(page, 'choose')
        expect(await textOf(page, '.command')).toMatch(/--outputs \S*Relu --rename \S*Relu=features$/)
        await freezeAndCompare(page, SAMPLE)
        expect(await textOf(page, '.result-head .where')).toMatch(/→ features:0 float32\[\?,28,28,8\]/)
      },
      '#view=graph',
    )
  })

  it('is frozen with passes that were chosen, in the dark', async () => {
    await viewing(
      SAMPLE,
      async page => {
        await page.getByText('Choose passes').click()
        await page.locator('.pass input[type=checkbox]:checked').first().uncheck()
        await freezeAndCompare(page, SAMPLE)
        expect(await textOf(page, '.command')).toContain('--passes')
        await picture(page, 'result-dark')
        expect(await faults(page)).toEqual([])
        await openTab(page, 'overview')
        await picture(page, 'overview-dark')
        expect(await faults(page)).toEqual([])
      },
      '#view=freeze',
      { dark: true },
    )
  })

  it('is looked at and frozen on a phone', async () => {
    for (const dark of [false, true]) {
      const keep = (page: Page, name: string): Promise<void> => picture(page, `phone-${name}${dark ? '-dark' : ''}`)
      await viewing(
        SAMPLE,
        async page => {
          await see(page, '.verdict.yes')
          await keep(page, 'overview')
          await openTab(page, 'graph')
          await see(page, '.boxes .box')
          await keep(page, 'graph')
          await page.fill('#search', 'op:Conv2D')
          await page.locator('.hits button').first().tap()
          await see(page, '.box.selected')
          await keep(page, 'details')
          expect(await faults(page)).toEqual([])
          await page.getByRole('button', { name: 'Close the details' }).tap()
          await page.locator('[data-tab=freeze]').tap()
          await keep(page, 'form')
          await freezeAndCompare(page, SAMPLE)
          await keep(page, 'result')
          expect(await faults(page)).toEqual([])
          const result = page.locator('.result')
          expect(await result.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
        },
        '',
        { phone: true, dark },
      )
    }
  })

  it('is opened and closed as a whole, explained, and saved as a picture', async () => {
    await viewing(
      SAMPLE,
      async page => {
        await see(page, '.boxes .box')
        const boxes = (): Promise<number> => page.locator('.picture .box').count()
        await page.getByRole('button', { name: 'Close all' }).click()
        await expect.poll(() => page.locator('.frames .box').count()).toBe(0)
        const closed = await boxes()
        await page.getByRole('button', { name: 'Open all' }).click()
        await expect.poll(boxes).toBeGreaterThan(closed + 10)
        await page.getByText('Legend').click()
        await see(page, '.legend-list .swatch')
        await picture(page, 'open-all')
        expect(await faults(page)).toEqual([])
        const svg = (await download(page, 'button:text("Save SVG")')).toString()
        expect(svg).toMatch(/^<svg [\s\S]*<title>digits<\/title>[\s\S]*Conv2D/)
        const png = await download(page, 'button:text("Save PNG")')
        expect(png.subarray(0, 4)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47]))
      },
      '#view=graph',
    )
  })

  it('is walked through by the keyboard, and a link restores what is seen', async () => {
    const served = await view(SAMPLE)
    try {
      const first = await visit(browser, `${served.url}#view=graph`)
      await see(first.page, '.boxes .box')
      await first.page.locator('svg.picture').focus()
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowLeft']) await first.page.keyboard.press(key)
      await see(first.page, '.boxes .box.call.selected')
      await first.page.keyboard.press('ArrowRight')
      await see(first.page, '.frames .box.call.selected')
      await first.page.keyboard.press('/')
      expect(await first.page.evaluate('document.activeElement.id')).toBe('search')
      await first.page.waitForTimeout(600)
      const link = first.page.url()
      const boxes = (page: Page): Promise<string[]> =>
        page
          .locator('.picture .box')
          .evaluateAll(all => all.map(box => `${box.getAttribute('data-id')} ${box.classList.contains('selected')}`))
      const seen = await boxes(first.page)
      const at = await numbers(first.page)
      await first.close()
      const second = await visit(browser, link)
      await see(second.page, '.picture .box.selected')
      expect(await boxes(second.page)).toEqual(seen)
      expect(await numbers(second.page)).toEqual(at)
      await second.close()
    } finally {
      await served.stop()
    }
  })

  it('is streamed into a file that the user chose, and cancelling leaves nothing', async () => {
    await viewing(
      SAMPLE,
      async page => {
        await page.evaluate(
          `globalThis.showSaveFilePicker = async ({ suggestedName }) => (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true })`,
        )
        await page.click('button[type=submit]')
        await see(page, '.result')
        await page.click('.result button.primary')
        await page.getByText('bytes written').waitFor()
        const written = (await page.evaluate(
          `(async () => { const file = await (await (await navigator.storage.getDirectory()).getFileHandle('digits.pb')).getFile(); return [...new Uint8Array(await file.arrayBuffer())] })()`,
        )) as number[]
        expect(Buffer.from(written).equals(runCommand(await textOf(page, '.command'), SAMPLE))).toBe(true)
        await page.evaluate(
          `globalThis.showSaveFilePicker = async () => { throw new DOMException('no', 'AbortError') }`,
        )
        await page.click('.result button.primary')
        expect(await page.locator('.result .error').count()).toBe(0)
      },
      '#view=freeze',
      { savePicker: true },
    )
  })
})

describe('other models', () => {
  it('one that takes long to write shows how far it is, and stops', async () => {
    await viewing(
      await heavyModel(),
      async page => {
        expect(await textOf(page, '.overview')).toMatch(/Weights: constants[\s\S]*weightsfloat32\[50000000\]200 MB/)
        await page.click('button[type=submit]')
        await see(page, '.result')
        await page.click('.result button.primary')
        await page.locator('.progress progress[value]').waitFor()
        await page.locator('.progress button').click()
        await page.getByText('Cancelled; nothing was written.').waitFor()
        await page.click('.result button.primary')
        await page.getByText('handed to the browser').waitFor()
        expect(await textOf(page, '.progress')).toMatch(/^heavy\.frozen\.pb: 200,000,\d{3} bytes/)
      },
      '#view=freeze',
    )
  })

  const real: readonly (readonly [string, string, (page: Page) => Promise<void>])[] = [
    [
      'a TensorFlow 1 graph with training nodes',
      'vespa-batch_norm',
      async page => {
        const without = await page.locator('.picture .box').count()
        await page.fill('#search', 'op:ApplyGradientDescent')
        await page.getByRole('button', { name: 'in what no output needs' }).click()
        await expect.poll(() => page.locator('.picture .box').count()).not.toBe(without)
        await see(page, '.hits button')
        expect(await page.getByLabel('Show nodes that no output needs').isChecked()).toBe(true)
        await picture(page, 'training')
      },
    ],
    ['a Keras net of TensorFlow 2', 'mltiny-kws_ref_model', page => picture(page, 'keras')],
    [
      'one with a vocabulary',
      'tfx-chicago-estimator-serving',
      async page => {
        await openTab(page, 'overview')
        expect(await textOf(page, '.overview')).toMatch(/Lookup tables[\s\S]*string → int64/)
        expect(await textOf(page, '.overview')).toMatch(/Assets[\s\S]*assets\/vocab/)
      },
    ],
  ]
  for (const [what, name, act] of real) {
    const model = shared(name)
    it.skipIf(!model)(what, async () => {
      await viewing(
        model!,
        async page => {
          await see(page, '.boxes .box')
          await act(page)
          await openTab(page, 'freeze')
          await freezeAndCompare(page, model!)
        },
        '#view=graph',
      )
    })
  }

  const refused = shared('triton-vnet-savedmodel')
  it.skipIf(!refused)('one that is refused says the sentence of the command line, at the node', async () => {
    await viewing(refused!, async page => {
      await see(page, '.verdict.no')
      // The command names the model first, which the page has in its head.
      const sentence = refusal('freeze', refused!, '-o', join(scratch, 'never.pb')).replace(`${refused} `, '')
      expect(await textOf(page, '.verdict.no')).toBe(`Cannot be frozen: ${sentence}`)
      await page.getByRole('button', { name: 'Show the node' }).click()
      await see(page, '.box.accused')
      await openTab(page, 'freeze')
      await page.click('button[type=submit]')
      await see(page, '.box.accused')
      expect(await textOf(page, '.freeze-form .sentence')).toBe(sentence)
      await picture(page, 'refused')
    })
  })

  it('gives ONNX, as the command line does', async () => {
    await viewing(SAMPLE, async page => {
      await openTab(page, 'freeze')
      await forOnnx(page)
      await see(page, '.result')
      expect(await page.getByLabel('To be read by').inputValue()).toBe('onnx')
      expect(await page.getByLabel('To be read by').isDisabled()).toBe(true)
      const bytes = await download(page, '.result button.primary:text-is("Download .onnx")')
      const command = await textOf(page, '.command')
      expect(command).toContain('-o frozen.onnx')
      expect(bytes.equals(runCommand(command, SAMPLE, 'onnx')), command).toBe(true)
    })
  })

  it('lists all nodes that ONNX cannot say, and shows where they are', async () => {
    const model = await unsayableModel()
    await viewing(model, async page => {
      await openTab(page, 'freeze')
      await forOnnx(page)
      await see(page, '.box.accused')
      const sentence = refusal('freeze', model, '-O', '-o', join(scratch, 'never.onnx')).replace(`${model} `, '')
      expect(sentence).toContain('2 nodes')
      expect(await textOf(page, '.freeze-form .sentence')).toBe(sentence)
      await page.click('.freeze-form .at-fault button:text-is("root")')
      await see(page, '.box.accused[data-id="root"]')
      await picture(page, 'not-in-onnx')
    })
  })

  it('one with While and If: bodies as nested boxes', async () => {
    const model = await loopModel()
    await viewing(
      model,
      async page => {
        await see(page, '.boxes .box, .frames .box')
        await page.fill('#search', 'twice')
        await see(page, '.hits button')
        await page.locator('.hits button').first().click()
        await see(page, '.box.selected')
        expect(
          await page.locator('.frames .box').evaluateAll(all => all.map(box => box.getAttribute('data-id'))),
        ).toEqual(expect.arrayContaining(['loop/While', 'loop/While|body|']))
        expect(await page.locator('.details .picks').count()).toBe(0)
        await picture(page, 'loop')
        await page.selectOption('#function', 'body')
        await see(page, '.boxes .box:has-text("Argument")')
        await openTab(page, 'freeze')
        await page.locator('.freeze-form .more summary').click()
        await page.selectOption('#control-flow', 'v2')
        await freezeAndCompare(page, model)
      },
      '#view=graph',
    )
  })

  it('50,000 nodes: the page itself is given little to do at a time', async () => {
    const model = join(scratch, 'large.pb')
    writeFileSync(model, largeGraph(50_000))
    await viewing(
      model,
      async page => {
        await see(page, '.boxes .box')
        await page.fill('#search', 'node_31234')
        await see(page, '.hits button')
        await page.locator('.hits button').first().click()
        await see(page, '[data-id$="/node_31234"].selected')
        expect(await page.locator('.picture .box').count()).toBeLessThanOrEqual(300)
        await picture(page, 'large')

        // Freezing takes seconds here: it can be stopped, and the model is still there.
        await openTab(page, 'freeze')
        await page.click('button[type=submit]')
        await page.getByText(/^(Freezing|Optimising)/).waitFor()
        await picture(page, 'freezing')
        await page.getByRole('button', { name: 'Cancel' }).click()
        await see(page, 'button[type=submit]')
        expect(await page.locator('.result').count()).toBe(0)
        await page.locator('.port.output .link').click()
        await see(page, '.boxes .box.selected')
        await page.getByText('No', { exact: true }).click()
        await freezeAndCompare(page, model)
        const { message, elements } = await load(page)
        expect(message).toBeLessThan(200_000)
        expect(elements).toBeLessThan(10_000)
      },
      '#view=graph',
    )
  })
})

describe('on any static host', () => {
  const dropped = async (act: (page: Page) => Promise<void>, ...files: string[]): Promise<void> => {
    const visited = await visit(browser, host.url)
    await see(visited.page, '.drop')
    await drop(visited.page, ...files)
    await act(visited.page)
    await visited.close()
  }
  const frozen =
    (model: string) =>
    async (page: Page): Promise<void> => {
      await see(page, '.verdict.yes')
      await openTab(page, 'freeze')
      await freezeAndCompare(page, model)
    }

  it('starts with a place to drop a model', async () => {
    const visited = await visit(browser, host.url)
    await see(visited.page, '.drop')
    await picture(visited.page, 'start')
    expect(await faults(visited.page)).toEqual([])
    await visited.close()
  })

  it('starts with files to choose on a phone, which has no folders', async () => {
    const visited = await visit(browser, host.url, { phone: true })
    await see(visited.page, '.drop')
    expect(await visited.page.locator('.drop button').allTextContents()).toEqual(['Choose files', 'Try a sample'])
    await picture(visited.page, 'phone-start')
    expect(await faults(visited.page)).toEqual([])
    const [chooser] = await Promise.all([
      visited.page.waitForEvent('filechooser'),
      visited.page.getByRole('button', { name: 'Choose files' }).tap(),
    ])
    await chooser.setFiles(join(import.meta.dirname, '../../fixtures/keras/nested.k3.keras'))
    await see(visited.page, '.verdict.yes')
    await visited.close()
  })

  it('takes the files of a TF.js model', async () => {
    const folder = join(scratch, 'digits.tfjs')
    command('freeze', SAMPLE, '-o', `${folder}/`, '--quiet')
    const files = readdirSync(folder).map(name => join(folder, name))
    expect(files.length).toBeGreaterThan(1)
    await dropped(
      async page => {
        await see(page, '.verdict.yes')
        expect(await textOf(page, '.overview')).toContain('TF.js graph model')
      },
      ...files,
    )
  })

  it('has a sample to try', async () => {
    const visited = await visit(browser, host.url)
    await visited.page.getByRole('button', { name: 'Try a sample' }).click()
    await see(visited.page, '.verdict.yes')
    await visited.close()
  })

  it('shows a first picture with less than 200 kB of JavaScript, and loads what freezes after it', async () => {
    const other = await staticHost()
    const visited = await visit(browser, `${other.url}#view=graph`)
    await see(visited.page, '.drop')
    await drop(visited.page, SAMPLE)
    await see(visited.page, '.boxes .box')
    await expect.poll(() => other.asked.some(path => /freezing/.test(path))).toBe(true)
    const scripts = other.asked.filter(path => path.endsWith('.js'))
    const before = scripts.slice(
      0,
      scripts.findIndex(path => /freezing/.test(path)),
    )
    expect(before.length).toBeGreaterThan(2)
    expect(before.reduce((sum, path) => sum + sent(path), 0)).toBeLessThan(200_000)
    await visited.close()
    other.stop()
  })

  it('takes a folder', () => dropped(frozen(SAMPLE), SAMPLE))

  it('takes a folder that was picked', async () => {
    const visited = await visit(browser, host.url)
    await visited.page.locator('#pick-folder').setInputFiles(SAMPLE)
    await frozen(SAMPLE)(visited.page)
    await visited.close()
  })

  it('takes a zip', async () => {
    const writer = new ZipWriter(new BlobWriter())
    for (const path of ['saved_model.pb', 'variables/variables.index', 'variables/variables.data-00000-of-00001'])
      await writer.add(`digits/${path}`, new BlobReader(new Blob([readFileSync(join(SAMPLE, path))])))
    const zip = join(scratch, 'digits.zip')
    writeFileSync(zip, Buffer.from(await (await writer.close()).arrayBuffer()))
    await dropped(frozen(zip), zip)
  })

  it('takes an .h5 that needs the HDF5 library', async () => {
    const model = join(import.meta.dirname, '../../fixtures/keras/k1_lstm.h5')
    await dropped(frozen(model), model)
  })

  it('takes an .h5 without the HDF5 library', async () => {
    const visited = await visit(browser, host.url)
    const loaded = (): Promise<string[]> =>
      visited.page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    await see(visited.page, '.drop')
    const model = join(import.meta.dirname, '../../fixtures/keras/nested.k3.h5')
    await drop(visited.page, model)
    await frozen(model)(visited.page)
    expect((await loaded()).filter(name => /hdf5/.test(name))).toEqual([])
    await visited.close()
  })

  it('shows the layers of a Keras file, sorted and searched, and freezes it for a program', async () => {
    const model = join(import.meta.dirname, '../../fixtures/keras/nested.k3.h5')
    await dropped(async page => {
      await see(page, '.verdict.yes')
      const card = page.locator('.card:has(h2:text("layers"))')
      expect(await card.locator('thead').textContent()).toBe('LayerClassOutputParameters')
      await card.getByRole('button', { name: 'Parameters' }).click()
      const counts = (await card.locator('.number').allInnerTexts()).map(text => Number(text.replaceAll(',', '')))
      expect(counts).toEqual([...counts].sort((a, b) => b - a))
      expect(counts[0]).toBeGreaterThan(0)
      await picture(page, 'layers')
      expect(await faults(page)).toEqual([])
      await openTab(page, 'freeze')
      await page.getByLabel('To be read by').selectOption('opencv')
      await freezeAndCompare(page, model)
      expect(await textOf(page, '.command')).toContain('--target opencv')
    }, model)
  })

  it('takes a Keras file with a vocabulary, and one whose shape and recurrence are chosen', async () => {
    const words = join(import.meta.dirname, '../../fixtures/keras/words.keras')
    await dropped(frozen(words), words)
    const lstm = join(import.meta.dirname, '../../fixtures/keras/k1_lstm.h5')
    await dropped(async page => {
      await see(page, '.verdict.yes')
      expect(await textOf(page, '.overview')).toMatch(
        /12 variables[\s\S]*k1_lstm\.h5:\/model_weights\/lstm_1\/lstm_1_W_i/,
      )
      await openTab(page, 'freeze')
      await page.locator('.port.input summary').click()
      const shape = page.getByLabel('Shape of lstm_1_input')
      await shape.fill('1,4,y')
      await page.click('button[type=submit]')
      expect(await textOf(page, '.freeze-form .error')).toContain("'y' is not a size")
      await shape.fill('1,?,3')
      await page.locator('.freeze-form .more summary').click()
      await page.selectOption('#rnn', 'loop')
      await freezeAndCompare(page, lstm)
      expect(await textOf(page, '.command')).toContain("--shape 'lstm_1_input=1,?,3' --rnn loop -O")
    }, lstm)
  })

  const broken: readonly (readonly [string, () => string])[] = [
    [
      'a file that is cut short',
      () =>
        written(
          'cut.h5',
          readFileSync(join(import.meta.dirname, '../../fixtures/keras/nested.k3.h5')).subarray(0, 5000),
        ),
    ],
    ['a file that is no model', () => written('notes.txt', Buffer.from('not a model at all'))],
    ['an empty file', () => written('empty.pb', Buffer.alloc(0))],
  ]
  for (const [what, file] of broken) {
    it(`${what}: says what the command line says`, async () => {
      const path = file()
      await dropped(async page => {
        await see(page, '.sentence.error')
        expect(await textOf(page, '.sentence.error')).toBe(refusal('inspect', path))
        await picture(page, 'error')
      }, path)
    })
  }

  it('a model whose weights are damaged says so when they are written', async () => {
    const folder = join(scratch, 'damaged')
    mkdirSync(folder, { recursive: true })
    cpSync(SAMPLE, folder, { recursive: true })
    const data = join(folder, 'variables/variables.data-00000-of-00001')
    const bytes = readFileSync(data)
    bytes.fill(0xff, 36_700, 70_000)
    writeFileSync(data, bytes)
    await dropped(async page => {
      await see(page, '.verdict')
      await openTab(page, 'freeze')
      await page.getByText('No', { exact: true }).click()
      await page.click('button[type=submit]')
      await see(page, '.result')
      await page.click('.result button.primary')
      await see(page, '.result .sentence.error')
      expect(await textOf(page, '.result .sentence.error')).toBe(
        refusal('freeze', folder, '-o', join(scratch, 'never.pb')),
      )
    }, folder)
  })
})

const written = (name: string, bytes: Uint8Array): string => {
  const path = join(scratch, name)
  writeFileSync(path, bytes)
  return path
}

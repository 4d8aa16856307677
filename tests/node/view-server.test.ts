/** The server of `tfreeze view`: who gets what, and who gets nothing. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFolder } from '../../src/node/file-source.ts'
import { startViewServer, type ViewServer } from '../../src/node/view-server.ts'

let folder = ''
let server: ViewServer
let port = 0
let token = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tfreeze-view-'))
  mkdirSync(join(folder, 'page/assets'), { recursive: true })
  mkdirSync(join(folder, 'model/variables'), { recursive: true })
  writeFileSync(join(folder, 'page/index.html'), '<html lang="en"></html>')
  writeFileSync(join(folder, 'page/assets/main.js'), 'export {}')
  writeFileSync(join(folder, 'model/saved_model.pb'), '0123456789')
  writeFileSync(join(folder, 'model/variables/a b.index'), 'spaced')
  writeFileSync(join(folder, 'secret'), 'secret')
  symlinkSync('../secret', join(folder, 'model/link'))
  server = await startViewServer({ name: 'model', files: openFolder(join(folder, 'model')) }, join(folder, 'page'))
  const url = new URL(server.url)
  port = Number(url.port)
  token = url.pathname.split('/')[1]!
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A request as it is written: `fetch` would tidy the path up and set the host itself. */
const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', at = port): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const made = request({ host: '127.0.0.1', port: at, path, method, headers }, response => {
      const pieces: Buffer[] = []
      response.on('data', piece => pieces.push(piece))
      response.on('end', () =>
        resolve({ status: response.statusCode!, body: Buffer.concat(pieces).toString(), headers: response.headers }),
      )
    })
    made.on('error', reject).end()
  })

describe('what is served', () => {
  const served: readonly (readonly [string, string, Record<string, string>, number, string])[] = [
    ['the page, which learns that a model is here', '/', {}, 200, '<html data-view data-served lang="en"></html>'],
    ['a file of the page', '/assets/main.js', {}, 200, 'export {}'],
    [
      'the list of the model’s files',
      '/model.json',
      {},
      200,
      '{"name":"model","files":[{"path":"saved_model.pb","size":10},{"path":"variables/a b.index","size":6}]}',
    ],
    ['a file of the model', '/model/saved_model.pb', {}, 200, '0123456789'],
    ['a range', '/model/saved_model.pb', { range: 'bytes=2-4' }, 206, '234'],
    ['a range to the end', '/model/saved_model.pb', { range: 'bytes=7-' }, 206, '789'],
    ['the last bytes', '/model/saved_model.pb', { range: 'bytes=-2' }, 206, '89'],
    ['a range that ends behind the file', '/model/saved_model.pb', { range: 'bytes=8-99' }, 206, '89'],
    ['a range behind the file', '/model/saved_model.pb', { range: 'bytes=10-12' }, 416, 'No such range.'],
    ['a path with a space', '/model/variables/a%20b.index', {}, 200, 'spaced'],
  ]
  for (const [what, path, headers, status, body] of served) {
    it(what, async () => {
      const answer = await ask(`/${token}${path}`, headers)
      expect([answer.status, answer.body]).toEqual([status, body])
    })
  }

  it('forbids every foreign address', async () => {
    const { headers } = await ask(`/${token}/`)
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  it('to localhost as well', async () => {
    const host = `localhost:${port}`
    expect((await ask(`/${token}/model.json`, { host, origin: `http://${host}` })).status).toBe(200)
  })

  it('without a model: the page alone', async () => {
    const bare = await startViewServer(undefined, join(folder, 'page'))
    try {
      expect(await (await fetch(bare.url)).text()).toBe('<html data-view lang="en"></html>')
      expect((await fetch(`${bare.url}model.json`)).status).toBe(404)
    } finally {
      await bare.close()
    }
  })

  it('where the user says so: to other machines, and in a frame of the origins named', async () => {
    const files = openFolder(join(folder, 'model'))
    const open = await startViewServer({ name: 'model', files }, join(folder, 'page'), {
      host: '0.0.0.0',
      embed: ['http://localhost:8888'],
    })
    try {
      const { port: at, pathname } = new URL(open.url)
      const get = (path: string, headers: Record<string, string>): Promise<Answer> =>
        ask(path, headers, 'GET', Number(at))
      expect((await get(`${pathname}model.json`, { host: `my-machine:${at}` })).status).toBe(200)
      expect((await get('/model.json', { host: `my-machine:${at}` })).status).toBe(403)
      const frame = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' }
      const { status, headers } = await get(pathname, frame)
      expect(status).toBe(200)
      expect(headers['content-security-policy']).toMatch(/frame-ancestors http:\/\/localhost:8888$/)
    } finally {
      await open.close()
    }
  })

  it('answers HEAD without a body', async () => {
    const answer = await ask(`/${token}/model/saved_model.pb`, {}, 'HEAD')
    expect([answer.status, answer.body, answer.headers['content-length']]).toEqual([200, '', '10'])
  })
})

describe('what is refused', () => {
  const refused: readonly (readonly [string, string, Record<string, string>, number, string])[] = [
    ['no token', '/', {}, 403, 'Wrong token: use the address that tfreeze printed.'],
    [
      'another token',
      '/aaaaaaaaaaaaaaaaaaaaaaaa/model.json',
      {},
      403,
      'Wrong token: use the address that tfreeze printed.',
    ],
    ['a token cut short', '/TOKEN-1/', {}, 403, 'Wrong token: use the address that tfreeze printed.'],
    ['another host', '/TOKEN/model.json', { host: 'evil.example' }, 403, 'Wrong host.'],
    ['this host at another port', '/TOKEN/model.json', { host: 'localhost:1' }, 403, 'Wrong host.'],
    ['a frame', '/TOKEN/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' }, 403, 'Wrong site.'],
    ['another origin', '/TOKEN/model.json', { origin: 'http://evil.example' }, 403, 'Wrong origin.'],
    ['an origin without a name', '/TOKEN/model.json', { origin: 'null' }, 403, 'Wrong origin.'],
    ['another site', '/TOKEN/model.json', { 'sec-fetch-site': 'cross-site' }, 403, 'Wrong site.'],
    ['a file beside the model', '/TOKEN/model/../secret', {}, 404, 'Not found.'],
    ['the same, encoded', '/TOKEN/model/..%2fsecret', {}, 404, 'Not found.'],
    ['the same, with a backslash', '/TOKEN/model/..%5csecret', {}, 404, 'Not found.'],
    ['an absolute path', '/TOKEN/model//etc/passwd', {}, 404, 'Not found.'],
    ['a link that leads out', '/TOKEN/model/link', {}, 404, 'Not found.'],
    ['a folder', '/TOKEN/model/variables', {}, 404, 'Not found.'],
    ['a zero byte', '/TOKEN/model/saved_model.pb%00', {}, 404, 'Not found.'],
    ['what is no encoding', '/TOKEN/model/%zz', {}, 404, 'Not found.'],
    ['a file outside the page', '/TOKEN/assets/../../secret', {}, 404, 'Not found.'],
  ]
  for (const [what, path, headers, status, body] of refused) {
    it(what, async () => {
      const fill = (text: string): string =>
        text.replace('TOKEN-1', token.slice(1)).replace('TOKEN', token).replace('PORT', String(port))
      const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]))
      const answer = await ask(fill(path), filled)
      expect([answer.status, answer.body]).toEqual([status, body])
    })
  }

  it('takes no other method', async () => {
    expect((await ask(`/${token}/model.json`, {}, 'POST')).status).toBe(405)
    expect((await ask(`/${token}/model/saved_model.pb`, {}, 'DELETE')).status).toBe(405)
  })

  it('a file that appears later', async () => {
    writeFileSync(join(folder, 'model/later'), 'later')
    expect((await ask(`/${token}/model/later`)).status).toBe(404)
  })

  it('has a new token each time', async () => {
    const other = await startViewServer(
      { name: 'model', files: openFolder(join(folder, 'model')) },
      join(folder, 'page'),
    )
    expect(new URL(other.url).pathname).not.toBe(new URL(server.url).pathname)
    expect(new URL(other.url).pathname.length).toBeGreaterThan(24)
    await other.close()
  })
})

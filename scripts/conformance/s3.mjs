// node scripts/conformance/s3.mjs [MODELS]
// A batch over models in a real S3 server (versitygw), from it and to it, in spite of faults: errors and cut answers,
// answers that come late or never, a model that may not be read, and one that changes while it is read. The outputs are
// those of the disk; a second run freezes what failed, and a third does nothing.
// versitygw is taken from the path, or built by Go. Where there is neither, the last line says so, and nothing is judged.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request as ask, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import { cache } from '../networks.mjs'

const MODELS = Number(process.argv[2] ?? 200)
const VERSION = 'v1.8.0'
const KEYS = { accessKeyId: 'conformance', secretAccessKey: 'conformance-secret' }
const DIGITS = 'fixtures/digits'
const LSTM = 'fixtures/keras/k1_lstm.h5'
/** The models that the first run cannot freeze, by their numbers. */
const DENIED = 1
const CHANGING = 2
/** How long a late answer takes. */
const LATE_MS = 1500

/** The program; undefined where it cannot be had. */
function server() {
  const built = join(cache, 'versitygw', VERSION, 'versitygw')
  const found = (process.env.PATH ?? '').split(':').map(folder => join(folder, 'versitygw'))
  const there = [...found, built].find(path => existsSync(path))
  if (there) return there
  try {
    const environment = { ...process.env, GOBIN: join(cache, 'versitygw', VERSION) }
    const module = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`
    execFileSync('go', ['install', module], { env: environment, stdio: 'ignore' })
    return built
  } catch {
    return undefined
  }
}

/** Listens on a free port; resolves with it. */
const listening = server => new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer()
  const port = await listening(server)
  await new Promise(resolve => server.close(resolve))
  return port
}

/** Starts the store in a folder; resolves with its address and what ends it. */
async function store(program, folder) {
  const port = await freePort()
  const words = ['--access', KEYS.accessKeyId, '--secret', KEYS.secretAccessKey, '--port', `127.0.0.1:${port}`]
  const child = spawn(program, [...words, '--quiet', 'posix', folder], { stdio: 'ignore' })
  const address = `http://127.0.0.1:${port}`
  for (let tried = 0; tried < 100; tried++) {
    try {
      await fetch(address)
      return { address, end: () => child.kill() }
    } catch {
      await pause(100)
    }
  }
  child.kill()
  throw new Error('the store does not answer')
}

/** Stands between the command and the store, and fails as `fault` says: by the request's method, path and number. */
async function faulty(store, fault) {
  const state = { requests: [], writes: [], count: 0, kinds: new Map() }
  const server = createServer((request, response) => {
    const parts = []
    request.on('data', part => parts.push(part))
    request.on('end', async () => {
      const path = decodeURIComponent(request.url)
      state.requests.push(`${request.method} ${path}`)
      if (request.method !== 'GET') state.writes.push(path)
      const kind = (await fault(request, path, state.count++)) ?? 'none'
      state.kinds.set(kind, (state.kinds.get(kind) ?? 0) + 1)
      if (kind === 'hang') return
      if (kind === 'error') return response.writeHead(500).end('<Error><Code>InternalError</Code></Error>')
      if (kind === 'denied') return response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
      if (kind === 'late') await pause(LATE_MS)
      forward(store, { request, response, body: Buffer.concat(parts), isCut: kind === 'cut' })
    })
  })
  const port = await listening(server)
  const end = () => {
    server.close()
    server.closeAllConnections()
  }
  return Object.assign(state, { address: `http://127.0.0.1:${port}`, end })
}

/** Hands a request on as it came, with the host that it was signed for, and its answer back; of one that is cut the first half. */
function forward(store, { request, response, body, isCut }) {
  const { method, url, headers } = request
  const onward = ask(`${store}${url}`, { method, headers }, answer => {
    response.writeHead(answer.statusCode, answer.headers)
    const parts = []
    answer.on('data', part => parts.push(part))
    answer.on('end', () => {
      const whole = Buffer.concat(parts)
      if (isCut && whole.length > 1) response.write(whole.subarray(0, whole.length >> 1), () => response.destroy())
      else response.end(whole)
    })
  })
  onward.on('error', () => response.destroy())
  onward.end(body)
}

/** Runs the command with the store of an address; resolves with its exit status and what it says. */
function tfreeze(address, ...words) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: address,
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_REGION: 'us-east-1',
  }
  const child = spawn(process.execPath, ['dist/cli/main.js', ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.on('data', part => (said.out += part))
  child.stderr.on('data', part => (said.err += part))
  return new Promise(resolve => child.on('close', status => resolve({ status, ...said })))
}

const filesOf = folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path => statSync(join(folder, path)).isFile())

/** Fills a bucket with models: every fourth is a Keras file, the others are SavedModels. */
async function fill(put) {
  for (let i = 0; i < MODELS; i++) {
    if (i % 4 === 3) await put(`models/model_${i}.h5`, readFileSync(LSTM))
    else for (const path of filesOf(DIGITS)) await put(`models/model_${i}/${path}`, readFileSync(join(DIGITS, path)))
  }
}

/** Faults that pass, evenly over all requests; and those of the two models that the first run cannot freeze. */
function faultsOf(change) {
  let isChanged = false
  return async (request, path, count) => {
    if (request.method === 'GET' && path.startsWith(`/models/model_${DENIED}/`)) return 'denied'
    const isRead = request.method === 'GET' && path.includes(`/model_${CHANGING}/variables/variables.data`)
    if (isRead && request.headers['if-match']) {
      if (!isChanged) await change()
      isChanged = true
      return undefined
    }
    if (count === 500) return 'hang'
    if (count % 19 === 7) return 'error'
    if (count % 23 === 11) return 'cut'
    return count % 97 === 13 ? 'late' : undefined
  }
}

const wrong = []
const check = (holds, what) => holds || wrong.push(what)

/** Runs the batch; gives its lines by model, and checks how many have each status. */
async function batch(address, what, want) {
  const { status, out, err } = await tfreeze(address, 'batch', 's3://models/', '-o', 's3://frozen/all/', '-O', '--json')
  const lines = out
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
  const counts = Object.fromEntries(
    ['frozen', 'skipped', 'failed'].map(name => [name, lines.filter(line => line.status === name).length]),
  )
  check(JSON.stringify(counts) === JSON.stringify(want), `${what}: ${JSON.stringify(counts)} ${err.slice(-500)}`)
  check(status === (want.failed ? 1 : 0), `${what} ends with ${status}`)
  return new Map(lines.map(line => [line.path.replace(/\/$/, ''), line]))
}

async function judge(program, folder) {
  for (const name of ['store', 'local']) mkdirSync(join(folder, name))
  const { address, end } = await store(program, join(folder, 'store'))
  const proxies = []
  try {
    const client = new AwsClient({ ...KEYS, service: 's3', region: 'us-east-1' })
    const put = async (path, body) => {
      const answer = await client.fetch(`${address}/${path}`, { method: 'PUT', ...(body && { body }) })
      if (!answer.ok) throw new Error(`${path}: the store answers ${answer.status} ${await answer.text()}`)
    }
    for (const bucket of ['models', 'frozen']) await put(bucket)
    await fill(put)

    const data = readFileSync(join(DIGITS, 'variables/variables.data-00000-of-00001'))
    const changed = `models/model_${CHANGING}/variables/variables.data-00000-of-00001`
    const first = await faulty(
      address,
      faultsOf(() => put(changed, Buffer.concat([data, Buffer.from([0])]))),
    )
    proxies.push(first)
    const failed = await batch(first.address, 'the run with faults', { frozen: MODELS - 2, skipped: 0, failed: 2 })
    const messageOf = number => failed.get(`s3://models/model_${number}`)?.message ?? 'nothing'
    check(/403 AccessDenied/.test(messageOf(DENIED)), `of a model that may not be read: ${messageOf(DENIED)}`)
    check(/changed while it was read/.test(messageOf(CHANGING)), `of one that changes: ${messageOf(CHANGING)}`)
    for (const kind of ['error', 'cut', 'late', 'hang'])
      check(first.kinds.get(kind), `no request met the fault “${kind}”`)

    await put(changed, data)
    const second = await faulty(address, () => undefined)
    proxies.push(second)
    await batch(second.address, 'the second run', { frozen: 2, skipped: MODELS - 2, failed: 0 })
    const third = await faulty(address, () => undefined)
    proxies.push(third)
    await batch(third.address, 'the third run', { frozen: 0, skipped: MODELS, failed: 0 })
    const written = third.writes.filter(path => !path.endsWith('/report.jsonl'))
    check(written.length === 0, `the third run writes ${written.length} objects, as ${written[0]}`)

    await compare(client, address, join(folder, 'local'))
    return { requests: first.count, kinds: first.kinds }
  } finally {
    for (const proxy of proxies) proxy.end()
    end()
  }
}

/** The outputs in the store are those that the same models give on the disk. */
async function compare(client, address, folder) {
  const wants = []
  for (const [name, model] of [
    ['digits', DIGITS],
    ['lstm', LSTM],
  ]) {
    const path = join(folder, `${name}.pb`)
    execFileSync(process.execPath, ['dist/cli/main.js', 'freeze', model, '-o', path, '-O', '--quiet'])
    wants.push(readFileSync(path))
  }
  const [digits, lstm] = wants
  for (let i = 0; i < MODELS; i++) {
    const answer = await client.fetch(`${address}/frozen/all/model_${i}.pb`)
    const bytes = Buffer.from(await answer.arrayBuffer())
    check(Buffer.compare(bytes, i % 4 === 3 ? lstm : digits) === 0, `model_${i}.pb is another than on the disk`)
  }
}

const program = server()
if (!program) console.log('skipped: versitygw is not there, and Go, which builds it, is not either')
else {
  const folder = mkdtempSync(join(tmpdir(), 's3-'))
  try {
    const { requests, kinds } = await judge(program, folder)
    const faults = [...kinds].filter(([kind]) => kind !== 'none').map(([kind, count]) => `${count} ${kind}`)
    console.log(
      wrong.slice(0, 10).join('\n') ||
        `${MODELS} models from a store to a store; ${requests} requests with faults (${faults.join(', ')}); then nothing is left to do`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
process.exit(wrong.length > 0 ? 1 : 0)

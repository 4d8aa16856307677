/** A store that speaks S3 on this machine: it checks signatures, and fails as it is told. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AwsV4Signer } from 'aws4fetch'

export const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'secret' }

/** What becomes of a request. */
export type Fault = 'none' | '403' | '500' | 'cut' | 'slow'

export interface StoreServer {
  readonly endpoint: string
  readonly objects: Map<string, Uint8Array>
  /** The requests that came: `GET /bucket/key bytes=0-99`. */
  readonly requests: string[]
  /** Decides what becomes of each request. */
  fault: (method: string, path: string, count: number) => Fault
  /** Forgets all. */
  reset(): void
  close(): Promise<void>
}

/** A server that takes requests with these keys only; with null, requests without any. */
export async function storeServer(keys: typeof KEYS | null = KEYS): Promise<StoreServer> {
  const objects = new Map<string, Uint8Array>()
  const uploads = new Map<string, Map<number, Uint8Array>>()
  const requests: string[] = []
  const counts = new Map<string, number>()
  const state: StoreServer = {
    endpoint: '',
    objects,
    requests,
    fault: () => 'none',
    reset() {
      for (const each of [objects, uploads, counts]) each.clear()
      requests.length = 0
      state.fault = () => 'none'
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    const url = new URL(request.url!, `http://${request.headers.host}`)
    const line = `${request.method} ${url.pathname}${url.search} ${request.headers.range ?? ''}`.trim()
    requests.push(line)
    const count = (counts.get(line) ?? 0) + 1
    counts.set(line, count)
    const fault = state.fault(request.method!, decodeURIComponent(url.pathname), count)
    if (fault === 'slow') return // it never answers
    if (fault === '403') end(response, 403, '<Error><Code>AccessDenied</Code></Error>')
    else if (fault === '500') end(response, 500, '<Error><Code>InternalError</Code></Error>')
    else if (keys && !(await isSigned(request, url, keys)))
      end(response, 403, '<Error><Code>SignatureDoesNotMatch</Code></Error>')
    else answer({ request, response, url, body, isCut: fault === 'cut' })
  })

  interface Asked {
    readonly request: IncomingMessage
    readonly response: ServerResponse
    readonly url: URL
    readonly body: Uint8Array
    readonly isCut: boolean
  }

  function answer({ request, response, url, body, isCut }: Asked): void {
    const { searchParams: query } = url
    const path = decodeURIComponent(url.pathname).slice(1)
    const upload = query.get('uploadId')
    if (request.method === 'GET' && query.has('list-type')) list(response, path, query)
    else if (request.method === 'GET') get(request, response, path, isCut)
    else if (request.method === 'HEAD') response.writeHead(200, { 'content-length': objects.get(path)!.length }).end()
    else if (request.method === 'POST') end(response, 200, upload ? completed(upload, path) : begun(path))
    else {
      if (request.method === 'DELETE') uploads.delete(upload!)
      else if (upload) uploads.get(upload)!.set(Number(query.get('partNumber')), body)
      else objects.set(path, body)
      response.setHeader('etag', tagOf(body))
      end(response, request.method === 'DELETE' ? 204 : 200, '')
    }
  }

  function begun(path: string): string {
    uploads.set(`${path}#`, new Map())
    return `<R><UploadId>${path}#</UploadId></R>`
  }

  function completed(upload: string, path: string): string {
    const parts = [...uploads.get(upload)!].sort(([one], [other]) => one - other).map(([, bytes]) => bytes)
    objects.set(path, Buffer.concat(parts))
    uploads.delete(upload)
    return '<CompleteMultipartUploadResult/>'
  }

  function get(request: IncomingMessage, response: ServerResponse, path: string, isCut: boolean): void {
    const bytes = objects.get(path)
    const match = request.headers['if-match']
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range!)!.map(Number) as [number, number, number]
    if (!bytes) end(response, 404, '<Error><Code>NoSuchKey</Code></Error>')
    else if (match && match !== tagOf(bytes)) end(response, 412, '<Error><Code>PreconditionFailed</Code></Error>')
    else if (first >= bytes.length) end(response, 416, '')
    else {
      const part = bytes.subarray(first, last + 1)
      response.writeHead(206, {
        etag: tagOf(bytes),
        'content-range': `bytes ${first}-${first + part.length - 1}/${bytes.length}`,
        'content-length': part.length,
      })
      if (isCut) response.write(part.subarray(0, part.length / 2), () => response.destroy())
      else response.end(part)
    }
  }

  function list(response: ServerResponse, bucket: string, query: URLSearchParams): void {
    const prefix = `${bucket}/${query.get('prefix') ?? ''}`
    const from = Number(query.get('continuation-token') ?? 0)
    const all = [...objects.keys()].filter(path => path.startsWith(prefix)).sort()
    const page = all.slice(from, from + 3) // small pages, so that there are several
    const entries = page.map(path => {
      const key = path.slice(bucket.length + 1).replaceAll('&', '&amp;')
      const bytes = objects.get(path)!
      return `<Contents><Key>${key}</Key><Size>${bytes.length}</Size><ETag>${tagOf(bytes)}</ETag></Contents>`
    })
    const rest = all.length > from + 3
    const token = rest ? `<NextContinuationToken>${from + 3}</NextContinuationToken>` : ''
    end(response, 200, `<R><IsTruncated>${rest}</IsTruncated>${token}${entries.join('')}</R>`)
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(state, { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

const end = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status)
  response.end(text)
}

/** An ETag, which differs where the content does. */
function tagOf(bytes: Uint8Array): string {
  const tag = tags.get(bytes) ?? `"${createHash('md5').update(bytes).digest('hex')}"`
  tags.set(bytes, tag)
  return tag
}
const tags = new WeakMap<Uint8Array, string>()

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}

/** Whether the request is signed with these keys, as signing it again shows. */
async function isSigned(request: IncomingMessage, url: URL, keys: typeof KEYS): Promise<boolean> {
  const { authorization = '' } = request.headers
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? []
  const signed = names.filter(name => name !== 'host').map(name => [name, String(request.headers[name])] as const)
  const signer = new AwsV4Signer({
    ...keys,
    method: request.method!,
    url: url.href,
    headers: new Headers(signed.map(([name, value]): [string, string] => [name, value])),
    service: 's3',
    region: 'us-east-1',
    datetime: String(request.headers['x-amz-date']),
  })
  return (await signer.sign()).headers.get('authorization') === authorization
}

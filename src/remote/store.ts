/**
 * Object stores that speak S3: Amazon's, Google's by its XML interface, and those of others. Requests are signed where
 * there are credentials. Source: docs.aws.amazon.com/AmazonS3/latest/API.
 */
import { AwsClient } from 'aws4fetch'
import type { ByteSource } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { MAX_FILES } from '../limits.ts'
import { plain, type RequestOptions, Requests, refused, type Sign } from './requests.ts'
import { openSource } from './source.ts'

/** Who asks: keys, or a token. */
export type Credentials =
  | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
  | { readonly token: string }

/** Where a store is, and how it is spoken to. */
export interface StoreOptions extends RequestOptions {
  /** Its address, as `http://localhost:9000`. Default: Amazon's for the region, Google's for `gs://`. */
  readonly endpoint?: string
  /** Default: `us-east-1`. */
  readonly region?: string
  /** Without them only what is public can be read. */
  readonly credentials?: Credentials
}

/** An object of a listing. */
export interface StoredObject {
  readonly key: string
  readonly size: number
  /** Changes when the object does. */
  readonly tag: string
}

/** One bucket of a store. */
export class Bucket {
  readonly #requests: Requests
  readonly #base: string

  constructor(name: string, options: StoreOptions & { readonly endpoint: string }) {
    this.#requests = new Requests(options, signer(options))
    this.#base = `${options.endpoint.replace(/\/+$/, '')}/${encodeURIComponent(name)}`
  }

  /** The object; undefined where there is none. */
  open(key: string): Promise<ByteSource | undefined> {
    return openSource(this.#requests, this.#url(key))
  }

  /** The objects whose keys begin so, sorted. Throws `limit` above MAX_FILES. */
  async list(prefix: string): Promise<readonly StoredObject[]> {
    const found: StoredObject[] = []
    for (let token: string | undefined = ''; token !== undefined; ) {
      const query = new URLSearchParams({ 'list-type': '2', prefix, ...(token && { 'continuation-token': token }) })
      const url = `${this.#base}?${query}`
      const answer = await this.#requests.send(url)
      if (answer.status !== 200) refused(url, answer)
      const text = new TextDecoder().decode(answer.body)
      found.push(...[...text.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, entry]) => objectIn(entry!)))
      if (found.length > MAX_FILES)
        throw new FreezeError('limit', `the folder holds more than ${MAX_FILES} files`, {
          file: plain(this.#url(prefix)),
          hint: 'Name the folder of the model itself.',
        })
      token = field(text, 'IsTruncated') === 'true' ? field(text, 'NextContinuationToken') : undefined
    }
    return found
  }

  /** Writes an object at once. */
  async put(key: string, body: Uint8Array): Promise<void> {
    await this.#expect(this.#url(key), { method: 'PUT', body: body as BodyInit }) // bytes or text, over memory that is not shared
  }

  /** Begins an object in parts, which is there once it is completed, and not before. */
  async begin(key: string): Promise<Upload> {
    const url = this.#url(key)
    const id = field(await this.#expect(`${url}?uploads=`, { method: 'POST' }), 'UploadId')
    if (id === undefined)
      throw new FreezeError('output', 'the store does not begin an upload in parts', { file: plain(url) })
    const of = (query: Record<string, string>): string => `${url}?${new URLSearchParams({ ...query, uploadId: id })}`
    const tags: string[] = []
    return {
      part: async bytes => {
        const number = tags.push('')
        const answer = await this.#answer(of({ partNumber: String(number) }), {
          method: 'PUT',
          body: bytes as BodyInit, // over memory that is not shared
        })
        tags[number - 1] = answer.headers.get('etag') ?? ''
      },
      complete: async () => {
        const parts = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`)
        const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`
        const text = await this.#expect(of({}), { method: 'POST', body })
        if (text.includes('<Error>'))
          throw new FreezeError('output', `the store did not put the parts together (${field(text, 'Code')})`, {
            file: plain(url),
          })
      },
      abort: async () => {
        await this.#requests.send(of({}), { method: 'DELETE' })
      },
    }
  }

  #url(key: string): string {
    return `${this.#base}/${key.split('/').map(encodeURIComponent).join('/')}`
  }

  async #answer(url: string, init: RequestInit) {
    const answer = await this.#requests.send(url, init)
    if (answer.status !== 200) refused(url, answer)
    return answer
  }

  async #expect(url: string, init: RequestInit): Promise<string> {
    return new TextDecoder().decode((await this.#answer(url, init)).body)
  }
}

/** An object on its way, in parts. */
export interface Upload {
  part(bytes: Uint8Array): Promise<void>
  complete(): Promise<void>
  abort(): Promise<void>
}

function signer({ credentials, region = 'us-east-1' }: StoreOptions): Sign {
  if (!credentials) return async (url, init) => new Request(url, init)
  if ('token' in credentials) {
    const authorization = `Bearer ${credentials.token}`
    return async (url, init) => new Request(url, { ...init, headers: { ...init.headers, authorization } })
  }
  const client = new AwsClient({ ...credentials, service: 's3', region, retries: 0 })
  return (url, init) => client.sign(url, init)
}

function objectIn(entry: string): StoredObject {
  return {
    key: field(entry, 'Key') ?? '',
    size: Number(field(entry, 'Size') ?? 0),
    tag: field(entry, 'ETag') ?? '',
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The text of an element, without markup inside. */
function field(text: string, name: string): string | undefined {
  const [, content] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text) ?? []
  return content?.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, entity) => {
    if (entity !== undefined) return ENTITIES[entity] ?? whole
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
  })
}

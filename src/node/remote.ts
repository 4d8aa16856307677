/**
 * Where stores are and who asks, as the usual variables and files say:
 *
 *     s3://  AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID,
 *            AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; ~/.aws/credentials and ~/.aws/config, by AWS_PROFILE
 *     gs://  STORAGE_EMULATOR_HOST, GOOGLE_OAUTH_ACCESS_TOKEN, CLOUDSDK_AUTH_ACCESS_TOKEN
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '../bytes/folder.ts'
import { type ByteSource, CHUNK_BYTES, type Folder, isFolder } from '../bytes/source.ts'
import type { OutputFile } from '../export/output.ts'
import { openRemote, type RemoteInput } from '../remote/open.ts'
import type { StoreOptions } from '../remote/store.ts'
import { upload } from '../remote/upload.ts'
import { keptFile } from './pipe.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The settings of the environment for the store that an address names. */
export function storeOptions(address: string, environment: Environment = process.env): StoreOptions {
  if (/^s3:/i.test(address)) return amazon(environment)
  if (/^gs:/i.test(address)) return google(environment)
  return {}
}

function amazon(environment: Environment): StoreOptions {
  const profile = environment['AWS_PROFILE'] ?? 'default'
  const home = join(homedir(), '.aws')
  const config = section(environment['AWS_CONFIG_FILE'] ?? join(home, 'config'), [profile, `profile ${profile}`])
  const file = environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, 'credentials')
  const stored = { ...config, ...section(file, [profile]) }
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'] ?? stored['aws_access_key_id']
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'] ?? stored['aws_secret_access_key']
  const sessionToken = environment['AWS_ACCESS_KEY_ID'] ? environment['AWS_SESSION_TOKEN'] : stored['aws_session_token']
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? config['region']
  const endpoint = environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL'] ?? config['endpoint_url']
  return {
    ...(endpoint && { endpoint }),
    ...(region && { region }),
    ...(accessKeyId &&
      secretAccessKey && { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }),
  }
}

function google(environment: Environment): StoreOptions {
  const host = environment['STORAGE_EMULATOR_HOST']
  const token = environment['GOOGLE_OAUTH_ACCESS_TOKEN'] ?? environment['CLOUDSDK_AUTH_ACCESS_TOKEN']
  return {
    ...(host && { endpoint: /^https?:/.test(host) ? host : `http://${host}` }),
    ...(token && { credentials: { token } }),
  }
}

/** The values of a section of a file of Amazon's tools; none where there is no such file or section. */
function section(path: string, names: readonly string[]): Readonly<Record<string, string>> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return {} // most have none
  }
  const found: Record<string, string> = {}
  let isIn = false
  for (const line of text.split('\n')) {
    const [, name] = /^\s*\[\s*(.*?)\s*\]/.exec(line) ?? []
    if (name !== undefined) isIn = names.includes(name)
    const [, key, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (isIn && key !== undefined && value !== undefined) found[key.toLowerCase()] = value
  }
  return found
}

/** Opens what lies at an address, as the environment's settings for its store say. */
export async function openAddress(address: string): Promise<RemoteInput> {
  const { input, siblings } = await openRemote(address, storeOptions(address))
  const opened = isFolder(input) ? copyingFolder(input) : copying(input)
  return { input: opened, ...(siblings && { siblings: copyingFolder(siblings) }) }
}

/** The source with a copy in a temporary file, for readers that cannot wait: the library that reads HDF5 in chunks. */
function copying(source: ByteSource): ByteSource {
  let copy: Promise<ByteSource> | undefined
  return {
    name: source.name,
    size: source.size,
    read: (offset, length) => source.read(offset, length),
    atOnce: () => (copy ??= keptFile(pieces(source), source.name)),
  }
}

const copyingFolder = (folder: Folder): Folder =>
  makeFolder(folder.name, {
    paths: () => folder.paths(),
    open: async path => {
      const file = await folder.file(path)
      return file && copying(file)
    },
  })

async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += CHUNK_BYTES)
    yield await source.read(at, Math.min(CHUNK_BYTES, source.size - at))
}

/** Writes the files of an output kind to an address. Returns how many bytes. */
export const writeToAddress = (address: string, files: readonly OutputFile[]): Promise<number> =>
  upload(address, files, storeOptions(address))

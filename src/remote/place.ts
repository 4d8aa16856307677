/** Places in object stores: `s3://bucket/key`, `gs://bucket/key`. */
import { FreezeError } from '../errors.ts'
import { Bucket, type StoreOptions } from './store.ts'

/** A place in a bucket. */
export interface Place {
  readonly bucket: Bucket
  /** The prefix of the keys of its files, or the key of a file. */
  readonly key: string
}

/** The place that an address names; undefined for a web server. Throws `unsupported` for an address without a bucket. */
export function placeOf(address: string, options: StoreOptions): Place | undefined {
  const [, scheme = '', name, key = ''] = /^(s3|gs):\/\/([^/]*)\/?(.*)$/is.exec(address) ?? []
  if (name === undefined) return undefined
  if (name === '')
    throw new FreezeError('unsupported', 'the address names no bucket', {
      file: address,
      hint: `Write it as ${scheme}://bucket/path.`,
    })
  const usual =
    scheme.toLowerCase() === 'gs'
      ? 'https://storage.googleapis.com'
      : `https://s3.${options.region ?? 'us-east-1'}.amazonaws.com`
  return { bucket: new Bucket(name, { ...options, endpoint: options.endpoint ?? usual }), key }
}

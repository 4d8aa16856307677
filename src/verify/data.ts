/** Files of data: arrays for a graph's inputs, and the outputs that were recorded with them. */
import { type ByteSource, readAll } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { imageKind, SIGNATURE_BYTES } from '../formats/image/signature.ts'
import { isNpy, readNpy } from '../formats/npy/npy.ts'
import { readNpz } from '../formats/npy/npz.ts'
import { isZip } from '../formats/zip/signature.ts'
import { MAX_DATA_BYTES } from '../limits.ts'
import type { Literal } from '../options/option.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { normalization } from './normalize.ts'
import type { Photo } from './photo.ts'

/** A value as a file gives it: an array of a type, an image, or JSON's lists, which take the type of what they are for. */
export type GivenValue = Tensor | Literal | Photo

/** The arrays of a file of data, by name. */
export interface Data {
  /** The file, for messages. */
  readonly name: string
  readonly values: ReadonlyMap<string, GivenValue>
}

/** The name of a value that its file does not name. */
export const UNNAMED = ''

/** The options of reading. */
export interface DataOptions {
  /** How the pixels of an image become numbers: `0..1`, `-1..1`, `imagenet`, `caffe`. */
  readonly normalize?: string | undefined
}

/**
 * Reads `.npz`, `.npy`, JSON (an object of lists by name, or a list), or an image (PNG, JPEG), told apart by content.
 * Throws as the readers of the formats do, and `unsupported` for another file.
 */
export async function readData(source: ByteSource, { normalize }: DataOptions = {}): Promise<Data> {
  const { name } = source
  const kind = imageKind(await source.read(0, Math.min(source.size, SIGNATURE_BYTES)))
  if (kind) {
    const { readImage } = await import('../formats/image/image.ts') // seldom needed
    const image = await readImage(source, kind)
    const photo: Photo = { kind: 'photo', ...image, normalization: normalize ? normalization(normalize) : undefined }
    return { name, values: new Map([[UNNAMED, photo]]) }
  }
  if (await isZip(source)) return { name, values: await readNpz(source) }
  if (await isNpy(source)) return { name, values: new Map([[UNNAMED, await readNpy(source)]]) }
  return { name, values: jsonValues(new TextDecoder().decode(await readAll(source, MAX_DATA_BYTES)), name) }
}

function jsonValues(text: string, file: string): Map<string, GivenValue> {
  const refuse = (what: string, cause?: unknown): never => {
    throw new FreezeError('unsupported', what, {
      file,
      hint: 'Give a .npz or .npy file, an image (.png, .jpg), or JSON such as {"image": [[0.5, 1]]}.',
      cause,
    })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    return refuse('this is neither an .npz nor an .npy file, nor an image, nor JSON', cause)
  }
  const named = typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = named ? Object.entries(value as object) : ([[UNNAMED, value]] as const)
  const values = new Map<string, GivenValue>()
  for (const [name, entry] of entries) {
    if (isLiteral(entry)) values.set(name, entry)
    else refuse(`'${name}' is not a number, a text, or a list of these`)
  }
  return values
}

const isLiteral = (value: unknown): value is Literal =>
  ['number', 'boolean', 'string'].includes(typeof value) || (Array.isArray(value) && value.every(isLiteral))

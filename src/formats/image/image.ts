/** Images as pixels. What decodes them is loaded when the first is met. */
import { type ByteSource, readAll } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_IMAGE_PIXELS, MAX_WHOLE_FILE_BYTES } from '../../limits.ts'
import type { ImageKind } from './signature.ts'

/** A decoded image. */
export interface DecodedImage {
  /** The file as it is. */
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
  /** 1 is grey, 2 grey with alpha, 3 RGB, 4 RGBA. */
  readonly channels: number
  /** By row, column and channel, from 0 to 255. */
  readonly pixels: ArrayLike<number>
}

/** Decodes an image. Throws `corrupt` for bytes that are not one, and `limit` for one with too many pixels. */
export async function readImage(source: ByteSource, kind: ImageKind): Promise<DecodedImage> {
  const bytes = await readAll(source, MAX_WHOLE_FILE_BYTES)
  if (kind === 'png') checkSize(bytes, source.name)
  try {
    return { bytes, ...(kind === 'png' ? await png(bytes) : await jpeg(bytes)) }
  } catch (cause) {
    const why = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '')
    throw new FreezeError(/limit exceeded/.test(why) ? 'limit' : 'corrupt', `the image cannot be decoded: ${why}`, {
      file: source.name,
      hint: 'Save it again as PNG, or as JPEG.',
      cause,
    })
  }
}

type Pixels = Omit<DecodedImage, 'bytes'>

/** Width and height stand in the first chunk, at byte 16. */
function checkSize(bytes: Uint8Array, file: string): void {
  if (bytes.length < 24) return // which the decoder refuses
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  if (width * height > MAX_IMAGE_PIXELS)
    throw new FreezeError('limit', `the image has ${width} × ${height} pixels, more than ${MAX_IMAGE_PIXELS}`, { file })
}

/** 16 bits become 8, and colours of a palette their own. */
async function png(bytes: Uint8Array): Promise<Pixels> {
  const { decode, convertIndexedToRgb } = await import('fast-png')
  const image = decode(bytes, { checkCrc: true })
  const { width, height, channels, depth, data, palette } = image
  if (palette) return { width, height, channels: palette[0]?.length ?? 3, pixels: convertIndexedToRgb(image) }
  if (depth === 8) return { width, height, channels, pixels: data }
  const largest = 2 ** depth - 1
  const values = depth === 16 ? data : unpacked(data as Uint8Array, width, height, depth)
  return { width, height, channels, pixels: Float32Array.from(values, v => (v * 255) / largest) }
}

/** Grey of less than 8 bits: several pixels in a byte, each row from a byte of its own. */
function unpacked(data: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8)
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const bit = (i % width) * depth
    const byte = data[Math.floor(i / width) * rowBytes + (bit >> 3)]!
    return (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1)
  })
}

async function jpeg(bytes: Uint8Array): Promise<Pixels> {
  const { decode } = await import('jpeg-js')
  const { width, height, data } = decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_IMAGE_PIXELS / 1e6,
    maxMemoryUsageInMB: 2048,
  })
  return { width, height, channels: 3, pixels: data }
}

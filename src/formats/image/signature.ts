/** How images begin; apart from what decodes them, as every file of data is looked at. */
export type ImageKind = 'png' | 'jpeg'

const SIGNATURES: Readonly<Record<ImageKind, readonly number[]>> = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpeg: [0xff, 0xd8, 0xff],
}

/** Bytes that tell. */
export const SIGNATURE_BYTES = 8

/** The kind of image that begins with these bytes; undefined for another file. */
export const imageKind = (head: Uint8Array): ImageKind | undefined =>
  (['png', 'jpeg'] as const).find(kind => SIGNATURES[kind].every((byte, i) => head[i] === byte))

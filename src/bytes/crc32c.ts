/**
 * CRC-32C (Castagnoli), the checksum of TensorFlow's tables and checkpoints: our own
 * table for short input. `streaming-crc.ts` is for weights.
 */

/** The polynomial 0x1edc6f41, bits reversed. */
const POLYNOMIAL = 0x82f63b78
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc
})

/** The checksum of short input, at once; `previous` is that of the bytes before these. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!
  return ~crc >>> 0
}

const MASK_DELTA = 0xa282ead8

/**
 * What files store instead of a checksum, so that a checksum over bytes that
 * hold checksums stays a good one: rotr(crc, 15) + 0xa282ead8.
 * Source: tensorflow/tsl/lib/hash/crc32c.h.
 */
export const maskCrc32c = (crc: number): number => (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0

/** The checksum behind a masked one. */
export function unmaskCrc32c(masked: number): number {
  const rotated = (masked - MASK_DELTA) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}

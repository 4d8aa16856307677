/**
 * CRC-32C (Castagnoli), the checksum of TensorFlow's tables and checkpoints: our own
 * table for short input. `streaming-crc.ts` is for weights.
 */
import { crcOf } from './crc32.ts'

/** The polynomial 0x1edc6f41, bits reversed. */
export const CRC32C_POLYNOMIAL = 0x82f63b78

/** The checksum of short input, at once. */
export const crc32c = crcOf(CRC32C_POLYNOMIAL)

const MASK_DELTA = 0xa282ead8

/**
 * The masked form that files store instead of a checksum, so that a checksum over bytes that
 * hold checksums stays a good one: rotr(crc, 15) + 0xa282ead8.
 * Source: tensorflow/tsl/lib/hash/crc32c.h.
 */
export const maskCrc32c = (crc: number): number => (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0

/** The checksum behind a masked one. */
export function unmaskCrc32c(masked: number): number {
  const rotated = (masked - MASK_DELTA) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}

/**
 * Cyclic checksums of 32 bits, bits from the lowest, over input that is short or at hand: CRC-32 of zip archives and PNG
 * images here, CRC-32C in `crc32c.ts`. `streaming-crc.ts` is for much input.
 */

/** The checksum of `bytes`, or with `before` of what that is the checksum of and `bytes` after it. */
export type Crc = (bytes: Uint8Array, before?: number) => number

/** The checksum of a polynomial, whose bits are reversed. */
export function crcOf(polynomial: number): Crc {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ polynomial : rest >>> 1
    return rest
  })
  return (bytes, before = 0) => {
    let crc = ~before
    for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
    return ~crc >>> 0
  }
}

/** The polynomial of Ethernet, 0x04c11db7, bits reversed. */
export const CRC32_POLYNOMIAL = 0xedb88320

export const crc32 = crcOf(CRC32_POLYNOMIAL)

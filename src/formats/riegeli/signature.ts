/** The first bytes of a Riegeli file: the hash of the header of its first chunk, which is always the same. */
export const RIEGELI_SIGNATURE = [0x83, 0xaf, 0x70, 0xd1, 0x0d, 0x88, 0x4a, 0x3f] as const

export const isRiegeli = (head: Uint8Array): boolean => RIEGELI_SIGNATURE.every((byte, i) => head[i] === byte)

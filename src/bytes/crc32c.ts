/**
 * CRC-32C (Castagnoli), the checksum of TensorFlow's tables and checkpoints:
 * our own table for short input, and for weights the fastest implementation
 * available (native code if it is installed, else WebAssembly).
 */
import type * as HashWasm from 'hash-wasm'

/** A checksum of bytes that arrive in pieces. */
export interface Crc32c {
  update(bytes: Uint8Array): void
  /** The checksum of all pieces, unmasked. To be called once, last. */
  digest(): number
}

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

/** Starts a checksum over much input. */
export async function createCrc32c(): Promise<Crc32c> {
  native ??= importNative()
  const extend = await native
  return extend ? fromFunction(extend) : wasm()
}

/** Bytes and the checksum of what came before them, to the checksum of both. */
type Extend = (bytes: Uint8Array, previous: number) => number

let native: Promise<Extend | undefined> | undefined

/** The optional dependency, if it is installed, loads, and computes the right result. */
async function importNative(): Promise<Extend | undefined> {
  // Not a literal: a bundler for browsers must neither follow nor miss it.
  const name: string = '@node-rs/crc32'
  try {
    const module: { crc32c?: Extend } = await import(/* webpackIgnore: true */ /* @vite-ignore */ name)
    const check = module.crc32c?.(new TextEncoder().encode('123456789'), 0)
    return check === 0xe3069283 ? module.crc32c : undefined
  } catch {
    return undefined // not installed, or no build for this machine: WebAssembly does it
  }
}

function fromFunction(extend: Extend): Crc32c {
  let crc = 0
  return {
    update(bytes) {
      crc = extend(bytes, crc)
    },
    digest: () => crc,
  }
}

type Hasher = Awaited<ReturnType<typeof HashWasm.createCRC32>>
/** Hashers that are not in use: each holds a WebAssembly memory, and a model has thousands of tensors. */
const idle: Hasher[] = []

async function wasm(): Promise<Crc32c> {
  const { createCRC32 } = await import('hash-wasm') // 200 kB, and seldom needed
  const hasher = (idle.pop() ?? (await createCRC32(POLYNOMIAL))).init()
  return {
    update(bytes) {
      hasher.update(bytes)
    },
    digest() {
      const crc = Number.parseInt(hasher.digest('hex'), 16)
      idle.push(hasher)
      return crc
    },
  }
}

/**
 * Checksums over input in pieces: CRC-32C of weights in checkpoints, CRC-32 of entries of zip archives. A small model's are
 * computed by our own table; more input by the fastest implementation available (native code if it is installed, else
 * WebAssembly), which takes as long to load as 5 MB to check.
 */
import type * as HashWasm from 'hash-wasm'
import { CRC32_POLYNOMIAL, type Crc, crc32 } from './crc32.ts'
import { CRC32C_POLYNOMIAL, crc32c } from './crc32c.ts'

/** A checksum of bytes that arrive in pieces. */
export interface StreamingCrc {
  update(bytes: Uint8Array): void
  /** The checksum of all pieces, unmasked. To be called once, last. */
  digest(): number
}

/** Starts a CRC-32C over `size` bytes. */
export const createCrc32c = (size: number): Promise<StreamingCrc> => create(CRC32C, size)
/** Starts a CRC-32 over `size` bytes. */
export const createCrc32 = (size: number): Promise<StreamingCrc> => create(CRC32, size)

/** Bytes in all that our own table checks before anything is loaded. */
const OWN_BYTES = 1 << 20

/** A kind of checksum: its polynomial with the bits reversed, and what it is of the digits from 1 to 9. */
interface Kind {
  readonly name: 'crc32' | 'crc32c'
  readonly polynomial: number
  readonly check: number
  readonly own: Crc
  /** Bytes that are still left to our own table. */
  left: number
  native?: Promise<Crc | undefined>
  /** Hashers that are not in use: each holds a WebAssembly memory, and a model has thousands of tensors. */
  readonly idle: Hasher[]
}
const CRC32C: Kind = {
  name: 'crc32c',
  polynomial: CRC32C_POLYNOMIAL,
  check: 0xe3069283,
  own: crc32c,
  left: OWN_BYTES,
  idle: [],
}
const CRC32: Kind = {
  name: 'crc32',
  polynomial: CRC32_POLYNOMIAL,
  check: 0xcbf43926,
  own: crc32,
  left: OWN_BYTES,
  idle: [],
}

async function create(kind: Kind, size: number): Promise<StreamingCrc> {
  if (!kind.native && size <= kind.left) {
    kind.left -= size
    return fromFunction(kind.own)
  }
  kind.native ??= importNative(kind)
  const extend = await kind.native
  return extend ? fromFunction(extend) : wasm(kind)
}

/** The optional dependency, if it is installed, loads, and computes the right result. */
async function importNative({ name: crc, check }: Kind): Promise<Crc | undefined> {
  // Not a literal: a bundler for browsers must neither follow nor miss it.
  const name: string = '@node-rs/crc32'
  try {
    const module: { readonly [crc in Kind['name']]?: Crc } = await import(
      /* webpackIgnore: true */ /* @vite-ignore */ name
    )
    const found = module[crc]?.(new TextEncoder().encode('123456789'), 0)
    return found === check ? module[crc] : undefined
  } catch {
    return undefined // not installed, or no build for this machine: WebAssembly does it
  }
}

function fromFunction(extend: Crc): StreamingCrc {
  let crc = 0
  return {
    update(bytes) {
      crc = extend(bytes, crc)
    },
    digest: () => crc,
  }
}

type Hasher = Awaited<ReturnType<typeof HashWasm.createCRC32>>

async function wasm({ polynomial, idle }: Kind): Promise<StreamingCrc> {
  const { createCRC32 } = await import('hash-wasm') // 200 kB, and seldom needed
  const hasher = (idle.pop() ?? (await createCRC32(polynomial))).init()
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

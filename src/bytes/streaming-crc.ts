/**
 * Checksums over much input: CRC-32C of weights in checkpoints, CRC-32 of entries of zip archives, each by the fastest
 * implementation available (native code if it is installed, else WebAssembly).
 */
import type * as HashWasm from 'hash-wasm'
import { CRC32_POLYNOMIAL } from './crc32.ts'
import { CRC32C_POLYNOMIAL } from './crc32c.ts'

/** A checksum of bytes that arrive in pieces. */
export interface StreamingCrc {
  update(bytes: Uint8Array): void
  /** The checksum of all pieces, unmasked. To be called once, last. */
  digest(): number
}

/** Starts a CRC-32C over much input. */
export const createCrc32c = (): Promise<StreamingCrc> => create(CRC32C)
/** Starts a CRC-32 over much input. */
export const createCrc32 = (): Promise<StreamingCrc> => create(CRC32)

/** A kind of checksum: its polynomial with the bits reversed, and what it is of the digits from 1 to 9. */
interface Kind {
  readonly name: 'crc32' | 'crc32c'
  readonly polynomial: number
  readonly check: number
  native?: Promise<Extend | undefined>
  /** Hashers that are not in use: each holds a WebAssembly memory, and a model has thousands of tensors. */
  readonly idle: Hasher[]
}
const CRC32C: Kind = { name: 'crc32c', polynomial: CRC32C_POLYNOMIAL, check: 0xe3069283, idle: [] }
const CRC32: Kind = { name: 'crc32', polynomial: CRC32_POLYNOMIAL, check: 0xcbf43926, idle: [] }

async function create(kind: Kind): Promise<StreamingCrc> {
  kind.native ??= importNative(kind)
  const extend = await kind.native
  return extend ? fromFunction(extend) : wasm(kind)
}

/** Bytes and the checksum of what came before them, to the checksum of both. */
type Extend = (bytes: Uint8Array, previous: number) => number

/** The optional dependency, if it is installed, loads, and computes the right result. */
async function importNative({ name: crc, check }: Kind): Promise<Extend | undefined> {
  // Not a literal: a bundler for browsers must neither follow nor miss it.
  const name: string = '@node-rs/crc32'
  try {
    const module: { readonly [crc in Kind['name']]?: Extend } = await import(
      /* webpackIgnore: true */ /* @vite-ignore */ name
    )
    const found = module[crc]?.(new TextEncoder().encode('123456789'), 0)
    return found === check ? module[crc] : undefined
  } catch {
    return undefined // not installed, or no build for this machine: WebAssembly does it
  }
}

function fromFunction(extend: Extend): StreamingCrc {
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

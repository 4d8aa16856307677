/** Brotli: Node, Deno and Bun unpack it themselves; browsers have no function for it, and load a library. */
import { type ErrorPlace, FreezeError } from '../errors.ts'

/** Unpacks bytes of which the unpacked size is known. Throws `corrupt` where they are not Brotli or make another number of bytes. */
export type UnpackBrotli = (packed: Uint8Array, size: number, place: ErrorPlace) => Uint8Array

/** Loads the fastest decompressor that there is. */
export const loadBrotli = async (): Promise<UnpackBrotli> => checked(native() ?? (await portable()))

type Decompress = (packed: Uint8Array, size: number) => Uint8Array

/** The part of Node's zlib that is used here. Types of Node belong to the rooms that run in it alone. */
interface Zlib {
  brotliDecompressSync(packed: Uint8Array, options: { maxOutputLength: number }): Uint8Array
}

/** The platform's own, about 20 times as fast as the library. */
function native(): Decompress | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Zlib | undefined } }
  const zlib = process?.getBuiltinModule?.('node:zlib')
  if (!zlib) return undefined
  return (packed, size) => {
    const unpacked = zlib.brotliDecompressSync(packed, { maxOutputLength: Math.max(size, 1) })
    return new Uint8Array(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength) // it is a Buffer
  }
}

/** The library; a dictionary of 70 kB comes with it. */
const portable = async (): Promise<Decompress> => (await import('brotli/decompress')).decompress

/** Exported for the test that both ways agree. */
export const portableBrotli = async (): Promise<UnpackBrotli> => checked(await portable())

const checked =
  (decompress: Decompress): UnpackBrotli =>
  (packed, size, place) => {
    let unpacked: Uint8Array
    try {
      unpacked = decompress(packed, size)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new FreezeError('corrupt', `the bytes are not Brotli of ${size} bytes (${why})`, {
        ...place,
        hint: HINT,
        cause,
      })
    }
    if (unpacked.length === size) return unpacked
    throw new FreezeError('corrupt', `${unpacked.length} bytes come out of Brotli, and ${size} were expected`, {
      ...place,
      hint: HINT,
    })
  }

const HINT = 'Copy the file again.'

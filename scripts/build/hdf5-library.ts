/**
 * A plugin for both builds, the package's and the page's: h5wasm holds its WebAssembly as a text of 4 MB, which is
 * compressed here to 1.2 MB and unpacked when a file first needs it.
 */
import { gzipSync } from 'node:zlib'

/** The function of h5wasm's module, up to the text, and what follows the text. */
const HEAD = 'function findWasmBinary(){return binaryDecode('
const TAIL = ')}'
/** The only call of it, which is in an async function. */
const CALL = 'wasmBinaryFile??=findWasmBinary()'
/** The same with a text that `atob` reads. Node has had these functions since 18, browsers since 2023. */
const UNPACK = (text: string) => `async function findWasmBinary(){
const packed=Uint8Array.from(atob("${text}"),letter=>letter.charCodeAt(0));
return new Uint8Array(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer())}`

export const compressedHdf5Library = {
  name: 'compressed-hdf5-library',
  transform: {
    filter: { id: /[\\/]h5wasm[\\/]dist[\\/]esm[\\/]hdf5_util\.js$/ },
    handler: (code: string) => compressed(code),
  },
}

/** The module with its WebAssembly compressed. Throws where it is not written as expected: h5wasm is another then. */
export function compressed(code: string): string {
  const start = code.indexOf(HEAD) + HEAD.length
  const end = endOfText(code, start)
  if (start < HEAD.length || !code.startsWith(TAIL, end) || !code.includes(CALL))
    throw new Error('h5wasm keeps its WebAssembly in another way than before: scripts/build/hdf5-library.ts')
  const wasm = bytesOf(code.slice(start, end))
  const packed = gzipSync(wasm, { level: 9 }).toString('base64')
  const before = code.slice(0, start - HEAD.length)
  const after = code.slice(end + TAIL.length).replace(CALL, 'wasmBinaryFile??=await findWasmBinary()')
  return before + UNPACK(packed) + after
}

/** The position after the string literal at `start`. */
function endOfText(code: string, start: number): number {
  let end = start + 1
  while (end < code.length && code[end] !== code[start]) end += code[end] === '\\' ? 2 : 1
  return end + 1
}

/** The bytes of a literal as h5wasm decodes them: the lower eight bits of each letter. */
function bytesOf(literal: string): Uint8Array {
  const text = new Function(`return ${literal}`)() as string // a string literal of a package that we build with
  return Uint8Array.from(text, letter => letter.charCodeAt(0))
}

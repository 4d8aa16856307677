/** Tar archives, written for tests. */
const utf8 = (text: string) => new TextEncoder().encode(text)

/** A tar of regular files; names over 100 bytes as GNU or as pax has them. */
export function tarBytes(
  files: readonly (readonly [name: string, bytes: Uint8Array])[],
  long: 'gnu' | 'pax' = 'gnu',
): Uint8Array {
  const entry = (name: string, bytes: Uint8Array, type = '0'): Uint8Array => {
    const block = new Uint8Array(512 + Math.ceil(bytes.length / 512) * 512)
    block.set(utf8(name.slice(0, 100)), 0)
    block.set(utf8(`${bytes.length.toString(8).padStart(11, '0')} `), 124)
    block.set(utf8(type), 156)
    block.set(utf8('ustar\u000000'), 257)
    block.set(bytes, 512)
    return block
  }
  const record = (text: string) => `${text.length + 3} ${text}\n`
  const blocks = files.flatMap(([name, bytes]) => {
    if (name.length <= 100) return [entry(name, bytes)]
    const extra =
      long === 'gnu' ? entry('././@LongLink', utf8(`${name}\0`), 'L') : entry('x', utf8(record(`path=${name}`)), 'x')
    return [extra, entry(name, bytes)]
  })
  return new Uint8Array(Buffer.concat([...blocks, new Uint8Array(1024)]))
}

/** Hands files to the browser's downloads. */
import { h } from './dom.ts'

/** Milliseconds until a Blob's address may go: the browser has taken it by then. */
const RELEASE_MS = 60_000

export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  h('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), RELEASE_MS)
}

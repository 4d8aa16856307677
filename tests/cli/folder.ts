/** Every test of a file runs in an empty folder of its own, as a user does. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach } from 'vitest'

export const FIXTURES = new URL('../../fixtures/', import.meta.url)

/** Makes each test's working directory a new folder, which goes when the test is over. */
export function inFolder(): void {
  const before = process.cwd()
  beforeEach(() => process.chdir(mkdtempSync(join(tmpdir(), 'tfreeze-'))))
  afterEach(() => {
    const folder = process.cwd()
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })
}

/** Writes a file, with the folders around it. */
export function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

/** Copies a file or folder of `fixtures/`. */
export const copyFixture = (path: string, to: string): void =>
  cpSync(fileURLToPath(new URL(path, FIXTURES)), to, { recursive: true })

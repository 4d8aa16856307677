#!/usr/bin/env node
/**
 * The program's first file: says its version, which other programs ask for often, or has V8 keep what it compiles, where
 * Node can, and loads the command line.
 */
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }

/** Node 22.1 and newer; NODE_DISABLE_COMPILE_CACHE=1 turns it off. A folder that cannot be written is no error. */
const { enableCompileCache } = nodeModule as { readonly enableCompileCache?: (folder: string) => unknown }
enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? join(cacheFolder(), 'tfreeze', 'compiled'))

const words = process.argv.slice(2)
if (words.length === 1 && ['-v', '--version'].includes(words[0]!)) process.stdout.write(`${manifest.version}\n`)
else await (await import('./start.ts')).start()

/** Where a user's programs keep what they can make again. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  if (process.platform === 'win32' && LOCALAPPDATA) return LOCALAPPDATA
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  return XDG_CACHE_HOME || join(homedir(), '.cache')
}

/** Paths by a pattern: `*` and `?` within a name, `**` across folders, `[a-c]`, `{a,b}`. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Whether a path is a pattern. */
export const isGlob = (path: string): boolean => /[*?[\]{}]/.test(path)

/** The files and folders that fit, sorted. Hidden ones fit only where the pattern names the dot. */
export function glob(pattern: string): string[] {
  const segments = pattern.split('/')
  const found = new Set<string>()
  visit(rootOf(pattern), segments.slice(segments.findIndex(isGlob)), found)
  return [...found].sort()
}

/** The folders of a pattern before its first special character; empty for the working folder. */
export function rootOf(pattern: string): string {
  const segments = pattern.split('/')
  return segments.slice(0, segments.findIndex(isGlob)).join('/') || (pattern.startsWith('/') ? '/' : '')
}

function visit(folder: string, segments: readonly string[], found: Set<string>): void {
  const [segment, ...rest] = segments
  if (segment === undefined) return
  if (segment === '**') {
    visit(folder, rest, found)
    for (const { name, isFolder } of entries(folder))
      if (isFolder && !name.startsWith('.')) visit(join(folder, name), segments, found)
    return
  }
  const fits = expression(segment)
  for (const { name, isFolder } of entries(folder)) {
    if (!fits.test(name) || (name.startsWith('.') && !segment.startsWith('.'))) continue
    const path = join(folder, name)
    if (rest.length === 0) found.add(path)
    else if (rest.length === 1 && rest[0] === '') isFolder && found.add(path)
    else if (isFolder) visit(path, rest, found)
  }
}

function entries(folder: string): { name: string; isFolder: boolean }[] {
  try {
    return readdirSync(folder || '.', { withFileTypes: true }).map(entry => ({
      name: entry.name,
      isFolder: entry.isDirectory() || entry.isSymbolicLink(),
    }))
  } catch {
    return [] // not a folder, or not readable: nothing in it fits
  }
}

/** One name of a pattern as an expression. */
export function expression(segment: string): RegExp {
  let depth = 0
  const text = segment.replace(/\[!?[^\]]+\]|[\s\S]/g, part => {
    if (part.length > 1) return part.replace('[!', '[^').replaceAll('\\', '\\\\')
    if (part === '*') return '[^/]*'
    if (part === '?') return '[^/]'
    if (part === '{') {
      depth++
      return '(?:'
    }
    if (part === '}' && depth > 0) {
      depth--
      return ')'
    }
    if (part === ',' && depth > 0) return '|'
    return part.replace(/[.+^${}()|[\]\\]/, '\\$&')
  })
  return new RegExp(`^${text}$`)
}

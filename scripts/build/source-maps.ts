/**
 * A plugin for the package's build: source maps that say what is in the package, `src/`, and nothing else; and comments
 * that the minifier drops, put back without their positions going wrong.
 */
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec'

/** Part of a bundle as plugins see it: a chunk has code, a map is an asset. */
type Bundle = Record<string, { code?: string; source?: string | Uint8Array }>

interface SourceMap {
  readonly sources: readonly string[]
  mappings: string
}

/** Tells bundlers to leave a computed `import()` alone: every user's build would warn. */
const IGNORED = '/* webpackIgnore: true *//* @vite-ignore */'
const COMPUTED_IMPORT = /\bimport\((?=[a-zA-Z_$])/g

export const sourceMaps = {
  name: 'source-maps',
  generateBundle(_: unknown, bundle: Bundle) {
    for (const [name, chunk] of Object.entries(bundle)) {
      if (chunk.code === undefined || !name.endsWith('.js')) continue
      const map = bundle[`${name}.map`]
      const places = [...chunk.code.matchAll(COMPUTED_IMPORT)].map(({ index, 0: { length } }) => index + length)
      if (map && places.length > 0) map.source = moved(String(map.source), chunk.code, places)
      chunk.code = chunk.code.replaceAll(COMPUTED_IMPORT, found => found + IGNORED)
      if (map && !isOwn(String(map.source))) {
        delete bundle[`${name}.map`]
        chunk.code = chunk.code.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n')
      }
    }
  },
}

/** Whether code of ours is in the chunk: the sources of packages are not in ours. */
const isOwn = (map: string): boolean =>
  (JSON.parse(map) as SourceMap).sources.some(source => !source.includes('node_modules/'))

/** The map of code that gets a comment at each of these places. */
function moved(text: string, code: string, places: readonly number[]): string {
  const map = JSON.parse(text) as SourceMap
  const lines = decode(map.mappings)
  for (const place of places.toReversed()) {
    const before = code.slice(0, place)
    const column = place - (before.lastIndexOf('\n') + 1)
    const line: SourceMapSegment[] = lines[before.split('\n').length - 1] ?? []
    for (const segment of line) if (segment[0] >= column) segment[0] += IGNORED.length
  }
  return JSON.stringify({ ...map, mappings: encode(lines) })
}

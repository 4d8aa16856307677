/** JSON as Python writes it, `NaN` and `Infinity` included, and safe looks into what it holds. */
import { FreezeError } from '../../errors.ts'
import { MAX_CONFIG_BYTES, MAX_DEPTH } from '../../limits.ts'
import type { Json } from './layer-graph.ts'

export type JsonObject = { readonly [key: string]: Json }

/** The text that stands for NaN while it goes through JSON.parse. */
const NAN = '\u0000NaN'

/** Parses a configuration; `what` names it in messages. Throws `corrupt` and `limit`. */
export function parseJson(text: string, file: string, what: string): Json {
  if (text.length > MAX_CONFIG_BYTES)
    throw new FreezeError('limit', `${what} has ${text.length} characters, at most ${MAX_CONFIG_BYTES} are read`, {
      file,
    })
  const value = parsed(text)
  if (value === undefined)
    throw new FreezeError('corrupt', `${what} is not JSON`, {
      file,
      hint: 'The file is damaged: save the model again.',
    })
  if (depth(value) > MAX_DEPTH * 4)
    throw new FreezeError('limit', `${what} is nested deeper than ${MAX_DEPTH * 4} levels`, { file })
  return value
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    const spelled = text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, token => {
      if (token === 'NaN') return JSON.stringify(NAN)
      return token.endsWith('Infinity') ? token.replace('Infinity', '1e999') : token
    })
    try {
      return JSON.parse(spelled, (_key, value) => (value === NAN ? Number.NaN : value))
    } catch {
      return undefined
    }
  }
}

/** Levels of nesting, by an explicit stack. */
function depth(value: Json): number {
  let deepest = 0
  const stack: [Json, number][] = [[value, 0]]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [at, level] = top
    deepest = Math.max(deepest, level)
    if (typeof at === 'object' && at !== null) for (const inner of Object.values(at)) stack.push([inner, level + 1])
  }
  return deepest
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isList(value)
/** `Array.isArray` does not narrow a readonly array. */
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
/** A member of an object; undefined when `value` is none or has none. */
export const member = (value: Json | undefined, key: string): Json | undefined =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
export const stringAt = (value: Json | undefined, key: string): string | undefined => {
  const found = member(value, key)
  return typeof found === 'string' ? found : undefined
}

/** The command line's options that optimise, and what is printed of it. */
import { readFileSync } from 'node:fs'
import { isFreezeError } from '../errors.ts'
import type { Frozen } from '../freeze/frozen.ts'
import type { OptimizeOptions, OptimizeReport } from '../optimize/optimize.ts'
import type { Pass } from '../optimize/pass.ts'
import { bytes, columns } from './print.ts'
import { passBegins } from './progress.ts'
import type { Flags } from './settings.ts'
import { wrongUsage } from './wrong-usage.ts'

/** A graph on its way out, and what optimising did to it. */
export interface Optimized {
  readonly frozen: Frozen
  readonly report?: OptimizeReport
}

/**
 * How to optimise as the flags say, with passes of the user's `own`; undefined where none does. To be asked for
 * before anything is opened: a pass, an argument or a target that is not known is
 * a wrong use of the command line.
 */
export async function plan(
  { optimize, passes, dtype, target, customOps }: Flags,
  own: readonly Pass[],
): Promise<OptimizeOptions | undefined> {
  if (!optimize && [passes, dtype, target].every(value => value === undefined)) return undefined
  const [{ parsePasses }, { targetNamed }] = await Promise.all([
    import('../optimize/parse.ts'),
    import('../optimize/targets/index.ts'),
  ])
  try {
    const calls = passes === undefined ? (optimize ? undefined : []) : parsePasses(passes, readText, own)
    return {
      own,
      customOps,
      dtype,
      ...(calls && { passes: calls }),
      ...(target !== undefined && { target: targetNamed(target) }),
    }
  } catch (error) {
    if (!isFreezeError(error, 'unsupported')) throw error
    return wrongUsage('passes', error.message)
  }
}

const readText = (path: string): string => readFileSync(path, 'utf8')

/** Optimises as planned. */
export async function optimized(frozen: Frozen, options: OptimizeOptions | undefined): Promise<Optimized> {
  if (!options) return { frozen }
  const { optimize, readAhead } = await import('../optimize/optimize.ts')
  return optimize(await readAhead(frozen, options), { ...options, begins: passBegins })
}

/** The table before and after, and with `explain` each application and each near miss with its sentence. */
export function describeReport({ passes, target, before, after }: OptimizeReport, explain: boolean): string {
  const rows = [
    ['', 'before', 'after'],
    ['nodes', String(before.nodes), String(after.nodes)],
    ['kinds of ops', String(before.ops.size), String(after.ops.size)],
    ['constants', bytes(before.constantBytes), bytes(after.constantBytes)],
    ['multiply-adds', count(before.multiplyAdds), count(after.multiplyAdds)],
  ]
  const applied = passes.filter(p => p.applied.length > 0).map(p => [p.pass, `${p.applied.length} applied`])
  const parts = [columns(rows), ...(applied.length > 0 ? [columns(applied)] : [])]
  if (explain) parts.push(explanation([...passes, ...(target ? [{ ...target, pass: target.target }] : [])]))
  return parts.join('\n')
}

function explanation(passes: OptimizeReport['passes']): string {
  const place = (entry: { at: string; inFunction?: string }): string =>
    entry.inFunction ? `${entry.inFunction} › ${entry.at}` : entry.at
  const lines = passes.flatMap(({ pass, applied, declined }) => [
    ...applied.map(a => `  applied ${a.rule} at ${place(a)}${a.rule === pass ? '' : ` (${pass})`}`),
    ...declined.map(d => `  declined ${d.rule} at ${place(d)}: ${d.reason}`),
  ])
  return lines.join('\n')
}

/** 12345678 → `12.3 M`. */
function count(n: number): string {
  if (n < 1000) return String(n)
  const units = ['', ' k', ' M', ' G', ' T']
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(n) / 3))
  return `${(n / 1000 ** unit).toFixed(1)}${units[unit]}`
}

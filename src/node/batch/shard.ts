/** Which part of a batch this process does, as it is told or as the scheduler that started it says. */
import { FreezeError } from '../../errors.ts'

/** Every `count`th model, from `index` on. */
export interface Shard {
  readonly index: number
  readonly count: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** Where schedulers say which of their tasks this is: the number, how many there are, the first number, the step. */
const SCHEDULERS = [
  {
    index: 'SLURM_ARRAY_TASK_ID',
    count: 'SLURM_ARRAY_TASK_COUNT',
    first: 'SLURM_ARRAY_TASK_MIN',
    step: 'SLURM_ARRAY_TASK_STEP',
  },
  { index: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
  { index: 'JOB_COMPLETION_INDEX' },
] as const

/**
 * `I/N`, where tasks are numbered from 0 or from 1; `/N` where the scheduler says which one; without it what the
 * scheduler says, and all of the batch where there is none. Throws `unsupported`.
 */
export function shardOf(text: string | undefined, environment: Environment): Shard | undefined {
  const [, given, parts] = text === undefined ? [] : (/^(\d*)\/(\d+)$/.exec(text) ?? refuse(`'${text}' is not a shard`))
  const scheduler = SCHEDULERS.find(({ index }) => environment[index] !== undefined)
  const number = (name: string | undefined): number | undefined => {
    const value = name === undefined ? undefined : environment[name]
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
  }
  if (parts !== undefined) {
    const index = given === '' ? number(scheduler?.index) : Number(given)
    if (index === undefined) return refuse('no scheduler says which task this is')
    return within({ index, count: Number(parts) })
  }
  if (!scheduler) return undefined
  const [index, count] = [number(scheduler.index), 'count' in scheduler ? number(scheduler.count) : undefined]
  if (index === undefined || count === undefined)
    return refuse(`${scheduler.index} is set, and nothing says how many tasks there are`)
  const first = 'first' in scheduler ? (number(scheduler.first) ?? 0) : 0
  const step = 'step' in scheduler ? (number(scheduler.step) ?? 1) : 1
  return within({ index: (index - first) / step, count })
}

/** Tasks 1 to N are those from 0 to N − 1 in another order. */
function within({ index, count }: Shard): Shard {
  if (count < 1 || index > count) refuse(`there is no task ${index} of ${count}`)
  return { index: index % count, count }
}

function refuse(what: string): never {
  throw new FreezeError('unsupported', what, {
    path: ['--shard'],
    hint: 'Write it as 3/8, or as /8 where a scheduler gives the number of the task.',
  })
}

/** The models of a shard. */
export const shareOf = <T>(all: readonly T[], shard: Shard | undefined): readonly T[] =>
  shard ? all.filter((_, i) => i % shard.count === shard.index) : all

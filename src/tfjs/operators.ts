/** The operators that TF.js executes, and the attributes that it reads of each. */
import { OPERATORS } from './generated/operators.ts'

const READ = new Map(
  OPERATORS.trim()
    .split('\n')
    .map(line => {
      const [op, ...attrs] = line.split(' ')
      return [op!, new Set(attrs)] as const
    }),
)

/** The attributes of an op that TF.js reads; undefined for an op that it does not execute. */
export const attributesRead = (op: string): ReadonlySet<string> | undefined => READ.get(op)

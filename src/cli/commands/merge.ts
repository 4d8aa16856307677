/** `tfreeze merge`: two models become one graph, outputs of the first feeding inputs of the second. */
import { freeze } from '../../freeze/index.ts'
import { merge } from '../../freeze/merge.ts'
import { openDetected } from '../../models/index.ts'
import { given } from '../input.ts'
import type { OutputFlags } from '../output.ts'
import { produce } from '../produce.ts'

export const run = (first: string, second: string, asked: OutputFlags): Promise<void> =>
  produce([first, second], asked, async ({ controlFlow, connect = new Map() }) => {
    const frozen = async (path: string) => freeze(await openDetected(await given(path)), { controlFlow })
    return merge(await frozen(first), await frozen(second), connect)
  })

/** `tfreeze view`: the page on a model, or its picture in a file. */
import { CommanderError } from 'commander'
import { isFreezeError } from '../../errors.ts'
import { type Drawing, drawingFor } from '../../export/index.ts'
import { openDetected } from '../../models/index.ts'
import { checkWritable } from '../../node/target.ts'
import { wholeFile, writeFile } from '../../node/write-file.ts'
import { given } from '../input.ts'
import { refuseOverwriting } from '../overwriting.ts'
import type { Flags } from '../settings.ts'

export async function run(path: string | undefined, flags: Flags): Promise<void> {
  if (flags.export === undefined) return (await import('./view-page.ts')).serve(path, flags)
  if (path === undefined)
    throw new CommanderError(
      2,
      'tfreeze.export',
      'error: there is no model to draw. Write tfreeze view MODEL --export FILE.',
    )
  const drawing = askedFor(flags.export)
  await refuseOverwriting({ models: [path], written: [flags.export] })
  checkWritable(flags.export)
  await writeFile(flags.export, wholeFile(await drawing.draw(await openDetected(await given(path)))))
}

function askedFor(path: string): Drawing {
  try {
    return drawingFor(path)
  } catch (error) {
    if (!isFreezeError(error)) throw error
    throw new CommanderError(2, 'tfreeze.export', `error: ${error.message}`)
  }
}

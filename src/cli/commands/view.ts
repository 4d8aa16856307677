/** `tfreeze view`: the page on a model, or its picture in a file. */
import { drawingFor } from '../../export/index.ts'
import { openDetected } from '../../models/index.ts'
import { checkWritable } from '../../node/target.ts'
import { wholeFile, writeFile } from '../../node/write-file.ts'
import { given } from '../input.ts'
import { refuseOverwriting } from '../overwriting.ts'
import type { Flags } from '../settings.ts'
import { fromUsage, wrongUsage } from '../wrong-usage.ts'

export async function run(path: string | undefined, flags: Flags): Promise<void> {
  if (flags.export === undefined) return (await import('./view-page.ts')).serve(path, flags)
  if (path === undefined)
    return wrongUsage('export', 'there is no model to draw. Write tfreeze view MODEL --export FILE.')
  const { export: target } = flags
  const drawing = fromUsage('export', () => drawingFor(target))
  await refuseOverwriting({ models: [path], written: [target] })
  checkWritable(target)
  await writeFile(target, wholeFile(await drawing.draw(await openDetected(await given(path)))))
}

/** The options of `freeze`: the rows of the table of options that freezing takes. */
import type { OptionsOf } from '../options/index.ts'

/** All may be left out. @interface */
export type FreezeOptions = OptionsOf<'freeze'>

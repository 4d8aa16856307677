/** What `--help` prints from the registries. */
import { DRAWINGS, EXPORTERS, endings } from '../export/index.ts'
import { INPUT_KINDS } from '../models/index.ts'
import { TARGETS } from '../optimize/targets/index.ts'
import { PASSES } from '../passes/index.ts'
import { columns } from './print.ts'

/** The tables below a command's options. */
export interface Lists {
  readonly inputs: string
  readonly outputs: string
  readonly drawings: string
  /** The endings of an output's path, for the option that names it. */
  readonly endings: string
  readonly passes: string
}

/** Reads the registries: they load most of the program, so only help asks for them. */
export function lists(): Lists {
  const inputs = INPUT_KINDS.filter(kind => kind.open).map(kind => [kind.kind, kind.description])
  const outputs = EXPORTERS.map(({ extensions, description }) => [extensions.join(' '), description])
  const drawings = DRAWINGS.map(({ extensions, description }) => [extensions.join(' '), description])
  const passes = PASSES.map(({ name, enabled, description }) => [enabled ? `${name} *` : name, description])
  const targets = TARGETS.map(({ name, description }) => [name, description])
  return {
    inputs: `\nModels:\n${columns(inputs)}`,
    outputs: `\nOutputs:\n${columns(outputs)}`,
    drawings: `\nDrawings:\n${columns(drawings)}`,
    endings: endings(EXPORTERS),
    passes: `\nPasses, in their order (* in -O):\n${columns(passes)}\n\nTargets:\n${columns(targets)}`,
  }
}

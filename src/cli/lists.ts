/** What `--help` prints from the registries. */
import { EXPORTERS } from '../export/index.ts'
import { INPUT_KINDS } from '../models/index.ts'
import { PASSES } from '../passes/index.ts'
import { TARGETS } from '../passes/targets/index.ts'
import { columns } from './print.ts'

/** The tables below a command's options. */
export interface Lists {
  readonly inputs: string
  readonly outputs: string
  readonly passes: string
}

/** Reads the registries: they load most of the program, so only help asks for them. */
export function lists(): Lists {
  const inputs = INPUT_KINDS.filter(kind => kind.open).map(kind => [kind.kind, kind.sentence])
  const outputs = EXPORTERS.map(exporter => [exporter.name, exporter.sentence])
  const passes = PASSES.map(({ name, on, sentence }) => [on ? `${name} *` : name, sentence])
  const targets = TARGETS.map(({ name, sentence }) => [name, sentence])
  return {
    inputs: `\nModels:\n${columns(inputs)}`,
    outputs: `\nOutputs:\n${columns(outputs)}`,
    passes: `\nPasses, in their order (* in -O):\n${columns(passes)}\n\nTargets:\n${columns(targets)}`,
  }
}

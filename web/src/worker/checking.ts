/** Are the numbers the same? Runs what was frozen, before and after optimising, on the same inputs. */
import { fromBlob } from '../../../src/bytes/source.ts'
import { embedded } from '../../../src/engines/embedded.ts'
import { FreezeError } from '../../../src/errors.ts'
import { pageWords } from '../../../src/options/page-words.ts'
import type { Figures } from '../../../src/verify/compare.ts'
import { type Data, readData } from '../../../src/verify/data.ts'
import { recordedOutputs } from '../../../src/verify/feeds.ts'
import { type SubjectPort, subjectOf } from '../../../src/verify/subject.ts'
import { type Verification, verifySubjects } from '../../../src/verify/verify.ts'
import type { Checked, CheckParams } from '../protocol.ts'
import type { Call } from './main.ts'
import type { Session } from './session.ts'

export async function check(
  session: Session,
  { seed, data: file, normalize }: CheckParams,
  call: Call,
): Promise<Checked> {
  const data = file && (await readData(fromBlob(file, file.name), { normalize }))
  const [before, after] = [session.frozen('before')!.frozen, session.frozen('after')!.frozen]
  const engine = embedded((done, steps) => call.progress({ what: 'Running', share: done / steps }))
  const result = await subjectOf(after, engine)
  const isRecorded = data !== undefined && holdsOutputs(data, result.outputs)
  if (before === after && !isRecorded)
    throw new FreezeError('missing', 'there is nothing to compare with: the graph was frozen and not optimised', {
      hint: 'Choose a file that holds inputs and the outputs that belong to them, or optimise.',
    })
  const original = isRecorded ? undefined : await subjectOf(before, engine)
  const found = await verifySubjects(result, original, { data, seed })
  return told(found, isRecorded ? `the outputs in ${data.name}` : 'the graph before optimising')
}

function holdsOutputs(data: Data, ports: readonly SubjectPort[]): boolean {
  const known = recordedOutputs(data, ports)
  return ports.every(({ key }) => known.has(key))
}

function told(found: Verification, against: string): Checked {
  const { divergence, unverified } = found
  return {
    agrees: found.agrees,
    against,
    inputs: found.inputs.map(({ key, dtype, shape }) => `${key} ${dtype}[${shape}]`),
    outputs: found.outputs.map(({ key, figures, isInsensitive = false }) => ({
      key,
      difference: figures.mismatch ?? difference(figures),
      isInsensitive,
    })),
    ...(divergence && { node: divergence.node }),
    ...(unverified !== undefined && { unverified: pageWords(unverified).text }),
  }
}

function difference({ wrong, absolute, relative, worst }: Figures): string {
  if (absolute === 0 && wrong === 0) return '0'
  const most = `${absolute.toPrecision(2)}, or ${(relative * 100).toPrecision(2)} %`
  return worst ? `${most}; at [${worst.index}] ${worst.found} instead of ${worst.expected}` : most
}

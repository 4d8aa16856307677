/** The engine that is Keras itself, in the `python3` on the path: an independent reader of Keras files. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { embedded } from '../../../engines/embedded.ts'
import type { Arrays, Engine, Runnable } from '../../../engines/engine.ts'
import { FreezeError } from '../../../errors.ts'
import { fromTensorAtHand, type NdArray, toTensor } from '../../../evaluate/array.ts'
import type { Progress } from '../../../evaluate/run.ts'
import { npzBytes, readNpz } from '../../../formats/npy/npz.ts'
import { openFile } from '../../file-source.ts'
import { PROGRAM } from './program.ts'

/** The interpreter that the path gives. */
const PYTHON = 'python3'

/** Keras for the files that it wrote; what tfreeze made of them runs in the embedded engine. */
export const keras = (progress?: Progress): Engine => ({
  ...embedded(progress),
  name: 'keras',
  loadKeras: (path, inputs) => openKeras(resolve(path), inputs),
})

/** Asks Python for Keras' version, so that what is not installed is said before anything runs. */
async function openKeras(path: string, inputs: readonly string[]): Promise<Runnable> {
  const said = await python([path])
  return {
    engine: said.trim().split('\n').at(-1) ?? 'Keras',
    lacks: [],
    run: (feeds, fetches) => compute(path, inputs, feeds, fetches),
    close() {},
  }
}

/** Inputs go in and outputs come back as files, in the model's order: `0`, `1`, … */
async function compute(
  path: string,
  inputs: readonly string[],
  feeds: Arrays,
  fetches: readonly string[],
): Promise<readonly NdArray[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tfreeze-keras-'))
  try {
    const [given, made] = [join(folder, 'in.npz'), join(folder, 'out.npz')]
    const fed = inputs.map((name, i) => [String(i), toTensor(feeds.get(name)!)] as const)
    writeFileSync(given, npzBytes(new Map(fed)))
    await python([path, given, made])
    const outputs = await readNpz(openFile(made))
    return fetches.map(name => arrayOf(outputs.get(name), name, path))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function arrayOf(tensor: ReturnType<Awaited<ReturnType<typeof readNpz>>['get']>, name: string, path: string): NdArray {
  const array = tensor && fromTensorAtHand(tensor)
  if (array) return array
  throw new FreezeError('unsupported', `Keras gives no array for output ${name}`, { file: path })
}

/** Runs the program; returns what it prints. Throws what Python or Keras says. */
async function python(args: readonly string[]): Promise<string> {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1', PYTHONIOENCODING: 'utf-8' }
  try {
    const { stdout } = await promisify(execFile)(PYTHON, ['-c', PROGRAM, ...args], { env, maxBuffer: 1 << 26 })
    return stdout
  } catch (cause) {
    throw failure(cause, args[0]!)
  }
}

function failure(cause: unknown, file: string): FreezeError {
  const { code, stderr = '' } = cause as { readonly code?: unknown; readonly stderr?: string } // as execFile rejects
  if (code === 'ENOENT')
    return new FreezeError('missing', '--engine keras needs a python3 on the path', {
      hint: 'Install Python with Keras, or compare with a recorded example (--data).',
      cause,
    })
  const said = stderr.trim().split('\n').at(-1)?.trim().replace(/\.$/, '') ?? ''
  if (/ModuleNotFoundError/.test(said))
    return new FreezeError('missing', `the ${PYTHON} on the path has no Keras`, {
      hint: 'Install it: pip install keras tensorflow. Or compare with a recorded example (--data).',
      cause,
    })
  return new FreezeError('unsupported', `Keras says: ${said}`, { file, cause })
}

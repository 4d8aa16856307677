/**
 * Where TensorFlow's library is: at a path that the user gives, or in the wheel of the
 * `python3` on the path. Python is not started: a wheel lies where its interpreter looks
 * for packages, which follows from where the interpreter is.
 */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { FreezeError } from '../../../errors.ts'

/** The library of the wheel, and that of the C distribution. */
const NAMES = /^(lib)?tensorflow(_cc)?(\.so(\.\d+)*|\.\d+\.dylib|\.dylib|\.dll)$/

/** The environment variable that names it. */
const VARIABLE = 'TFREEZE_LIBTENSORFLOW'

/** The path that the user gives, by option or environment. */
export const givenPath = (option: string | undefined): string | undefined => option ?? process.env[VARIABLE]

/** The library at a path: the file, or the folder of the wheel or of the C distribution. Throws `missing`. */
export function libraryAt(path: string): string {
  const found = libraryIn(path) ?? libraryIn(join(path, 'lib')) ?? libraryIn(join(path, 'tensorflow'))
  if (found) return found
  throw new FreezeError('missing', "TensorFlow's library is not there", {
    file: path,
    hint: `Give --tensorflow or ${VARIABLE} the path of libtensorflow.so or libtensorflow_cc.so.2, or of the folder that holds it.`,
  })
}

function libraryIn(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isFile()) return path
  if (!stat?.isDirectory()) return undefined
  const name = readdirSync(path)
    .filter(entry => NAMES.test(entry))
    .sort((a, b) => b.length - a.length)[0]
  return name && join(path, name)
}

/** The library of the wheel that the `python3` on the path would import; undefined where there is none. */
export function libraryOfPython(): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const python = join(folder, 'python3')
    if (!existsSync(python)) continue
    // A virtual environment's interpreter is a link to another's: its packages lie beside the link.
    for (const prefix of [dirname(folder), dirname(dirname(realpathSync(python))), join(homedir(), '.local')]) {
      const found = wheelBelow(prefix)
      if (found) return found
    }
    return undefined
  }
  return undefined
}

function wheelBelow(prefix: string): string | undefined {
  const lib = join(prefix, 'lib')
  if (!existsSync(lib)) return undefined
  const versions = readdirSync(lib).filter(name => /^python3(\.\d+)?$/.test(name))
  const folders = versions.flatMap(name => ['site-packages', 'dist-packages'].map(kind => join(lib, name, kind)))
  return folders.map(folder => libraryIn(join(folder, 'tensorflow'))).find(path => path !== undefined)
}

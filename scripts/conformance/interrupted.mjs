// node scripts/conformance/interrupted.mjs SAVED_MODEL [--times N]
// Ends the command with kill -9, SIGINT and SIGTERM at random moments, N times each, and lets it write to a full disk.
// The target must always be whole, as it was or as it becomes; the two signals leave nothing else behind, and what
// kill -9 leaves goes when the same target is written again.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const words = process.argv.slice(2)
const at = words.indexOf('--times')
const times = at < 0 ? 50 : Number(words.splice(at, 2)[1])
const [model] = words
const CLI = 'dist/cli/main.js'
const OLD = Buffer.from('what was there')

/** Where the command writes, and what a whole result is: one file, or two that belong together. */
const TARGETS = [
  { output: 'out.pb', files: ['out.pb'], options: [] },
  { output: 'out.onnx', files: ['out.onnx', 'out.onnx.data'], options: ['--external-data'] },
]

const digest = path => createHash('sha256').update(readFileSync(path)).digest('hex')
const args = (folder, { output, options }) => [CLI, 'freeze', model, '-o', join(folder, output), '--quiet', ...options]

/** The digests of a whole result, and how long the command takes for it. */
function whole(target) {
  const folder = mkdtempSync(join(tmpdir(), 'interrupted-'))
  const start = Date.now()
  execFileSync(process.execPath, args(folder, target))
  const seconds = (Date.now() - start) / 1000
  const digests = new Map(target.files.map(file => [file, digest(join(folder, file))]))
  rmSync(folder, { recursive: true })
  return { digests, seconds }
}

/** Ends a run after so many seconds. Resolves with its exit status or the signal that ended it. */
const ended = (folder, target, signal, seconds) =>
  new Promise(resolve => {
    const child = spawn(process.execPath, args(folder, target), { stdio: 'ignore' })
    const timer = setTimeout(() => child.kill(signal), seconds * 1000)
    child.once('exit', (status, by) => {
      clearTimeout(timer)
      resolve(status ?? by)
    })
  })

const STATUS = { SIGINT: 130, SIGTERM: 143, SIGKILL: 'SIGKILL' }
const wrong = []

/** What is wrong in a folder after a run that was ended. */
function faults(folder, { files }, digests, signal) {
  const names = readdirSync(folder)
  const partial = files
    .filter(file => existsSync(join(folder, file)))
    .filter(
      file => ![digests.get(file), createHash('sha256').update(OLD).digest('hex')].includes(digest(join(folder, file))),
    )
  const others = names.filter(name => !files.includes(name))
  return [
    ...partial.map(name => `${name} is neither as it was nor whole`),
    ...(signal === 'SIGKILL' ? [] : others.map(name => `${name} is left behind`)),
    ...(files.every(file => existsSync(join(folder, file))) ? [] : ['what was there is gone']),
  ]
}

let [runs, done, left] = [0, 0, 0]
for (const target of TARGETS) {
  const { digests, seconds } = whole(target)
  for (const signal of Object.keys(STATUS)) {
    for (let i = 0; i < Math.ceil(times / TARGETS.length); i++) {
      const folder = mkdtempSync(join(tmpdir(), 'interrupted-'))
      for (const file of target.files) writeFileSync(join(folder, file), OLD)
      const moment = Math.random() * seconds
      const status = await ended(folder, target, signal, moment)
      const found = faults(folder, target, digests, signal)
      if (status === 0) done++
      else if (status !== STATUS[signal] && status !== signal) found.push(`it ended with ${status}`)
      if (signal === 'SIGKILL' && readdirSync(folder).length > target.files.length) {
        left++
        execFileSync(process.execPath, args(folder, target))
        found.push(...faults(folder, target, digests, 'SIGTERM').map(fault => `${fault}, after another run`))
      }
      runs++
      for (const fault of found) wrong.push(`${signal} after ${moment.toFixed(2)} s, ${target.output}: ${fault}`)
      rmSync(folder, { recursive: true })
    }
  }
}

/** A disk with room for less than the result: a small file system, or a limit on the size of files. */
function fullDisk(target) {
  const folder = mkdtempSync(join(tmpdir(), 'full-'))
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status === 0
  try {
    for (const file of target.files) writeFileSync(join(disk, file), OLD)
    const command = [process.execPath, ...args(disk, target)]
    const { status, stderr } = isMounted
      ? spawnSync(command[0], command.slice(1), { encoding: 'utf8' })
      : spawnSync('bash', ['-c', `ulimit -f 256; exec "$@"`, 'bash', ...command], { encoding: 'utf8' })
    const names = readdirSync(disk)
    const isOld = target.files.every(file => statSync(join(disk, file)).size === OLD.length)
    if (status !== 1 || !isOld || names.length !== target.files.length || !stderr.includes(join(disk, target.output)))
      wrong.push(`a full disk, ${target.output}: exit status ${status}, ${names.join(', ')}, says ${stderr.trim()}`)
    return isMounted ? 'a small file system' : 'a limit on the size of files'
  } finally {
    if (isMounted) spawnSync('umount', [disk])
    rmSync(folder, { recursive: true, force: true })
  }
}
const disks = TARGETS.map(fullDisk)

for (const fault of wrong) console.log(`FAILS  ${fault}`)
console.log(
  `${runs} runs were ended (${times} moments for each of ${Object.keys(STATUS).join(', ')}; ${done} were done before): ` +
    `${wrong.length} faults. kill -9 left ${left} temporary files, which the next run removed. Full disks: ${disks.join(', ')}.`,
)
process.exitCode = wrong.length > 0 || runs < 3 * times || done === runs ? 1 : 0

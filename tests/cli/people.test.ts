/** The command line as people expect it: completion, help, colours, folders that are made, versions, other caches. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { errorText } from '../../src/cli/color.ts'
import { wrap } from '../../src/cli/help.ts'
import { bytes, longTable } from '../../src/cli/print.ts'
import { line } from '../../src/cli/progress.ts'
import { PASSES } from '../../src/passes/index.ts'
import { copyFixture, inFolder, put } from './folder.ts'
import { printed, tfreeze } from './run.ts'

inFolder()

/** What bash offers for these words. */
function offered(...words: readonly string[]): string[] {
  const script = `source ./completion.bash
COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _tfreeze; echo "\${COMPREPLY[@]}"`
  return String(execFileSync('bash', ['-c', script]))
    .trim()
    .split(' ')
}

test('bash completes commands, options and choices', async () => {
  writeFileSync('completion.bash', printed(await tfreeze('completion', 'bash')))
  expect(offered('tfreeze', 'insp')).toEqual(['inspect'])
  expect(offered('tfreeze', 'freeze', '--opt')).toEqual(['--optimize'])
  expect(offered('tfreeze', 'freeze', 'm', '--rnn', '')).toEqual(['auto', 'unroll', 'loop', 'operators'])
  expect(offered('tfreeze', 'help', 'pas')).toEqual(['passes'])
})

test('zsh and fish get every option of freeze', async () => {
  for (const [shell, option] of [
    ['zsh', '--keep-variables['],
    ['fish', '-l keep-variables'],
  ] as const)
    expect(printed(await tfreeze('completion', shell))).toContain(option)
})

test('help is wrapped, grouped, has examples and the address of the documentation; passes are a topic', async () => {
  const help = printed(await tfreeze('freeze', '--help'))
  for (const part of ['\nInputs and outputs:\n', '\nKeras files:\n', '\nExamples:\n', '\nDocumentation: https://'])
    expect(help).toContain(part)
  expect(help).not.toContain('fold-batch-norm')
  expect(help.split('\n').filter(text => text.length > 80)).toEqual([])
  const passes = printed(await tfreeze('help', 'passes'))
  for (const { name } of PASSES) expect(passes).toContain(`\n  ${name}`)
  expect(printed(await tfreeze('-v'))).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('text is wrapped between words', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrap('everything', 4)).toEqual(['everything'])
})

test('errors are red where that is asked for, and never with NO_COLOR', () => {
  vi.stubEnv('NO_COLOR', '')
  vi.stubEnv('FORCE_COLOR', '1')
  expect(errorText('m.pb: the file is empty. Copy it again.')).toBe(
    '\u001b[31m\u001b[1mm.pb:\u001b[22m\u001b[39m the file is empty. Copy it again.',
  )
  vi.stubEnv('NO_COLOR', '1')
  expect(errorText('m.pb: x')).toBe('m.pb: x')
  vi.unstubAllEnvs()
})

test('a bar shows the share, the rate and the time left', () => {
  expect(line('writing', { done: 50_000_000, total: 100_000_000, text: bytes }, 2)).toBe(
    'writing ████████████░░░░░░░░░░░░ 50 %  50.0 MB of 100 MB, 25.0 MB/s, 2 s left',
  )
  expect(line('optimising', { done: 0, note: 'fold-scale' }, 2)).toBe('optimising  fold-scale')
})

test('a long table shows 20 rows, shortens names in the middle, and says how many more there are', () => {
  const rows = Array.from({ length: 25 }, (_, i) => [`model/block_${i}/a_rather_long_name/kernel_${i}`, 'Const'])
  const lines = longTable(rows, { width: 40, more: '--all lists them' }).split('\n')
  expect(lines).toHaveLength(21)
  expect(lines[0]).toBe('  model/bloc…r_long_name/kernel_0  Const')
  expect(Math.max(...lines.slice(0, 20).map(text => text.length))).toBeLessThanOrEqual(40)
  expect(lines[20]).toBe('  … and 5 more: --all lists them')
})

test('folders for the output are made', async () => {
  copyFixture('digits', 'digits')
  expect((await tfreeze('freeze', 'digits', '-o', 'a/b/o.pb', '--manifest', 'c/m.json')).status).toBe(0)
  expect([existsSync('a/b/o.pb'), existsSync('c/m.json')]).toEqual([true, true])
})

test('each step tells its time with --verbose', async () => {
  copyFixture('digits', 'digits')
  const { stderr } = await tfreeze('freeze', 'digits', '-o', 'o.pb', '-O', '--verbose')
  expect(stderr).toMatch(/^reading: \d+\.\d\d s\noptimising: \d+\.\d\d s\nwriting: \d+\.\d\d s\n$/)
})

test('of numbered versions the newest is taken, and that is noted', async () => {
  for (const version of ['2', '10']) copyFixture('digits', `served/${version}`)
  const { status, stdout } = await tfreeze('freeze', 'served', '-o', 'o.pb')
  expect(status).toBe(0)
  expect(String(stdout)).toContain('\n  note: Version 10 is taken, the newest in served; the others are 2.\n')
})

test('a snapshot of Hugging Face may link to the blobs of its own cache entry, and to nothing else', async () => {
  copyFixture('digits', 'digits')
  const blob = (digit: string): string => `models--a--b/blobs/${digit.repeat(40)}`
  const files = ['saved_model.pb', 'variables/variables.index', 'variables/variables.data-00000-of-00001']
  const snapshot = 'models--a--b/snapshots/1f'
  mkdirSync(`${snapshot}/variables`, { recursive: true })
  for (const [i, file] of files.entries()) {
    put(blob(String(i)), '')
    copyFixture(`digits/${file}`, blob(String(i)))
    const up = file.includes('/') ? '../../../../' : '../../../'
    symlinkSync(`${up}${blob(String(i))}`, `${snapshot}/${file}`)
  }
  expect(await tfreeze('freeze', snapshot, '-o', 'o.pb')).toMatchObject({ status: 0, stderr: '' })
  copyFixture(`digits/${files[1]!}`, 'elsewhere')
  mkdirSync('models--a--b/snapshots/2f/variables', { recursive: true })
  copyFixture('digits/saved_model.pb', 'models--a--b/snapshots/2f/saved_model.pb')
  symlinkSync('../../../../elsewhere', 'models--a--b/snapshots/2f/variables/variables.index')
  const { status, stderr } = await tfreeze('freeze', 'models--a--b/snapshots/2f', '-o', 'o.pb')
  expect([status, stderr]).toEqual([1, expect.stringMatching(/link that leads out of the folder/)])
})

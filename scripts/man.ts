/** The man page, made from the tables of commands and options. */
import manifest from '../package.json' with { type: 'json' }
import { COMMANDS } from '../src/cli/commands.ts'
import { meaning } from '../src/cli/help.ts'
import { usageOf } from '../src/cli/program.ts'
import { rowsOf } from '../src/options/index.ts'

/** The page as troff. */
export const manPage = (): string =>
  [
    `.TH TFREEZE 1 "" "tfreeze ${manifest.version}" "User Commands"`,
    '.SH NAME',
    `tfreeze \\- ${escaped(manifest.description)}`,
    '.SH SYNOPSIS',
    ...COMMANDS.flatMap(({ name, given }) => [
      '.br',
      `.B tfreeze ${name}`,
      escaped(`${given.map(([argument]) => argument.toUpperCase()).join(' ')} [options]`),
    ]),
    '.SH COMMANDS',
    ...COMMANDS.flatMap(({ name, description, given, examples }) => [
      `.SS ${name}`,
      escaped(`${description}.`),
      ...given.flatMap(([argument, what]) => ['.TP', `.I ${argument.toUpperCase()}`, escaped(what)]),
      ...rowsOf(name).flatMap(([row, def]) => ['.TP', `.B ${escaped(usageOf(row, def))}`, escaped(meaning(def))]),
      '.PP',
      'Examples:',
      ...examples.flatMap(([command, what]) => ['.TP', `.B ${escaped(command)}`, escaped(what)]),
    ]),
    '.SH EXIT STATUS',
    '.TP',
    '.B 0',
    'Done.',
    '.TP',
    '.B 1',
    'The model cannot be read or frozen, does not fit the target, or differs from its original.',
    '.TP',
    '.B 2',
    'Wrong usage of the command line.',
    '.SH ENVIRONMENT',
    '.TP',
    '.B NO_COLOR\\fR, \\fBFORCE_COLOR',
    'Switch colours off or on; without them a terminal has colours.',
    '.SH SEE ALSO',
    escaped(manifest.homepage),
    '',
  ].join('\n')

/** Text that troff prints as it is. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')

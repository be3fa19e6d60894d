/**
 * `connect`: what any client of DuckDB needs to open the ledger.
 */

import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import type { Command } from 'commander'

import type { ViewScript } from '../../domain/edges.ts'
import { LedgerError } from '../../domain/errors.ts'
import { codeOf, fileError } from '../../domain/file-error.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-code.ts'
import { readPeriod } from '../flag-values.ts'
import { addNotes, introduce } from '../help.ts'
import { counted } from '../output/human.ts'
import { warn } from '../report-error.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'
import { styled } from '../terminal.ts'

interface ConnectFlags {
  init?: string
  force?: boolean
  from?: string
  to?: string
}

const NOTES = [
  'Then:',
  '  duckdb -init ledger.sql',
  "or in Python: con = duckdb.connect(); con.execute(open('ledger.sql').read())",
  '',
  'The file names every file of the ledger that there is now: make it again for later runs. ' +
    'There, any statement can be run, and files can be written: only query is held back from that.',
]

export function defineConnect(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Prints SQL that opens the same views in any client of DuckDB, over the same files.',
    [
      ['connect --init ledger.sql', 'to a file, for duckdb -init'],
      ['connect --init ledger.sql --force', 'again, with the runs since then'],
      ['connect --from -7d > week.sql', 'only the last seven days'],
    ],
  )
  command
    .option('--init <FILE>', 'Write it to this file, which must not be there yet')
    .option('--force', 'With --init: replace the file')
    .option('--from <TIME>', 'Only runs from then on: RFC 3339, or back from now like -7d')
    .option('--to <TIME>', 'Only runs before then')
  addSettingFlags(command, ['warehouse', 'intervalMs'])
  addNotes(command, context.terminal, NOTES)
  command.action(async (flags: ConnectFlags) => {
    const settings = readSettings(command, context)
    const { from, to } = readPeriod('connect', flags, context.terminal.now())
    if (flags.force && flags.init === undefined) {
      throw new LedgerError('usage', 'Cannot use --force without --init: nothing is replaced')
    }
    if (flags.init?.trim() === '') {
      throw new LedgerError('usage', 'Cannot use "" for --init: it takes a file')
    }
    await using connection = await context.connect(settings)
    const script = await connection.queries.script({ from, to })
    await putScript(script, flags, context)
  })
}

async function putScript(
  { sql, days, runs, warnings }: ViewScript,
  { init, force = false }: ConnectFlags,
  context: Context,
): Promise<void> {
  const { stdout, stderr, cwd } = context.terminal
  if (init === undefined) await stdout.write(sql)
  else {
    await writeScript(resolve(cwd, init), sql, { name: init, force })
    const what = `${counted(days, 'compacted day')} and ${counted(runs, 'single run')}`
    await stderr.write(`${styled(stderr, 'dim', `Written to "${init}": ${what}`)}\n`)
  }
  for (const warning of warnings) await warn(stderr, warning)
  if (warnings.length > 0) context.exitCode = EXIT.partial
}

async function writeScript(
  file: string,
  sql: string,
  { name, force }: { name: string; force: boolean },
): Promise<void> {
  try {
    await writeFile(file, sql, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const told = fileError('write', name, error)
    if (!(told instanceof LedgerError)) throw told
    // Its hint is for the warehouse.
    if (codeOf(error) !== 'EEXIST') throw new LedgerError('usage', told.message, { cause: error })
    throw new LedgerError('usage', `Cannot write "${name}": it is there already`, {
      cause: error,
      hint: 'Replace it with --force',
    })
  }
}

/**
 * `query`: answers one question in SQL.
 */

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import type { Command } from 'commander'

import { LedgerError, messageOf } from '../../domain/errors.ts'
import { ask } from '../ask.ts'
import type { Context } from '../context.ts'
import { introduce } from '../help.ts'
import { addOutputFlags, type OutputFlags } from '../output-flags.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'
import type { Terminal } from '../terminal.ts'

interface QueryFlags extends OutputFlags {
  file?: string
  param?: string[]
}

export function defineQuery(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Answers one SELECT over the ledger. It cannot change anything.',
    [
      [`query "SELECT user_name, target_host_name FROM active_sessions"`, 'who is connected'],
      [`query "SELECT user_name, count(*) FROM snapshots GROUP BY ALL"`, 'who was seen how often'],
      [`query 'FROM snapshots WHERE user_name = $1' -p ana@contoso.com`, 'a value from outside'],
      [`query -f report.sql -o csv > report.csv`, 'SQL from a file, rows to a file'],
      [`query -o parquet "FROM sessions" > sessions.parquet`, "with DuckDB's types"],
      [`query "EXPLAIN ANALYZE FROM sessions"`, 'how it is answered'],
      [`query "SHOW TABLES"`, 'what can be asked'],
    ],
  )
  command
    .argument('[SQL]', 'One SELECT in the SQL of DuckDB, or its EXPLAIN; - reads it from stdin')
    .option('-f, --file <FILE>', 'Read the SQL from a file')
    .option('-p, --param <VALUE>', 'The value of $1; again for $2, and so on', append)
  addOutputFlags(command)
  addSettingFlags(command, ['warehouse', 'memoryLimit', 'queryTimeoutMs'])
  command.action(async (text: string | undefined, flags: QueryFlags) => {
    const settings = readSettings(command, context)
    const sql = await readSql(text, flags.file, context.terminal)
    await ask(context, settings, { sql, parameters: flags.param ?? [] }, flags)
  })
}

function append(value: string, before: string[] = []): string[] {
  return [...before, value]
}

/**
 * The SQL, from wherever it is.
 *
 * @throws {LedgerError} `usage` where there is none, or more than one.
 */
async function readSql(
  text: string | undefined,
  file: string | undefined,
  { stdin, cwd, interrupted }: Terminal,
): Promise<string> {
  if (text !== undefined && file !== undefined) {
    throw new LedgerError('usage', 'Cannot query: SQL was given both as text and with --file')
  }
  const sql = await readFrom()
  if (sql.trim() !== '') return sql
  throw new LedgerError('usage', 'Cannot query: no SQL was given', {
    hint: 'For example: bastion-ledger query "FROM active_sessions"',
  })

  async function readFrom(): Promise<string> {
    if (file !== undefined) return readSqlFile(file, cwd)
    if (text === '-' || (text === undefined && !stdin.isTTY)) return stdin.read(interrupted)
    return text ?? ''
  }
}

async function readSqlFile(file: string, cwd: string): Promise<string> {
  try {
    return (await readFile(resolve(cwd, file), 'utf8')).replace(/^\uFEFF/, '')
  } catch (cause) {
    throw new LedgerError('usage', `Cannot read "${file}": ${whyUnreadable(cause)}`, { cause })
  }
}

function whyUnreadable(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES') return 'it may not be read'
  return messageOf(cause)
}

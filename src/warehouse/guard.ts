/**
 * Guard: what keeps a question from being anything but a question.
 *
 * DuckDB's settings alone do not: with external access off, `COPY … TO` and `ATTACH` still wrote
 * into an allowed directory, a SELECT over `enable_logging(storage = 'file', …)` did too, and merely
 * preparing `EXPORT DATABASE` made a folder (all measured with 1.5.5). So the text is first parsed,
 * by DuckDB's own parser and without being bound: it must be one SELECT, and every table function in
 * it must be on a list of harmless ones. Then come the settings, and a lock on them.
 */

import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api'

import { LedgerError } from '../domain/errors.ts'
import { literal } from './duckdb.ts'
import { queryError } from './query-error.ts'

/** Table functions that read nothing but their arguments and the catalog. */
const TABLE_FUNCTIONS = new Set([
  'duckdb_columns',
  'duckdb_databases',
  'duckdb_functions',
  'duckdb_keywords',
  'duckdb_schemas',
  'duckdb_settings',
  'duckdb_tables',
  'duckdb_types',
  'duckdb_views',
  'generate_series',
  'histogram',
  'histogram_values',
  'icu_calendar_names',
  'json_each',
  'json_tree',
  'pg_timezone_names',
  'pragma_table_info',
  'pragma_version',
  'range',
  'repeat',
  'repeat_row',
  'test_all_types',
  'unnest',
])

/**
 * Refuses everything but one SELECT without side effects. Nothing is bound or run.
 *
 * @throws {LedgerError} `query`
 */
export async function requireSelect(connection: DuckDBConnection, sql: string): Promise<void> {
  const tree = await parse(connection, sql)
  if (tree.error) {
    throw tree.error_message.startsWith('Only SELECT')
      ? refusal(sql)
      : queryError(new Error(`Parser Error: ${tree.error_message}${place(sql, tree.position)}`))
  }
  const { length } = tree.statements
  if (length === 0) {
    throw new LedgerError('query', 'Cannot run the query: there is no statement in it')
  }
  if (length > 1) {
    throw new LedgerError('query', `Cannot run the query: it has ${length} statements, not one`)
  }
  const foreign = tableFunctions(tree.statements).find((name) => !TABLE_FUNCTIONS.has(name))
  if (foreign !== undefined) {
    throw new LedgerError('query', `Cannot run the query: the function ${foreign} is not allowed`, {
      hint: 'Queries read the views only; SHOW TABLES lists them',
    })
  }
}

/**
 * Leaves the engine only the files in these folders to read. After this no setting can be changed.
 */
export async function lock(
  connection: DuckDBConnection,
  folders: readonly string[],
): Promise<void> {
  await connection.run(
    `SET allowed_directories = ${literal(folders)}; ` +
      'SET enable_external_access = false; SET lock_configuration = true',
  )
}

/**
 * Prepares the statement, and checks once more that DuckDB takes it for a SELECT.
 *
 * @throws {LedgerError} `query`
 */
export async function prepareSelect(
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBPreparedStatement> {
  const { StatementType } = await import('@duckdb/node-api')
  const statements = await connection.extractStatements(sql)
  const statement = statements.count === 1 ? await statements.prepare(0) : undefined
  if (statement?.statementType === StatementType.SELECT) return statement
  throw refusal(sql)
}

type Tree =
  | { error: true; error_type: string; error_message: string; position?: string }
  | { error: false; statements: unknown[] }

/** @see https://duckdb.org/docs/stable/data/json/sql_to_and_from_json */
async function parse(connection: DuckDBConnection, sql: string): Promise<Tree> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- DuckDB's documented answer
  return JSON.parse(String(reader.getRows()[0]?.[0])) as Tree
}

/** The names of all table functions, at whatever depth. Without recursion: depth is the asker's. */
function tableFunctions(statements: readonly unknown[]): string[] {
  const names: string[] = []
  const left: unknown[] = [...statements]
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (typeof node !== 'object' || node === null) continue
    if ('type' in node && node.type === 'TABLE_FUNCTION' && 'function' in node) {
      names.push(functionName(node.function))
    }
    left.push(...Object.values(node))
  }
  return names
}

function functionName(node: unknown): string {
  return typeof node === 'object' && node !== null && 'function_name' in node
    ? String(node.function_name).toLowerCase()
    : 'of no name'
}

function refusal(sql: string): LedgerError {
  const word = /^[A-Za-z]+/.exec(sql.replaceAll(/--.*|\/\*[^]*?\*\//g, ' ').trim())?.[0]
  return new LedgerError(
    'query',
    `Cannot run the query: only SELECT is allowed${word ? `, not ${word.toUpperCase()}` : ''}`,
    { hint: word?.toUpperCase() === 'PIVOT' ? PIVOT_HINT : SELECT_HINT },
  )
}

const SELECT_HINT = 'Stored answers never change; to keep a result, use -o csv, json or jsonl'
// Without them DuckDB makes a type first, which is a second statement.
const PIVOT_HINT = 'Name the values: PIVOT … ON outcome IN (…) USING …'

function place(sql: string, position: string | undefined): string {
  const before = position === undefined ? [] : sql.slice(0, Number(position)).split('\n')
  return before.length > 1 ? ` (line ${before.length})` : ''
}

/**
 * Guard: what keeps a question from being anything but a question.
 *
 * DuckDB's settings alone do not: with external access off, `COPY … TO` and `ATTACH` still wrote
 * into an allowed directory, a SELECT over `enable_logging(storage = 'file', …)` did too, and merely
 * preparing `EXPORT DATABASE` made a folder (all measured with 1.5.5). So the text is first parsed,
 * by DuckDB's own parser and without being bound: it must be one SELECT, and every table function in
 * it must be on a list of harmless ones. Of an EXPLAIN, all of this goes for the statement in it. Then
 * come the settings, and a lock on them.
 */

import type { DuckDBConnection, DuckDBPreparedStatement, StatementType } from '@duckdb/node-api'

import { LedgerError } from '../domain/errors.ts'
import { literal } from './duckdb.ts'
import { splitExplain } from './explain.ts'
import { queryError } from './query-error.ts'
import { nodesOf } from './statement-tree.ts'

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

/** A question as it may be run. */
export interface Select {
  /** `EXPLAIN` with its options, where the plan is asked for and not the answer; else empty. */
  explain: string
  /** One SELECT, without a semicolon after it. A comment may be at its end, so a line must follow. */
  select: string
  /** It, as DuckDB's parser has it. */
  tree: readonly unknown[]
}

/**
 * Refuses everything but one SELECT without side effects, or the EXPLAIN of one. Nothing is bound or
 * run.
 *
 * @throws {LedgerError} `query`
 */
export async function requireSelect(connection: DuckDBConnection, sql: string): Promise<Select> {
  let tree = await parse(connection, sql)
  let [explain, at] = ['', 0]
  if (tree.error && isNoSelect(tree)) {
    const explained = splitExplain(sql)
    if (!explained) throw refusal(sql)
    ;({ explain, at } = explained)
    tree = await parse(connection, sql.slice(at))
  }
  const select = sql.slice(at)
  if (tree.error) {
    if (isNoSelect(tree)) throw refusal(select)
    const where = place(sql, tree.position === undefined ? null : at + Number(tree.position))
    throw queryError(new Error(`Parser Error: ${tree.error_message}${where}`))
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
  const file = fileNames(tree.statements)[0]
  if (file !== undefined) {
    throw new LedgerError('query', `Cannot run the query: "${file}" names a file, not a view`, {
      hint: 'Queries read the views only; SHOW TABLES lists them',
    })
  }
  const { statements } = tree
  return { explain, select: await withoutSemicolon(connection, select), tree: statements }
}

/**
 * The statements that leave the engine only the files in the question's folder and the ledger's. They
 * need not be there yet.
 *
 * @param root The ledger's; null where its files are brought into the question's.
 */
export function confinement({ folder, root }: { folder: string; root: string | null }): string {
  const folders = [`${folder}/`, ...(root === null ? [] : [`${root}/`])]
  return `SET allowed_directories = ${literal(folders)};\nSET enable_external_access = false`
}

/** The statement after which no setting can be changed. */
export const LOCK_SETTINGS = 'SET lock_configuration = true'

/**
 * Prepares the statement, and checks once more that DuckDB takes it for what it must be.
 *
 * @throws {LedgerError} `query`
 */
export async function prepareSelect(
  connection: DuckDBConnection,
  { explain, select }: Select,
): Promise<DuckDBPreparedStatement> {
  const { StatementType: Type } = await import('@duckdb/node-api')
  const type = explain === '' ? Type.SELECT : Type.EXPLAIN
  return await prepareOne(connection, `${explain}${select}`, type, () => refusal(select))
}

/**
 * Prepares what writes the answer of a SELECT into a file. It is one statement still, whatever the
 * SELECT is.
 *
 * @param options Of COPY.
 * @throws {LedgerError} `query`
 */
export async function prepareCopy(
  connection: DuckDBConnection,
  { explain, select }: Select,
  file: string,
  options: string,
): Promise<DuckDBPreparedStatement> {
  if (explain !== '') {
    throw new LedgerError('query', 'Cannot write a plan as Parquet: it is a text', {
      hint: 'Use -o table, or -o json',
    })
  }
  const { StatementType: Type } = await import('@duckdb/node-api')
  // FROM, for COPY takes no DESCRIBE, SHOW or SUMMARIZE by itself.
  const sql = `COPY (FROM (\n${select}\n)) TO ${literal(file)} (${options})`
  return await prepareOne(connection, sql, Type.COPY, () => refusal(select))
}

async function prepareOne(
  connection: DuckDBConnection,
  sql: string,
  type: StatementType,
  refused: () => LedgerError,
): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql)
  const statement = statements.count === 1 ? await statements.prepare(0) : undefined
  if (statement?.statementType === type) return statement
  throw refused()
}

type Tree =
  | { error: true; error_type: string; error_message: string; position?: string }
  | { error: false; statements: unknown[] }

async function parse(connection: DuckDBConnection, sql: string): Promise<Tree> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- DuckDB's documented answer
  return JSON.parse(await serialize(connection, sql)) as Tree
}

/** @see https://duckdb.org/docs/stable/data/json/sql_to_and_from_json */
async function serialize(connection: DuckDBConnection, sql: string): Promise<string> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
  return String(reader.getRows()[0]?.[0])
}

function isNoSelect({ error_message: message }: { error_message: string }): boolean {
  return message.startsWith('Only SELECT')
}

/**
 * The statement without its semicolon and what comes after it. Which of them are no part of a text
 * or a comment, the parser knows: cut off there, it is the same statement.
 */
async function withoutSemicolon(connection: DuckDBConnection, sql: string): Promise<string> {
  const select = sql.replace(/^[\s;]+/, '')
  let at = select.indexOf(';')
  if (at === -1) return select
  const whole = await serialize(connection, select)
  while (at !== -1 && (await serialize(connection, select.slice(0, at))) !== whole) {
    at = select.indexOf(';', at + 1)
  }
  return at === -1 ? select : select.slice(0, at)
}

/** The names of all table functions. */
function tableFunctions(statements: readonly unknown[]): string[] {
  return nodesOf(statements, 'TABLE_FUNCTION').map((node) =>
    functionName('function' in node ? node.function : null),
  )
}

/**
 * DuckDB reads a file where a table is named as one is: `FROM 'runs.parquet'`. Files of the ledger
 * could be read so that no record names.
 */
const FILE_NAME = /[/\\*?:]|\.[a-z0-9]+$/i

/** The names of tables that DuckDB may take for files. */
function fileNames(statements: readonly unknown[]): string[] {
  return nodesOf(statements, 'BASE_TABLE')
    .map((node) => ('table_name' in node ? String(node.table_name) : ''))
    .filter((name) => FILE_NAME.test(name))
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

const SELECT_HINT = 'Stored answers never change; to keep a result, use -o csv, json or parquet'
// Without them DuckDB makes a type first, which is a second statement.
const PIVOT_HINT = 'Name the values: PIVOT … ON outcome IN (…) USING …'

function place(sql: string, position: number | null): string {
  const before = position === null ? [] : sql.slice(0, position).split('\n')
  return before.length > 1 ? ` (line ${before.length})` : ''
}

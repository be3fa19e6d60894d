/**
 * DuckDB: an engine in memory for one task, closed after it.
 *
 * Never a database file: that would lock out every other process, readers too. The library is
 * loaded on first use, for it takes longer than all the rest of the program.
 */

import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

export interface Engine extends Disposable {
  connection: DuckDBConnection
  /** One more connection, for what is done at the same time. */
  connect(): Promise<DuckDBConnection>
}

/**
 * Starts an engine.
 *
 * @param settings DuckDB's settings by name; texts are quoted, lists become lists.
 */
export async function startEngine(
  settings: Record<string, string | number | boolean | readonly string[]> = {},
): Promise<Engine> {
  const { DuckDBInstance: Instance } = await import('@duckdb/node-api')
  const instance: DuckDBInstance = await Instance.create(':memory:')
  try {
    const connection = await instance.connect()
    // Times are printed and cast in this zone, and the machine's own must not show.
    const all = { TimeZone: 'UTC', ...settings }
    await connection.run(
      Object.entries(all)
        .map(([name, value]) => `SET ${name} = ${literal(value)};`)
        .join(' '),
    )
    const others: DuckDBConnection[] = []
    return {
      connection,
      async connect() {
        const other = await instance.connect()
        others.push(other)
        return other
      },
      [Symbol.dispose]() {
        for (const one of [connection, ...others]) one.closeSync()
        instance.closeSync()
      },
    }
  } catch (error) {
    instance.closeSync()
    throw error
  }
}

/** A value as SQL text. */
export function literal(value: string | number | boolean | readonly string[]): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return `[${value.map(literal).join(', ')}]`
}

/**
 * DuckDB's words on one line, and on another what it suggests. Below its message it draws the place
 * in the SQL, `LINE 1: …` with a caret under it: that is left out.
 */
export function wordsOf(error: unknown): { words: string; advice: string } {
  const [text = ''] = (error instanceof Error ? error.message : String(error)).split(/\n+LINE \d+:/)
  const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '')
  // It draws a place in a value too.
  const caret = rest.findLastIndex((line) => line.trim() === '^')
  return { words: oneLine(first), advice: oneLine(rest.slice(caret + 1).join(' ')) }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** Of the engine, for example `v1.5.5`. */
export async function duckdbVersion(): Promise<string> {
  return (await import('@duckdb/node-api')).version()
}

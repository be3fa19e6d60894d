/**
 * Views meant: which views and tables a question may read. To make one takes some milliseconds.
 */

import { ALL, isApart, type Apart, type View } from './view-list.ts'
import { TABLES, type Table } from './view-tables.ts'

/** Which views are made. */
export interface Meant {
  /** The only question that they are made for (default: any). */
  sql?: string | undefined
  /** Whether some stand apart: a table without a row, until they are put in its place. */
  apart?: boolean
}

/** Whether a question means `sessions`, and no other view or table. */
export function asksSessionsOnly(sql: string): boolean {
  const words = new Set(wordsIn(sql))
  const all = [...ALL.map(([name]) => name), ...TABLES.map(({ name }) => name)]
  const named = all.filter((name) => words.has(lastPart(name)))
  // In `raw` are macros, too.
  return named.join() === 'sessions' && !words.has('raw') && !mayListViews(sql)
}

/** What can name a view without its name. */
const LISTS_VIEWS = /\b(show|describe)\b|information_schema|duckdb_|sqlite_|pg_/i
/** It may stand for `DESCRIBE`, but most often it ends an ORDER BY. */
const DESC = /(^|[(;]|\bexplain|\banaly[sz]e)\s*desc\b/im
const COMMENTS = /--.*|\/\*[^]*?\*\//g

function mayListViews(sql: string): boolean {
  return (
    [sql, sql.replaceAll(COMMENTS, ' ')].some((text) => DESC.test(text)) || LISTS_VIEWS.test(sql)
  )
}

/**
 * The views and tables that a question may mean: each takes some milliseconds to make. Any that its
 * text mentions may be meant, and any that is mentioned by one of those.
 */
export function everythingMeant({ sql, apart = false }: Meant): {
  views: readonly View[]
  tables: readonly Table[]
  apart: readonly Apart[]
} {
  const isAny = sql === undefined || mayListViews(sql)
  const words = new Set(wordsIn(sql ?? ''))
  const isNamed = (name: string) => words.has(lastPart(name))
  const standing: Apart[] = []
  const views = ALL.toReversed().filter(([name, select]) => {
    if (!isAny && !isNamed(name)) return false
    if (apart && isApart(name)) {
      standing.push(name)
      return false
    }
    for (const word of wordsIn(select)) words.add(word)
    return true
  })
  return {
    views: views.toReversed(),
    tables: TABLES.filter(
      ({ name }) => isNamed(name) || (isAny && (!apart || !name.startsWith('raw.'))),
    ),
    apart: standing,
  }
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function wordsIn(sql: string): string[] {
  return sql.toLowerCase().match(/\w+/g) ?? []
}

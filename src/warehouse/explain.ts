/**
 * EXPLAIN: what asks for the plan of a question in place of its answer.
 *
 * `EXPLAIN ANALYZE` runs what it explains, a COPY or an ATTACH too. DuckDB's parser tells what a
 * SELECT is, but not what an EXPLAIN holds. So the word and its options are taken off here, what is
 * left has to pass as a SELECT by itself, and what is run is put together anew from these two.
 */

export interface Explained {
  /** `EXPLAIN` with its options, as it stands before the statement; empty where there is none. */
  explain: string
  /** Where in the text the statement begins. */
  at: number
}

const SPACE = /\s+|--.*|\/\*[^]*?\*\//y
const WORD = /explain(?![\w$])/iy
const ANALYZE = /analy[sz]e(?![\w$])/iy
const OPTION = String.raw`(?:analy[sz]e|format\s+['"]?\w+['"]?)`
const OPTIONS = new RegExp(String.raw`\(\s*${OPTION}(?:\s*,\s*${OPTION})*\s*\)`, 'iy')

/** Takes `EXPLAIN` off a statement; null where it does not begin with it. */
export function splitExplain(sql: string): Explained | null {
  const from = afterSpace(sql, 0)
  const word = match(WORD, sql, from)
  if (word === null) return null
  const at = afterSpace(sql, from + word.length)
  const how = match(ANALYZE, sql, at) ?? match(OPTIONS, sql, at)
  if (how === null) return { explain: 'EXPLAIN ', at }
  return { explain: `EXPLAIN ${how} `, at: afterSpace(sql, at + how.length) }
}

function afterSpace(sql: string, from: number): number {
  let at = from
  for (let space = match(SPACE, sql, at); space; space = match(SPACE, sql, at)) at += space.length
  return at
}

function match(pattern: RegExp, sql: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(sql)?.[0] ?? null
}

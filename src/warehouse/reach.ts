/**
 * Reach: which runs' files a question can read, by DuckDB's own plan for it.
 *
 * A warehouse of years must not be fetched, or only opened, for a question about yesterday. So the
 * question is first planned over empty tables in place of the files. What its scans do not mention
 * it does not read; and where a scan has a filter on a time or on the run, rows outside it cannot
 * change the answer, since this plan answers the question for every content of the tables. Hence the
 * optimizers that look at contents are off. A filter of any other form is no limit.
 */

import type { DuckDBConnection } from '@duckdb/node-api'

import { z } from 'zod'

import { type Bindings, bindingsOf, NO_BINDINGS, type Parameters } from './bindings.ts'
import { prepareSelect, type Select } from './guard.ts'
import { runFilter, type RunRange } from './run-filter.ts'
import { TABLES, type TableName } from './view-tables.ts'
import { APART, APART_NAMES, isApart, type Apart } from './view-list.ts'

/** A question that has passed as one. */
export interface Question {
  asked: Select
  parameters: Parameters
}

/** The runs of which a table is read; no range where it is not. */
export type Reach = Partial<Record<ReachName, RunRange>>
type ReachName = TableName | Apart

export const ALL_RUNS: RunRange = { from: '', to: '~' }

/** Optimizers that only rewrite the question; every other may look at what is in a table. */
const REWRITERS = new Set([
  'expression_rewriter',
  'filter_pullup',
  'filter_pushdown',
  'cte_filter_pusher',
  'cte_inlining',
  'regex_range',
  'in_clause',
  'deliminator',
  'unnest_rewriter',
  'unused_columns',
])

/**
 * Plans a question, in an engine where the views are, over empty tables.
 *
 * @throws {LedgerError} `query` where it is no question, or what DuckDB throws where it is wrong.
 */
export async function reachOf(connection: DuckDBConnection, question: Question): Promise<Reach> {
  return await planning(connection, () => reachIn(connection, question))
}

/**
 * Plans several questions, each for itself.
 *
 * @param plan Is given what plans one of them, as `reachOf` does.
 */
export async function reachOfEach<T>(
  connection: DuckDBConnection,
  plan: (reach: (question: Question) => Promise<Reach>) => Promise<T>,
): Promise<T> {
  return await planning(connection, () => plan((question) => reachIn(connection, question)))
}

/** All of these tables. */
export function wholeReach(names: readonly ReachName[]): Reach {
  return Object.fromEntries(names.map((name) => [name, ALL_RUNS]))
}

/** What is within the reach of any of these. */
export function together(reaches: readonly Reach[]): Reach {
  const all: Reach = {}
  for (const reach of reaches) {
    for (const name of NAMES) {
      const range = reach[name]
      if (range) widen(all, name, range)
    }
  }
  return all
}

/** They are the engine's, and the same in each. */
let others: readonly string[] | undefined

/** Plans without the optimizers that look at what is in a table, and gives them back. */
async function planning<T>(connection: DuckDBConnection, plan: () => Promise<T>): Promise<T> {
  others ??= await otherOptimizers(connection)
  await connection.run(`SET disabled_optimizers = '${others.join()}'`)
  const planned = await plan()
  await connection.run("SET disabled_optimizers = ''")
  return planned
}

async function reachIn(
  connection: DuckDBConnection,
  { asked, parameters }: Question,
): Promise<Reach> {
  const bind = async () => bindingsOf(await prepareSelect(connection, asked), parameters)
  // Without parameters the plan alone tells whether it can be asked.
  const isPlain = Array.isArray(parameters) && parameters.length === 0
  const bindings = isPlain ? NO_BINDINGS : await bind()
  const reach: Reach = {}
  // Who is connected is answered with a warning about hosts that could not be read.
  const more = asksWhoIsConnected(asked) ? ['FROM raw.latest_polls'] : []
  // Of an EXPLAIN, what it explains: EXPLAIN ANALYZE reads that.
  const plans = [await explain(connection, asked.select, bindings)]
  if (plans[0] === null && isPlain) await bind()
  for (const one of more) plans.push(await explain(connection, one, NO_BINDINGS))
  for (const scan of plans.flatMap(scansIn)) add(reach, scan)
  return reach
}

/** Whether an answer must be given with what is not known about it. */
export function asksWhoIsConnected({ select }: Select): boolean {
  return /\bactive_sessions\b/i.test(select)
}

async function otherOptimizers(connection: DuckDBConnection): Promise<string[]> {
  const reader = await connection.runAndReadAll('SELECT name FROM duckdb_optimizers()')
  return reader
    .getRows()
    .map(([name]) => String(name))
    .filter((name) => !REWRITERS.has(name))
}

const planNode = z.object({
  extra_info: z.looseObject({
    Table: z.string().optional(),
    Filters: z.union([z.string().transform((text) => [text]), z.array(z.string())]).default([]),
  }),
  get children() {
    return z.array(planNode)
  },
})
type PlanNode = z.infer<typeof planNode>

/** The tables of files, and the views that stand apart. */
const NAMES: readonly ReachName[] = [...TABLES.map(({ name }) => name), ...APART_NAMES]

interface Scan {
  table: ReachName
  filters: readonly string[]
}

/** Every scan of a table in the plan; all that there can be where DuckDB makes no plan. */
function scansIn(plan: readonly PlanNode[] | null): Scan[] {
  if (plan === null) return NAMES.map((table) => ({ table, filters: [] }))
  const scans: Scan[] = []
  const left = [...plan]
  for (let node = left.pop(); node; node = left.pop()) {
    left.push(...node.children)
    const { Table: name, Filters: filters } = node.extra_info
    const table = NAMES.find((one) => name === fullName(one))
    if (table !== undefined) scans.push({ table, filters })
  }
  return scans
}

function fullName(name: ReachName): string {
  return name.startsWith('raw.') ? `memory.${name}` : `memory.main.${name}`
}

async function explain(
  connection: DuckDBConnection,
  sql: string,
  { values, types }: Bindings,
): Promise<PlanNode[] | null> {
  try {
    const reader = await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${sql}`, values, types)
    return z.array(planNode).safeParse(JSON.parse(String(reader.getRows()[0]?.[1]))).data ?? null
  } catch {
    // Whether it is a question at all, preparing it tells; another fault shows when it runs.
    return null
  }
}

function add(reach: Reach, { table, filters }: Scan): void {
  if (isApart(table)) {
    // They are made of whole files, whatever is asked of them: so all questions share them.
    for (const name of [table, ...APART[table]] as const) widen(reach, name, ALL_RUNS)
    return
  }
  const kind = TABLES.find(({ name }) => name === table)?.kind
  if (kind !== undefined) widen(reach, table, runFilter(kind, filters))
}

function widen(reach: Reach, table: ReachName, { from, to }: RunRange): void {
  const before = reach[table]
  reach[table] = before
    ? { from: before.from < from ? before.from : from, to: before.to > to ? before.to : to }
    : { from, to }
}

/**
 * Runs, recorded as real files by the real ledger, and `sessions` as SQL rebuilds them from there:
 * with nothing compacted, with all closed days compacted, or with some.
 */

import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Cell } from '../../src/domain/edges.ts'
import { sessionColumns, type SessionRow } from '../../src/domain/session-columns.ts'
import { runDate } from '../../src/domain/run.ts'
import { ask, openWarehouse, recordRun, tempFolder } from '../warehouse/temp-warehouse.ts'
import type { WeekRun } from './weeks.ts'

const DAY_MS = 86_400_000

/** Warehouses of the same runs: the first as they were recorded, others as copies of it. */
export interface Recorded extends AsyncDisposable {
  /** `sessions` with nothing compacted. */
  raw(): Promise<SessionRow[]>
  /**
   * `sessions` of a copy whose days are compacted up to a date, including it (default all). It is
   * one copy, compacted further each time.
   */
  compacted(untilDate?: string): Promise<SessionRow[]>
  /**
   * `sessions` of a copy that grew as in life: day after day its runs came, and two hours into the
   * next one the day before was compacted, with nothing there of what was to come.
   */
  grown(): Promise<SessionRow[]>
}

/** Records runs, several at a time: where they are kept does not depend on their order. */
export async function record(runs: readonly WeekRun[]): Promise<Recorded> {
  const folder = await tempFolder()
  const first = join(folder.root, 'recorded')
  const warehouse = openWarehouse(first)
  const left = [...runs]
  const work = async () => {
    for (let run = left.shift(); run; run = left.shift()) {
      await recordRun(warehouse, run.slot, run.polls, run.overrides)
    }
  }
  await Promise.all([work(), work(), work()])
  const further = join(folder.root, 'compacted')
  return {
    raw: () => sessionsOf(first),
    async compacted(untilDate = '9999-01-01') {
      await cp(first, further, { recursive: true, force: false })
      await compact(further, Date.parse(`${untilDate}T02:00:00Z`) + DAY_MS)
      return sessionsOf(further)
    },
    async grown() {
      const root = join(folder.root, 'grown')
      for (const date of [...new Set(runs.map(({ runId }) => runDate(runId)))].toSorted()) {
        await compact(root, Date.parse(`${date}T02:00:00Z`))
        await copyDay(first, root, date)
      }
      return sessionsOf(root)
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

async function copyDay(from: string, to: string, date: string): Promise<void> {
  const kinds = await readdir(join(from, 'v1/raw'))
  await Promise.all(
    kinds.map(async (kind) => {
      const path = join('v1/raw', kind, `date=${date}`)
      await cp(join(from, path), join(to, path), { recursive: true })
    }),
  )
}

async function compact(root: string, nowMs: number): Promise<void> {
  const { days } = openWarehouse(root, { now: new Date(nowMs).toISOString() })
  await days.compact()
}

/** All rows of `sessions`, in an order of their own. */
export async function sessionsOf(root: string): Promise<SessionRow[]> {
  const { rows } = await ask(openWarehouse(root), 'FROM sessions')
  return inOrder(rows.map(readRow))
}

/** Rows in an order that does not depend on who made them. */
export function inOrder(rows: readonly SessionRow[]): SessionRow[] {
  const named = rows.map((row) => ({
    row,
    name: JSON.stringify([row.host_id, row.session_id, row.first_run_id, row.started_at]),
  }))
  return named.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(({ row }) => row)
}

/** Times to the millisecond, as the declared row type has them. */
function readRow(cells: Record<string, Cell>): SessionRow {
  const row = Object.fromEntries(
    Object.entries(sessionColumns).map(([name, { type }]) => {
      const cell = cells[name] ?? null
      const isTime = type === 'TIMESTAMPTZ' && typeof cell === 'string'
      return [name, isTime ? new Date(cell).toISOString() : cell]
    }),
  )
  if (!isRow(row)) throw new TypeError(`This is no row of sessions: ${JSON.stringify(row)}`)
  return row
}

function isRow(row: Record<string, Cell>): row is SessionRow {
  const types = { VARCHAR: 'string', TIMESTAMPTZ: 'string', INTEGER: 'number', BIGINT: 'number' }
  return Object.entries(sessionColumns).every(([name, { type, key }]) => {
    const cell = row[name] ?? null
    return cell === null ? !key : typeof cell === types[type]
  })
}

/**
 * A year of polling every five minutes, and the same ledger as if it had begun yesterday.
 */

import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { DuckDBConnection } from '@duckdb/node-api'

import { DAILY_TABLES } from '../../src/domain/day.ts'
import { dailyPath, dayRecordPath } from '../../src/warehouse/paths.ts'
import { makeTruth, slotsOf } from './estate.ts'
import { fillDays, fillRaw } from './fill.ts'

export const TODAY = '2026-11-20'
export const NOW = new Date(`${TODAY}T12:00:00Z`)

/** Fills `year` with closed days and half of today, and `day` with the last of them and today. */
export async function fillYear(
  connection: DuckDBConnection,
  { year, day }: { year: string; day: string },
  { days, say }: { days: number; say: (text: string) => void },
): Promise<void> {
  const from = new Date(Date.parse(TODAY) - days * 86_400_000).toISOString().slice(0, 10)
  say(`${days} days of 50 hosts and 500 sessions at a time`)
  await makeTruth(connection, { hosts: 50, concurrent: 500, from, days: days + 1 })
  await fillDays(connection, year, { from, days, say })
  await fillRaw(connection, year, { ...slotsOf(TODAY), toSecs: NOW.getTime() / 1000 })
  await copyLastDay(year, day)
}

async function copyLastDay(year: string, day: string): Promise<void> {
  const yesterday = new Date(Date.parse(TODAY) - 86_400_000).toISOString().slice(0, 10)
  const paths = [
    dayRecordPath(yesterday),
    ...DAILY_TABLES.map((table) => dailyPath(table, yesterday)),
  ]
  for (const path of paths) await cp(join(year, path), join(day, path))
  await mkdir(join(day, 'v1'), { recursive: true })
  await cp(join(year, 'v1/raw'), join(day, 'v1/raw'), { recursive: true })
}

/**
 * Three closed days of three runs each: on each a session that begins and ends there, and one that
 * goes on over all of them. Recorded and compacted once, and then copied.
 */

import { cp } from 'node:fs/promises'
import { join } from 'node:path'

import { allAnswers, type AllAnswers } from './all-answers.ts'
import {
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempFolder,
  type TempWarehouse,
} from './temp-warehouse.ts'

export interface FewDays extends AsyncDisposable {
  /** What is answered of them, compacted or not. */
  answers: AllAnswers
  /** A copy in which none of them is compacted. */
  raw(): Promise<TempWarehouse>
  /** A copy in which all of them are, or the first two. */
  compacted(days?: 2 | 3): Promise<TempWarehouse>
}

const HUB = host('hub')

export async function fewDays(): Promise<FewDays> {
  const folder = await tempFolder()
  const root = (days: number) => join(folder.root, `compacted-${days}`)
  const warehouse = openWarehouse(root(0))
  for (const day of [20, 21, 22]) {
    for (const hour of ['06', '12', '18']) {
      const at = `2026-11-${day}T${hour}:00:00Z`
      const own = hour === '06' ? [session(`on-${day}`)] : []
      await recordRun(warehouse, at, [okPoll(HUB, at, [...own, session('always')])])
    }
  }
  for (const days of [2, 3]) {
    await cp(root(0), root(days), { recursive: true })
    const now = `2026-11-${20 + days}T12:00:00Z`
    await openWarehouse(root(days), { now }).days.compact()
  }
  const copy = async (days: number) => {
    const own = await tempFolder()
    const to = join(own.root, 'warehouse')
    await cp(root(days), to, { recursive: true })
    return { ...openWarehouse(to), [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() }
  }
  return {
    answers: await allAnswers(warehouse),
    raw: () => copy(0),
    compacted: (days = 3) => copy(days),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

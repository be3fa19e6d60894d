import { readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import type { AlertRecord } from '../../src/domain/alert.ts'
import type { AlertLog } from '../../src/domain/watch-edges.ts'
import { nextRecord, type WatchState } from '../../src/domain/watch-record.ts'
import { openAlertLog } from '../../src/warehouse/alert-log.ts'
import { alertOf, noticeRecordOf, watchRecordOf } from '../watch/alert-records.ts'
import { ask, recordRun, tempWarehouse } from './temp-warehouse.ts'

const change = (alerts: AlertRecord[]) => {
  const { ledger, recorded_at, watcher, version } = watchRecordOf()
  return {
    ledger,
    recorded_at,
    watcher,
    version,
    warnings: [],
    failed_rules: [],
    alerts,
    notices: [],
  }
}

/** One alert comes, and the one before the last goes. */
async function addOne(log: AlertLog, state: WatchState): Promise<WatchState> {
  const name = `f${state.number + 1}`
  const [before] = state.alerts.size === 2 ? state.alerts.values() : []
  const { record, next } = nextRecord(
    state,
    change([
      alertOf({ fingerprint: name, alert_id: name }),
      ...(before ? [{ ...before, state: 'resolved' as const }] : []),
    ]),
  )
  expect(await log.append(record)).toBe(true)
  return next
}

/** What is alive, in short. */
const alive = ({ number, alerts }: WatchState) => [number, [...alerts.keys()].toSorted()]

describe('the alert log', () => {
  it('knows what is alive, across checkpoints and folders of a thousand', async () => {
    await using warehouse = await tempWarehouse()
    const log = openAlertLog(warehouse.store, 'here')
    let state = await log.latest()
    expect(alive(state)).toEqual([0, []])
    for (const until of [1, 19, 20, 21, 999, 1000, 1003]) {
      // Nobody reads what is before the last record that holds everything.
      if (until === 999) state = { ...state, number: 979 }
      while (state.number < until) state = await addOne(log, state)
      const read = await openAlertLog(warehouse.store, 'here').latest()
      expect(alive(read)).toEqual([
        until,
        [`f${until}`, `f${until - 1}`].filter((name) => name !== 'f0').toSorted(),
      ])
      expect(read).toEqual(state)
    }
    expect(await readdir(join(warehouse.root, 'v1/alerts'))).toEqual(['000000000', '000000001'])
  })

  it('takes a number once', async () => {
    await using warehouse = await tempWarehouse()
    const log = openAlertLog(warehouse.store, 'here')
    expect(await log.append(watchRecordOf())).toBe(true)
    expect(await log.append(watchRecordOf({ watcher: 'w2' }))).toBe(false)
    expect((await log.latest()).number).toBe(1)
  })

  it('keeps notices until they are sent, oldest first', async () => {
    await using warehouse = await tempWarehouse()
    const log = openAlertLog(warehouse.store, 'here')
    await log.append(
      watchRecordOf({ notices: [noticeRecordOf({ key: 'a' }), noticeRecordOf({ key: 'b' })] }),
    )
    await log.append(
      watchRecordOf({ number: 2, alerts: [], notices: [noticeRecordOf({ key: 'c' })] }),
    )
    await log.append(
      watchRecordOf({
        number: 3,
        alerts: [],
        notices: [
          noticeRecordOf({ key: 'a', attempts: 1 }),
          noticeRecordOf({ key: 'b', state: 'delivered' }),
        ],
      }),
    )
    expect([...(await log.latest()).notices.keys()]).toEqual(['a', 'c'])
  })

  it.each([
    ['cut', (file: string) => truncate(file, 40), 'it is no record of alerts'],
    ['altered', (file: string) => writeFile(file, '{"number": 2}\n'), 'it is no record of alerts'],
  ])('names a record that is %s, and never takes it for nothing', async (_, damage, why) => {
    await using warehouse = await tempWarehouse()
    const log = openAlertLog(warehouse.store, 'here')
    await log.append(watchRecordOf())
    await log.append(
      watchRecordOf({ number: 2, alerts: [alertOf({ fingerprint: 'f2', alert_id: 'f2' })] }),
    )
    const path = 'v1/alerts/000000000/000000002.json'
    await damage(join(warehouse.root, path))
    await expect(log.latest()).rejects.toMatchObject({
      code: 'damaged',
      message: `Cannot read "${path}": ${why}`,
    })
    // For a question it is left out and named, like any other file.
    await recordRun(warehouse, '2026-11-23T09:00:00Z', [])
    const { rows, warnings } = await ask(warehouse, 'SELECT alert_id FROM alerts')
    expect(rows).toEqual([{ alert_id: alertOf().alert_id }])
    expect(warnings).toEqual([expect.stringContaining(path)])
  })
})

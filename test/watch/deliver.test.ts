import { describe, expect, it } from 'vitest'

import type { Delivery } from '../../src/domain/notice.ts'
import { host, okPoll, recordRun, session, tempFolder } from '../warehouse/temp-warehouse.ts'
import { inbox, openWatched, ruleOf, told, watchedWarehouse } from './watched.ts'

const hub = host('bas-hub')
const at = (time: string) => `2026-11-23T${time}:00Z`
const ANA = 'ada@contoso.example on vm-1'
const busy = (retryAfterMs: number | null = null): Delivery => ({
  outcome: 'failed',
  why: 'it answered 429',
  retryAfterMs,
  unreachable: false,
})
const FIRST = okPoll(hub, at('09:00'), [session('s-1')])

describe('deliver', () => {
  it('tries again at once, and then leaves the rest to the next watch, with the same key', async () => {
    let open = false
    const receiver = inbox(() => (open ? { outcome: 'delivered' } : busy()))
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    await recordRun(warehouse, at('09:00'), [FIRST])
    const first = await warehouse.watchAt(at('09:01'))
    expect(first).toMatchObject({
      waiting: 1,
      notices: [
        { state: 'queued', attempts: 3, error: 'it answered 429', not_before: at('09:02') },
      ],
    })
    open = true
    expect(await warehouse.watchAt('2026-11-23T09:01:59Z')).toMatchObject({ notices: [] })
    expect(await warehouse.watchAt(at('09:02'))).toMatchObject({
      waiting: 0,
      notices: [{ state: 'delivered', attempts: 4 }],
    })
    expect(new Set(receiver.tried.map(({ key }) => key)).size).toBe(1)
    expect(await warehouse.watchAt(at('09:03'))).toMatchObject({ notices: [], waiting: 0 })
  })

  it('waits as long as the receiver says', async () => {
    const receiver = inbox(() => busy(30 * 60_000))
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    await recordRun(warehouse, at('09:00'), [FIRST])
    expect(await warehouse.watchAt(at('09:01'))).toMatchObject({
      notices: [{ attempts: 1, not_before: at('09:31') }],
    })
    await warehouse.watchAt(at('09:30'))
    expect(receiver.tried).toHaveLength(1)
    await warehouse.watchAt(at('09:31'))
    expect(receiver.tried).toHaveLength(2)
  })

  it('never tries again what was refused, and says why', async () => {
    const receiver = inbox(() => ({ outcome: 'rejected', why: 'it answered 400' }))
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    await recordRun(warehouse, at('09:00'), [FIRST])
    expect(await warehouse.watchAt(at('09:01'))).toMatchObject({
      waiting: 0,
      notices: [{ state: 'rejected', error: 'it answered 400' }],
    })
    await warehouse.watchAt(at('09:30'))
    expect(receiver.tried).toHaveLength(1)
  })

  it('tells of no end before the beginning has arrived', async () => {
    let open = false
    const receiver = inbox(() => (open ? { outcome: 'delivered' } : busy()))
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    await recordRun(warehouse, at('09:00'), [FIRST])
    await warehouse.watchAt(at('09:01'))
    await recordRun(warehouse, at('09:05'), [okPoll(hub, at('09:05'))])
    await recordRun(warehouse, at('09:10'), [okPoll(hub, at('09:10'))])
    // Of what waits nothing is due yet when the end comes.
    await warehouse.watchAt('2026-11-23T09:01:30Z')
    await warehouse.watchAt(at('09:11'))
    expect(receiver.got).toEqual([])
    open = true
    await warehouse.watchAt(at('09:20'))
    expect(told(receiver.got)).toEqual([[`firing ${ANA}`], [`resolved ${ANA}`]])
  })

  it('does not let one notice that nobody takes stop the others', async () => {
    const receiver = inbox(({ alerts }) =>
      alerts.some(({ summary }) => summary.startsWith('bo')) ? busy() : { outcome: 'delivered' },
    )
    const one = { takes: 'one' as const }
    const picky = { ...receiver, ...one }
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [picky] })
    const bo = session('s-2', { userName: 'bo' })
    await recordRun(warehouse, at('09:00'), [
      okPoll(hub, at('09:00'), [bo, session('s-1'), session('s-3', { userName: 'cy' })]),
    ])
    expect(await warehouse.watchAt(at('09:01'))).toMatchObject({ waiting: 1 })
    expect(told(picky.got).flat().toSorted()).toEqual([`firing ${ANA}`, 'firing cy on vm-1'])
  })

  it('gives up after seven days, and what goes to a destination that is not set any more', async () => {
    const receiver = inbox(() => busy())
    const options = { rules: [ruleOf()], notifiers: [receiver] }
    await using warehouse = await watchedWarehouse(options)
    await recordRun(warehouse, at('09:00'), [FIRST])
    await warehouse.watchAt(at('09:01'))
    const late = await warehouse.watchAt('2026-11-30T09:01:00Z')
    expect(late.notices).toMatchObject([{ state: 'given_up', error: 'it answered 429' }])
    await using folder = await tempFolder()
    const other = openWatched(`${folder.root}/w`, options)
    const { openWarehouse } = await import('../warehouse/temp-warehouse.ts')
    await recordRun(openWarehouse(`${folder.root}/w`), at('09:00'), [FIRST])
    await other.watchAt(at('09:01'))
    const without = openWatched(`${folder.root}/w`, { rules: [ruleOf()] })
    expect(await without.watchAt(at('09:10'))).toMatchObject({
      notices: [{ state: 'given_up', error: 'its destination is not set any more' }],
    })
    expect((await other.edges.alertLog.latest()).notices.size).toBe(0)
  })
})

describe('two that watch', () => {
  it('send nothing twice, and what one leaves the other sends when its claim is over', async () => {
    await using folder = await tempFolder()
    const root = `${folder.root}/w`
    const { openWarehouse } = await import('../warehouse/temp-warehouse.ts')
    await recordRun(openWarehouse(root), at('09:00'), [FIRST])
    const receivers = Array.from({ length: 4 }, () => inbox())
    const watchers = receivers.map((receiver) =>
      openWatched(root, { rules: [ruleOf()], notifiers: [receiver] }),
    )
    await Promise.all(watchers.map((watcher) => watcher.watchAt(at('09:01'))))
    expect(receivers.flatMap(({ got }) => got)).toHaveLength(1)

    // One that dies while it sends.
    const stopped = new AbortController()
    const dying = openWatched(root, {
      rules: [ruleOf({ repeatMs: 60_000 })],
      notifiers: [
        {
          ...inbox(),
          async send(_, signal) {
            stopped.abort(new Error('killed'))
            throw signal.reason
          },
        },
      ],
    })
    dying.setTime(at('09:02'))
    const { watch } = await import('../../src/jobs/watch.ts')
    await watch(dying.edges, { intervalMs: 300_000, signal: stopped.signal })
    const [one] = watchers
    const got = () => receivers.flatMap((receiver) => receiver.got)
    await one?.watchAt(at('09:03'))
    expect(got()).toHaveLength(1)
    await one?.watchAt(at('09:08'))
    expect(got()).toHaveLength(2)
  })
})

describe('a storm', () => {
  it('is one notice a destination for people, with a count, and all of it for machines', async () => {
    const people = inbox(undefined, { name: 'slack', takes: 'some' })
    const machine = inbox()
    const pager = inbox(undefined, { name: 'pagerduty', takes: 'one' })
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf()],
      notifiers: [machine, people, pager],
    })
    const sessions = Array.from({ length: 230 }, (_, index) => session(`s-${index}`))
    await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), sessions)])
    await warehouse.watchAt(at('09:01'))
    expect(people.got).toMatchObject([{ leftOut: 130 }])
    expect(machine.got.map(({ alerts }) => alerts.length)).toEqual([100, 100, 30])
    expect(pager.got).toHaveLength(230)
    expect(new Set(pager.got.map(({ key }) => key)).size).toBe(230)
  })
})

import { describe, expect, it } from 'vitest'

import type { Delivery } from '../../src/domain/notice.ts'
import {
  host,
  okPoll,
  openWarehouse,
  recordRun,
  session,
  tempFolder,
} from '../warehouse/temp-warehouse.ts'
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
    const receiver = inbox(
      ({ alerts }) =>
        alerts.some(({ summary }) => summary.startsWith('bo')) ? busy() : { outcome: 'delivered' },
      { name: 'pagerduty' },
    )
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    const bo = session('s-2', { userName: 'bo' })
    await recordRun(warehouse, at('09:00'), [
      okPoll(hub, at('09:00'), [bo, session('s-1'), session('s-3', { userName: 'cy' })]),
    ])
    expect(await warehouse.watchAt(at('09:01'))).toMatchObject({ waiting: 1 })
    expect(told(receiver.got).flat().toSorted()).toEqual([`firing ${ANA}`, 'firing cy on vm-1'])
  })

  it('gives up after seven days', async () => {
    const receiver = inbox(() => busy())
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    await recordRun(warehouse, at('09:00'), [FIRST])
    await warehouse.watchAt(at('09:01'))
    const late = await warehouse.watchAt('2026-11-30T09:01:00Z')
    expect(late.notices).toMatchObject([{ state: 'given_up', error: 'it answered 429' }])
  })
})

describe('a receiver that asks to be left alone', () => {
  it('is given up after seven days all the same', async () => {
    const receiver = inbox(() => busy(1e12))
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    await recordRun(warehouse, at('09:00'), [FIRST])
    await warehouse.watchAt(at('09:01'))
    await warehouse.watchAt('2026-11-29T09:01:00Z')
    expect(receiver.tried).toHaveLength(1)
    const late = await warehouse.watchAt('2026-11-30T09:01:00Z')
    expect(late).toMatchObject({ waiting: 0, notices: [{ state: 'given_up' }] })
  })

  it('costs no record while what is older waits', async () => {
    const receiver = inbox(() => busy(3_600_000))
    await using warehouse = await watchedWarehouse({ rules: [ruleOf()], notifiers: [receiver] })
    await recordRun(warehouse, at('09:00'), [FIRST])
    await warehouse.watchAt(at('09:01'))
    for (const time of ['09:05', '09:10']) {
      await recordRun(warehouse, at(time), [okPoll(hub, at(time))])
    }
    await warehouse.watchAt(at('09:11'))
    const { number } = await warehouse.edges.alertLog.latest()
    for (const time of ['09:12', '09:13', '09:14']) {
      expect(await warehouse.watchAt(at(time))).toMatchObject({ waiting: 2, notices: [] })
    }
    expect((await warehouse.edges.alertLog.latest()).number).toBe(number)
  })
})

describe('a notice that cannot be written', () => {
  it('is refused, and stops nobody else', async () => {
    const broken = { ...inbox(), send: async () => Promise.reject(new RangeError('too long')) }
    const other = inbox(undefined, { name: 'teams' })
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf()],
      notifiers: [broken, other],
    })
    await recordRun(warehouse, at('09:00'), [FIRST])
    const watched = await warehouse.watchAt(at('09:01'))
    expect(watched.notices).toMatchObject([
      { destination: 'webhook', state: 'rejected', error: 'it cannot be written: too long' },
      { destination: 'teams', state: 'delivered' },
    ])
    expect(await warehouse.watchAt(at('09:02'))).toMatchObject({ notices: [], waiting: 0 })
  })
})

describe('two that watch with other destinations', () => {
  it('leave to each other what they cannot send, for seven days', async () => {
    await using folder = await tempFolder()
    const root = `${folder.root}/w`
    const warehouse = openWarehouse(root)
    const receiver = inbox()
    const desk = openWatched(root, { rules: [ruleOf()] })
    const app = openWatched(root, { rules: [ruleOf()], notifiers: [receiver] })
    await recordRun(warehouse, at('09:00'), [FIRST])
    // Nobody was told by the first: the second tells.
    expect(await desk.watchAt(at('09:01'))).toMatchObject({ waiting: 0 })
    await app.watchAt(at('09:02'))
    for (const time of ['09:05', '09:10']) {
      await recordRun(warehouse, at(time), [okPoll(hub, at(time))])
    }
    // The end is seen by the one that cannot tell it.
    expect(await desk.watchAt(at('09:11'))).toMatchObject({ waiting: 1, notices: [] })
    expect(await desk.watchAt(at('09:20'))).toMatchObject({ waiting: 1, notices: [] })
    expect(await app.watchAt(at('09:21'))).toMatchObject({ waiting: 0 })
    expect(told(receiver.got)).toEqual([[`firing ${ANA}`], [`resolved ${ANA}`]])
  })

  it('give up in the end what nobody sends', async () => {
    await using warehouse = await watchedWarehouse({
      rules: [ruleOf()],
      notifiers: [inbox(() => busy())],
    })
    await recordRun(warehouse, at('09:00'), [FIRST])
    await warehouse.watchAt(at('09:01'))
    const without = openWatched(warehouse.root, { rules: [ruleOf()] })
    expect(await without.watchAt('2026-11-30T09:00:00Z')).toMatchObject({ waiting: 1 })
    expect(await without.watchAt('2026-11-30T09:02:00Z')).toMatchObject({
      waiting: 0,
      notices: [{ state: 'given_up', error: 'nobody that watches has this destination any more' }],
    })
  })

  it('each tell their own of what fires', async () => {
    await using folder = await tempFolder()
    const root = `${folder.root}/w`
    const [one, other] = [inbox(), inbox(undefined, { name: 'teams' })]
    await recordRun(openWarehouse(root), at('09:00'), [FIRST])
    await openWatched(root, { rules: [ruleOf()], notifiers: [one] }).watchAt(at('09:01'))
    const both = openWatched(root, { rules: [ruleOf()], notifiers: [one, other] })
    await both.watchAt(at('09:02'))
    await both.watchAt(at('09:03'))
    expect([one.got.length, other.got.length]).toEqual([1, 1])
  })
})

describe('two that watch', () => {
  it('send nothing twice, and what one leaves the other sends when its claim is over', async () => {
    await using folder = await tempFolder()
    const root = `${folder.root}/w`
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
    const people = inbox(undefined, { name: 'slack' })
    const machine = inbox()
    const pager = inbox(undefined, { name: 'pagerduty' })
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

import { glob, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { slotOf, slotRunId } from '../../src/domain/run.ts'
import { createEstateByHand } from '../../src/simulator/estate-by-hand.ts'
import { deployWithStorage, type Deployed } from '../functions-host/deployed.ts'
import { timerTick } from '../functions-host/host.ts'

const DAY_MS = 86_400_000
const startAt = new Date(Date.now() - 3_600_000)

/** Two subscriptions: three hosts with two sessions, and one with none. */
function smallEstate() {
  return createEstateByHand([
    {
      name: 'Prod',
      hosts: [
        { name: 'bas-hub', sessions: [{ startAt }] },
        { name: 'bas-spoke', sessions: [{ startAt }] },
        { name: 'bas-idle' },
      ],
    },
    { name: 'Dev', hosts: [{ name: 'bas-dev' }] },
  ])
}

const today = () => slotOf(new Date(), DAY_MS)

let app: Deployed
beforeAll(async () => {
  app = await deployWithStorage()
})
afterAll(() => app[Symbol.asyncDispose]())

describe('the built app', () => {
  it('registers every function, under the name of its file', async () => {
    const files = await Array.fromAsync(glob('functions/*.ts'))
    const names = files.map((file) => basename(file, '.ts'))
    expect([...app.host.functions.keys()].toSorted()).toEqual(names.toSorted())
    expect(names).toContain('collect')
  })

  it('loads little more than the programming model before it is called', async () => {
    const folder = join(app.host.folder, 'dist', 'functions')
    const entries = await Array.fromAsync(glob('*.js', { cwd: folder }))
    const loaded = new Map<string, string>()
    const load = async (file: string): Promise<void> => {
      if (loaded.has(file)) return
      const code = await readFile(file, 'utf8')
      loaded.set(file, code)
      // What is imported when it is called stands in `import(…)`.
      for (const [, path = ''] of code.matchAll(/^import .*?"(\.\.?\/.*?)";?$/gm)) {
        await load(join(dirname(file), path))
      }
    }
    for (const entry of entries) await load(join(folder, entry))
    const code = [...loaded.values()].join('\n')
    expect(loaded.size).toBeGreaterThan(entries.length)
    expect(code.length).toBeLessThan(250_000)
    expect(code).not.toContain('@duckdb')
  })
})

describe('collect', () => {
  it('turns a tick into rows in blobs, and tells the counts in one line', async () => {
    await using settled = await app.settle({ estate: smallEstate() })
    await app.host.invoke('collect', timerTick(today()))

    const runId = slotRunId(today())
    expect(
      await settled.ask('SELECT run_id, trigger, outcome, hosts_ok, sessions FROM runs'),
    ).toEqual([{ run_id: runId, trigger: 'timer', outcome: 'ok', hosts_ok: 4, sessions: 2 }])
    expect(await settled.ask('SELECT count(*) AS n FROM polls')).toEqual([{ n: 4 }])
    expect(await settled.ask('SELECT host_name FROM snapshots ORDER BY host_name')).toEqual([
      { host_name: 'bas-hub' },
      { host_name: 'bas-spoke' },
    ])
    expect(settled.lines()).toEqual([
      expect.objectContaining({
        level: 'information',
        event: 'run',
        function: 'collect',
        run_id: runId,
        outcome: 'ok',
        subscriptions: { expected: 2, ok: 2 },
        hosts: { expected: 4, ok: 4, failed: 0, skipped: 0, by_outcome: { ok: 4 } },
        sessions: 2,
        past_due: false,
        interrupted: false,
        shards: 0,
      }),
    ])
  })

  it('writes a slot once, however often its tick comes', async () => {
    await using settled = await app.settle({ estate: smallEstate() })
    await app.host.invoke('collect', timerTick(today()))
    const asked = settled.simulator.counters.read().total
    await app.host.invoke('collect', timerTick(today()))
    expect(settled.simulator.counters.read().total).toBe(asked)
    expect(await settled.ask('SELECT count(*) AS n FROM runs')).toEqual([{ n: 1 }])
    expect(settled.lines().map(({ event }) => event)).toEqual(['run', 'recorded'])
  })

  it('writes it once where two instances have the same tick at the same time', async () => {
    await using settled = await app.settle({ estate: smallEstate() })
    await Promise.all([1, 2].map(() => app.host.invoke('collect', timerTick(today()))))
    expect(await settled.ask('SELECT hosts_ok, sessions FROM runs')).toEqual([
      { hosts_ok: 4, sessions: 2 },
    ])
  })

  it('records a tick that is past due in the slot that has begun', async () => {
    await using settled = await app.settle({ estate: smallEstate() })
    const missed = new Date(today().getTime() - 3 * DAY_MS)
    await app.host.invoke('collect', timerTick(missed, { isPastDue: true }))
    expect(await settled.ask('SELECT run_id FROM runs')).toEqual([{ run_id: slotRunId(today()) }])
    expect(settled.lines()).toMatchObject([{ event: 'run', past_due: true }])
  })

  it('records a run that a person started beside those of slots', async () => {
    await using settled = await app.settle({ estate: smallEstate() })
    const next = new Date(today().getTime() + DAY_MS)
    await app.host.invoke('collect', timerTick(next))
    expect(await settled.ask('SELECT trigger, scheduled_for FROM runs')).toEqual([
      { trigger: 'manual', scheduled_for: null },
    ])
  })

  it('succeeds with a warning where something did not answer', async () => {
    await using settled = await app.settle({ estate: smallEstate() })
    const [host] = settled.simulator.estate.hosts
    settled.simulator.faults.add({
      host: host?.armId ?? '',
      answer: { kind: 'error', status: 403, code: 'AuthorizationFailed' },
    })
    await app.host.invoke('collect', timerTick(today()))
    expect(settled.lines()).toMatchObject([
      {
        level: 'warning',
        outcome: 'partial',
        hosts: { failed: 1, by_outcome: { denied: 1, ok: 3 } },
      },
    ])
  })

  it('fails and names the cause where Azure cannot be reached, and records that', async () => {
    await using settled = await app.settle({ estate: smallEstate() })
    await settled.simulator.disconnect()
    await expect(app.host.invoke('collect', timerTick(today()))).rejects.toThrow(
      /Run ".*" failed: Cannot list the subscriptions.*ECONNREFUSED/,
    )
    expect(await settled.ask('SELECT outcome, error_code FROM runs')).toEqual([
      { outcome: 'failed', error_code: 'unreachable' },
    ])
    expect(settled.lines()).toMatchObject([{ level: 'error', event: 'run', outcome: 'failed' }])
  })

  it('fails and writes nothing where the identity gets no token', async () => {
    await using settled = await app.settle({ estate: smallEstate() })
    settled.simulator.identity.mode = { status: 400 }
    await expect(app.host.invoke('collect', timerTick(today()))).rejects.toThrow(
      'Cannot get a token for Azure',
    )
    settled.simulator.identity.mode = 'ok'
    await expect(settled.ask('FROM runs')).rejects.toThrow(/empty|no run/i)
    expect(settled.lines()).toMatchObject([
      { level: 'error', event: 'error', code: 'not_signed_in' },
    ])
  })

  it('names a setting that does not exist', async () => {
    await using settled = await app.settle()
    process.env['LEDGER_CONCURENCY'] = '8'
    await expect(app.host.invoke('collect', timerTick(today()))).rejects.toThrow(
      'LEDGER_CONCURENCY',
    )
    delete process.env['LEDGER_CONCURENCY']
    expect(settled.lines()).toMatchObject([{ event: 'error', code: 'usage' }])
  })
})

/**
 * The demo's day in a warehouse, without the network: the same estate, slots and mishaps, told
 * straight to the ledger. Every host is asked three seconds after its slot, so what is printed of it
 * never changes.
 */

import { demoDay, demoEstate, demoMishaps } from '../../src/cli/demo/estate.ts'
import type { Host } from '../../src/domain/host.ts'
import type { Poll } from '../../src/domain/poll.ts'
import { parseSession } from '../../src/domain/session.ts'
import type { Estate, EstateHost, EstateSession } from '../../src/simulator/estate.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { sessionJson } from '../../src/simulator/wire-json.ts'
import {
  failedPoll,
  okPoll,
  openWarehouse,
  recordRun,
  runStart,
  tempWarehouse,
  type TempWarehouse,
} from '../warehouse/temp-warehouse.ts'

const INTERVAL_MS = 300_000
const ASKED_AFTER_MS = 3000
/** Runs that are recorded at the same time. */
const TOGETHER = 4

/** One host asked in one slot; null for its sessions where it did not answer. */
export interface DemoPoll {
  host: EstateHost
  at: Date
  outcome: string
  sessions: EstateSession[] | null
}

export interface DemoLedger extends AsyncDisposable {
  /** Compacted, and asked at the end of the day. */
  warehouse: TempWarehouse
  estate: Estate
  from: Date
  to: Date
  /** Everything that was asked, slot by slot: what the answers must agree with. */
  polls: readonly DemoPoll[]
  /** The subscription of which no host was ever listed. */
  deniedId: string
}

/** @param now Of the demo: its day is the latest working day that was over then. */
export async function demoLedger(now: string): Promise<DemoLedger> {
  await using held = new AsyncDisposableStack()
  const warehouse = held.use(await tempWarehouse({ now }))
  const estate = demoEstate()
  const { from, to } = demoDay(new Date(now))
  const mishaps = demoMishaps(estate, from)
  const deniedId = mishaps.find(({ request }) => request === 'hosts')?.subscription ?? ''
  const slots = Array.from(
    { length: (to.getTime() - from.getTime()) / INTERVAL_MS },
    (_, index) => new Date(from.getTime() + index * INTERVAL_MS),
  )
  const bySlot = slots.map((slot) => ({ slot, polls: pollsAt(slot, estate, mishaps) }))
  for (let first = 0; first < slots.length; first += TOGETHER) {
    await Promise.all(
      bySlot.slice(first, first + TOGETHER).map((one) => record(warehouse, one, estate, deniedId)),
    )
  }
  await warehouse.days.compact()
  const open = held.move()
  return {
    warehouse: { ...warehouse, ...openWarehouse(warehouse.root, { now: to.toISOString() }) },
    estate,
    from,
    to,
    polls: bySlot.flatMap(({ polls }) => polls),
    deniedId,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function pollsAt(slot: Date, estate: Estate, mishaps: readonly Fault[]): DemoPoll[] {
  const at = new Date(slot.getTime() + ASKED_AFTER_MS)
  const now = mishaps.filter(({ from = at, to }) => from <= at && (!to || at < to))
  return estate.hosts
    .filter((host) => !now.some((one) => one.request === 'hosts' && isOf(one, host)))
    .map((host) => {
      const mishap = now.find((one) => one.request !== 'hosts' && isOf(one, host))
      const outcome = mishap ? outcomeOf(mishap) : 'ok'
      const sessions = mishap ? null : estate.sessionsAt(host.hostId, at)
      return { host, at, outcome, sessions }
    })
}

function isOf({ host, subscription }: Fault, one: EstateHost): boolean {
  return host === one.armId || subscription === one.subscriptionId
}

function outcomeOf({ answer }: Fault): 'throttled' | 'error' {
  return answer?.kind === 'error' && answer.status === 429 ? 'throttled' : 'error'
}

async function record(
  warehouse: TempWarehouse,
  { slot, polls }: { slot: Date; polls: readonly DemoPoll[] },
  estate: Estate,
  deniedId: string,
): Promise<void> {
  const hosts = polls.map(({ host }) => hostOf(host))
  const listed = runStart(slot.toISOString(), hosts).subscriptions
  const subscriptions = estate.subscriptions.map(({ subscriptionId, name }) => {
    const found = listed.find((one) => one.subscriptionId === subscriptionId)
    return {
      ...(found ?? { subscriptionId, state: 'Enabled', hosts: 0 }),
      name,
      outcome: 'ok' as const,
      errorCode: null,
      errorMessage: null,
      ...(subscriptionId === deniedId ? DENIED : {}),
    }
  })
  await recordRun(warehouse, slot.toISOString(), polls.map(pollOf), { subscriptions })
}

const DENIED = {
  outcome: 'denied' as const,
  hosts: null,
  errorCode: 'AuthorizationFailed',
  errorMessage: 'The client does not have authorization to perform this action.',
}

function pollOf({ host, at, outcome, sessions }: DemoPoll): Poll {
  const asked = at.toISOString()
  if (sessions) {
    const found = sessions.map((session) => parseSession(sessionJson(session, at)))
    return okPoll(hostOf(host), asked, found)
  }
  const failed = failedPoll(hostOf(host), asked)
  return outcome === 'throttled'
    ? { ...failed, outcome, httpStatus: 429, errorCode: 'RetryAfterTooLong', errorMessage: 'Later' }
    : {
        ...failed,
        outcome: 'error',
        httpStatus: 503,
        errorCode: 'ServiceUnavailable',
        errorMessage: 'The service is unavailable.',
      }
}

function hostOf(host: EstateHost): Host {
  const { hostId, subscriptionId, resourceGroup, name, location, sku, scaleUnits, features, tags } =
    host
  return {
    hostId,
    subscriptionId,
    resourceGroup,
    name,
    location,
    sku,
    scaleUnits,
    provisioningState: 'Succeeded',
    features,
    tags,
  }
}

/** A warehouse in a temporary folder, and hosts, polls and runs to put into it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Cell, Clock, Days, Ledger, Queries, Store } from '../../src/domain/edges.ts'
import type { Host } from '../../src/domain/host.ts'
import { unreachedPoll, type Poll, type PollOutcome } from '../../src/domain/poll.ts'
import { slotRunId, type RunRecord, type RunStart } from '../../src/domain/run.ts'
import type { Session } from '../../src/domain/session.ts'
import { openFolder, scratchOf } from '../../src/storage/folder.ts'
import { openDays } from '../../src/warehouse/compact.ts'
import { openLedger } from '../../src/warehouse/ledger.ts'
import { openQueries } from '../../src/warehouse/queries.ts'
import { fixedDice } from '../fakes.ts'

export interface TempWarehouse extends AsyncDisposable {
  root: string
  scratch: string
  store: Store
  clock: Clock
  ledger: Ledger
  days: Days
  queries: Queries
}

export interface TempWarehouseOptions {
  /** What `now()` says (default noon of the day that the runs here are of). */
  now?: string
  /** Put between the ledger and the folder. */
  wrap?: (store: Store) => Store
  /** (default: waits are over at once) */
  sleep?: Clock['sleep']
  queryTimeoutMs?: number
  memoryLimitBytes?: number
  /** (default five minutes) */
  intervalMs?: number
}

/** A folder that is gone afterwards. */
export async function tempFolder(): Promise<{ root: string } & AsyncDisposable> {
  const root = await mkdtemp(join(tmpdir(), 'ledger-'))
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

export async function tempWarehouse(options: TempWarehouseOptions = {}): Promise<TempWarehouse> {
  const folder = await tempFolder()
  return { ...openWarehouse(join(folder.root, 'warehouse'), options), ...disposeOf(folder) }
}

function disposeOf(folder: AsyncDisposable): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

/** The same warehouse again, as another process would open it. */
export function openWarehouse(
  root: string,
  {
    now = '2026-11-23T12:00:00Z',
    wrap = (store) => store,
    sleep = async () => undefined,
    queryTimeoutMs = 60_000,
    memoryLimitBytes = 512e6,
    intervalMs = 300_000,
  }: TempWarehouseOptions = {},
): Omit<TempWarehouse, keyof AsyncDisposable> {
  const store = wrap(openFolder(root))
  const scratch = scratchOf(root)
  const clock: Clock = { now: () => new Date(now), sleep }
  const edges = { store, clock, dice: fixedDice(0.5) }
  const collectorVersion = '0.0.0'
  const ledger = openLedger(edges, { scratch, collectorVersion, apiVersion: '2026-01-01' })
  const recover = () => ledger.recover()
  return {
    root,
    scratch,
    store,
    clock,
    ledger,
    days: openDays(edges, { scratch, collectorVersion, memoryLimitBytes, recover }),
    queries: openQueries(
      { store, clock },
      { scratch, memoryLimitBytes, queryTimeoutMs, intervalMs },
    ),
  }
}

export const SUBSCRIPTION = '11111111-1111-1111-1111-111111111111'

export function host(name: string, overrides: Partial<Host> = {}): Host {
  const { subscriptionId = SUBSCRIPTION } = overrides
  return {
    hostId: `/subscriptions/${subscriptionId}/resourcegroups/rg-hub/providers/microsoft.network/bastionhosts/${name.toLowerCase()}`,
    subscriptionId,
    resourceGroup: 'RG-Hub',
    name,
    location: 'westeurope',
    sku: 'Standard',
    scaleUnits: 2,
    provisioningState: 'Succeeded',
    features: { enableTunneling: true },
    tags: { owner: 'platform' },
    ...overrides,
  }
}

export function session(sessionId: string, overrides: Partial<Session> = {}): Session {
  return {
    sessionId,
    userName: 'ada@contoso.example',
    protocol: 'ssh',
    targetResourceId: '/subscriptions/s/resourcegroups/rg/providers/x/vm-1',
    targetHostName: 'vm-1',
    targetIpAddress: '10.0.0.4',
    targetSubscriptionId: SUBSCRIPTION,
    targetResourceGroup: 'rg-app',
    resourceType: 'VM',
    startedAt: new Date('2026-11-23T08:00:00Z'),
    startTimeRaw: '2026-11-23T08:00:00.0000000Z',
    sessionDurationMins: 65,
    extra: null,
    ...overrides,
  }
}

/** A host's answer, complete one second after it was asked at `at`. */
export function okPoll(of: Host, at: string, sessions: Session[] = []): Poll {
  return {
    ...unreachedPoll(of, 'deadline'),
    outcome: 'ok',
    requestedAt: new Date(at),
    observedAt: new Date(Date.parse(at) + 1000),
    httpStatus: 200,
    errorCode: null,
    errorMessage: null,
    requestId: 'request-1',
    responseShape: 'array',
    requests: 1,
    pages: 1,
    latencyMs: 1000,
    sessions,
  }
}

export function failedPoll(of: Host, at: string, outcome: PollOutcome = 'denied'): Poll {
  return {
    ...okPoll(of, at),
    outcome,
    httpStatus: 403,
    errorCode: 'AuthorizationFailed',
    errorMessage: 'No permission',
    responseShape: null,
    pages: 0,
  }
}

/** The start of a timer's run that listed the subscriptions of its hosts. */
export function runStart(
  slot: string,
  hosts: readonly Host[],
  overrides: Partial<RunStart> = {},
): RunStart {
  const at = new Date(slot)
  const ids = [...new Set(hosts.map(({ subscriptionId }) => subscriptionId))]
  return {
    runId: slotRunId(at),
    trigger: 'timer',
    scheduledFor: at,
    startedAt: new Date(at.getTime() + 1000),
    subscriptions: ids.map((subscriptionId) => ({
      subscriptionId,
      name: `Subscription ${subscriptionId.slice(0, 4)}`,
      state: 'Enabled',
      outcome: 'ok',
      hosts: hosts.filter((one) => one.subscriptionId === subscriptionId).length,
      errorCode: null,
      errorMessage: null,
    })),
    error: null,
    ...overrides,
  }
}

/** Records one run, finished a minute after its slot. */
export async function recordRun(
  { ledger }: Pick<TempWarehouse, 'ledger'>,
  slot: string,
  polls: readonly Poll[],
  overrides: Partial<RunStart> = {},
): Promise<RunRecord | null> {
  const hosts = polls.map((poll) => poll.host)
  await using writer = await ledger.begin(runStart(slot, hosts, overrides), hosts)
  for (const poll of polls) await writer.add(poll)
  return await writer.commit(new Date(Date.parse(slot) + 60_000))
}

export interface Answered {
  columns: { name: string; type: string }[]
  rows: Record<string, Cell>[]
  warnings: readonly string[]
}

/** The whole answer to a query. */
export async function ask(
  { queries }: Pick<TempWarehouse, 'queries'>,
  sql: string,
  parameters: readonly (string | number)[] = [],
): Promise<Answered> {
  await using result = await queries.query(sql, { parameters })
  const rows: Record<string, Cell>[] = []
  for await (const batch of result.batches()) {
    for (const row of batch) {
      rows.push(
        Object.fromEntries(result.columns.map(({ name }, index) => [name, row[index] ?? null])),
      )
    }
  }
  return { columns: [...result.columns], rows, warnings: result.warnings }
}

/** A cell that is text; another as JSON. */
export function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : JSON.stringify(cell)
}

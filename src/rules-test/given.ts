/**
 * What is given in a test: runs, as hosts would have answered them.
 *
 * People name hosts, subscriptions and machines; the ledger knows them by ids, which are made of these
 * names.
 */

import {
  FileProblem,
  type FilePath,
  parsePart,
  placeText,
  wrongValue,
} from '../domain/file-problem.ts'
import type { Host } from '../domain/host.ts'
import type { PollOutcome } from '../domain/poll.ts'
import type { Session } from '../domain/session.ts'
import { isSubscriptionId, type SubscriptionOutcome } from '../domain/subscription.ts'
import { formatTime, parseTime } from '../domain/time.ts'
import { parseDuration } from '../domain/units.ts'
import { textDigest } from '../system/checksum.ts'
import {
  ANSWER_FORM,
  FAILED_OUTCOMES,
  RUN_TIME_FORM,
  sessionList,
  type WrittenSession,
  type WrittenTest,
} from './test-file-schema.ts'

export interface GivenRun {
  at: Date
  path: FilePath
  answers: readonly GivenAnswer[]
  /** By name; those of the hosts as well. */
  subscriptions: ReadonlyMap<string, SubscriptionOutcome>
}

export interface GivenAnswer {
  host: Host
  outcome: PollOutcome
  /** Empty unless `ok`. */
  sessions: Session[]
}

type WrittenRun = WrittenTest['given'][number]

/** The subscription of hosts that are written without one. */
const SUBSCRIPTION = 'sub-1'

/**
 * Reads the runs of a test.
 *
 * @param path Of the list.
 * @throws {FileProblem}
 */
export function parseRuns(
  written: readonly WrittenRun[],
  path: FilePath,
  intervalMs: number,
): GivenRun[] {
  const runs: GivenRun[] = []
  for (const [index, run] of written.entries()) {
    const at = [...path, index]
    const before = runs.at(-1)?.at
    const first = timeOf(run.at, before, [...at, 'at'])
    if (before && first <= before) {
      throw new FileProblem([...at, 'at'], `${placeText(at)} is not after the run before`)
    }
    const answers = Object.entries(run.hosts).map(([name, answer]): GivenAnswer => {
      const host = hostOf(name)
      return { host, ...answerOf(answer, host, [...at, 'hosts', name]) }
    })
    const names = Object.keys(run.hosts).map((name) => splitName(name).subscription)
    const subscriptions = new Map<string, SubscriptionOutcome>([
      ...names.map((name) => [name, 'ok'] as const),
      ...Object.entries(run.subscriptions),
    ])
    for (let nth = 0; nth < run.repeat; nth += 1) {
      const time = new Date(first.getTime() + nth * intervalMs)
      runs.push({ at: time, path: at, answers, subscriptions })
    }
  }
  if (runs.length === 0) throw new FileProblem(path, `${placeText(path)} has no run`)
  return runs
}

function timeOf(text: string, before: Date | undefined, path: FilePath): Date {
  if (!text.startsWith('+')) {
    const at = parseTime(text, new Date(0))
    if (at === null) throw wrongValue(path, text, RUN_TIME_FORM)
    return at
  }
  if (!before) {
    throw new FileProblem(path, `${placeText(path)} is "${text}", and there is no run before`)
  }
  return new Date(before.getTime() + (parseDuration(text.slice(1)) ?? 0))
}

function answerOf(
  answer: unknown,
  { hostId }: Host,
  path: FilePath,
): Pick<GivenAnswer, 'outcome' | 'sessions'> {
  if (!Array.isArray(answer)) {
    const outcome = FAILED_OUTCOMES.find((one) => one === answer)
    if (!outcome) throw wrongValue(path, answer, ANSWER_FORM, FAILED_OUTCOMES)
    return { outcome, sessions: [] }
  }
  const sessions = parsePart(sessionList, answer, path).map((one) => sessionOf(one, hostId))
  const ids = sessions.map(({ sessionId }) => sessionId)
  const again = ids.findIndex((id, index) => ids.indexOf(id) < index)
  if (again !== -1) {
    const at = [...path, again]
    const why = `${placeText(at)} is the session "${ids[again]}" again`
    throw new FileProblem(at, why, 'Give one of them another id with session')
  }
  return { outcome: 'ok', sessions }
}

function sessionOf(
  { user = null, target = null, protocol, started = null, session }: WrittenSession,
  hostId: string,
): Session {
  const subscriptionId = hostId.split('/')[2] ?? null
  const parts = [user, target, started && formatTime(started)].filter((part) => part !== null)
  return {
    sessionId: session ?? (parts.join(' ') || 'session'),
    userName: user,
    protocol,
    targetResourceId:
      target &&
      `/subscriptions/${subscriptionId}/resourcegroups/rg-machines/providers/microsoft.compute/virtualmachines/${target.toLowerCase()}`,
    targetHostName: target,
    targetIpAddress: null,
    targetSubscriptionId: target && subscriptionId,
    targetResourceGroup: target && 'rg-machines',
    resourceType: target && 'VM',
    startedAt: started,
    startTimeRaw: started && started.toISOString(),
    sessionDurationMins: null,
    extra: null,
  }
}

function splitName(written: string): { subscription: string; name: string } {
  const [name = '', subscription = SUBSCRIPTION] = written.split('/').toReversed()
  return { subscription, name }
}

/** The host of a name, such as `bas-hub` or `sub-2/bas-hub`. */
export function hostOf(written: string): Host {
  const { subscription, name } = splitName(written)
  const subscriptionId = subscriptionIdOf(subscription)
  const resourceGroup = 'rg-bastion'
  return {
    hostId: `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/providers/microsoft.network/bastionhosts/${name.toLowerCase()}`,
    subscriptionId,
    resourceGroup,
    name,
    location: 'westeurope',
    sku: 'Standard',
    scaleUnits: 2,
    provisioningState: 'Succeeded',
    features: {},
    tags: {},
  }
}

/** The id of a subscription of that name. */
export function subscriptionIdOf(name: string): string {
  if (isSubscriptionId(name)) return name.toLowerCase()
  return textDigest(name).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** What the ids in a test stand for: names, as people write them. */
export interface GivenNames {
  hosts: ReadonlyMap<string, string>
  subscriptions: ReadonlyMap<string, string>
}

/** The names in these runs, by their ids. */
export function namesIn(runs: readonly GivenRun[]): GivenNames {
  const subscriptions = new Map(
    runs.flatMap((run) =>
      [...run.subscriptions.keys()].map((name) => [subscriptionIdOf(name), name] as const),
    ),
  )
  const hosts = new Map(
    runs.flatMap((run) =>
      run.answers.map(({ host: { hostId, subscriptionId, name } }) => {
        const subscription = subscriptions.get(subscriptionId)
        return [hostId, subscription === SUBSCRIPTION ? name : `${subscription}/${name}`] as const
      }),
    ),
  )
  return { hosts, subscriptions }
}

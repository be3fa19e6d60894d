/**
 * Whether each subscription in scope can be read: its hosts listed, and one of them asked.
 *
 * The two need different permissions, and the second is the one that is usually missing.
 */

import pLimit from 'p-limit'

import type { BastionSource, HostListing } from '../domain/edges.ts'
import { messageOf } from '../domain/errors.ts'
import type { Host } from '../domain/host.ts'
import { LIST_ACTION, SESSIONS_ACTION } from '../domain/permission.ts'
import type { Poll } from '../domain/poll.ts'
import type { Subscription } from '../domain/subscription.ts'
import { failed, ok, warning, type Check } from './check.ts'

// A host may have been deleted since it was listed, or be of a kind that has no sessions.
const MOST_ASKED = 3

/** The checks in the order of the subscriptions, each as soon as it and those before it are made. */
export async function* checkSubscriptions(
  azure: BastionSource,
  subscriptions: readonly Subscription[],
  { concurrency = 16, signal }: { concurrency?: number; signal: AbortSignal },
): AsyncGenerator<Check> {
  const limit = pLimit(concurrency)
  const checks = subscriptions.map((subscription) => {
    const made = limit(() => checkSubscription(azure, subscription, signal))
    // It is looked at in its turn; until then a rejection is nobody's.
    made.catch(() => undefined)
    return made
  })
  for (const check of checks) yield await check
}

async function checkSubscription(
  azure: BastionSource,
  { subscriptionId, name, state }: Subscription,
  signal: AbortSignal,
): Promise<Check> {
  signal.throwIfAborted()
  const label = state === 'Enabled' ? name : `${name} (${state})`
  const say = (text: string) => `Subscription ${label}: ${text}`
  try {
    const listing = await azure.listHosts(subscriptionId, signal)
    const reading = listing.outcome === 'ok' ? await ask(azure, listing.hosts, signal) : null
    const finding = reading === null ? findingOfList(listing) : findingOfPoll(reading)
    return finding.make(say(finding.text), { subscriptionId, ...finding.rest })
  } catch (error) {
    signal.throwIfAborted()
    return failed('subscription', 'unread', say(messageOf(error)), { subscriptionId })
  }
}

interface Reading {
  hosts: number
  /** null where there is no host. */
  poll: Poll | null
}

async function ask(
  azure: BastionSource,
  hosts: readonly Host[],
  signal: AbortSignal,
): Promise<Reading> {
  let poll: Poll | null = null
  for (const host of hosts.slice(0, MOST_ASKED)) {
    poll = await azure.pollHost(host, signal)
    if (poll.outcome !== 'not_found' && poll.outcome !== 'skipped_unsupported') break
  }
  return { hosts: hosts.length, poll }
}

interface Finding {
  make: (message: string, rest: Parameters<typeof ok>[2]) => Check
  text: string
  rest?: Parameters<typeof ok>[2]
}

const well: Finding['make'] = (message, rest) => ok('subscription', message, rest)
const doubtful: Finding['make'] = (message, rest) => warning('subscription', message, rest)
const closed: Finding['make'] = (message, rest) => failed('subscription', 'access', message, rest)
const unread: Finding['make'] = (message, rest) => failed('subscription', 'unread', message, rest)

function findingOfList({ outcome, errorCode, errorMessage }: HostListing): Finding {
  const why = reason(outcome, errorCode, errorMessage)
  if (outcome !== 'denied') {
    return { make: unread, text: `its hosts cannot be listed: ${why}`, rest: { hint: AGAIN } }
  }
  return {
    make: closed,
    text: `its hosts may not be listed: ${why}`,
    rest: { missing: [actionIn(errorMessage) ?? LIST_ACTION] },
  }
}

function findingOfPoll({ hosts, poll }: Reading): Finding {
  const listed = `${hosts} ${hosts === 1 ? 'host' : 'hosts'} listed`
  if (poll === null) {
    return { make: well, text: `${listed}; no host to try whether sessions may be read` }
  }
  const { outcome, errorCode, errorMessage, host } = poll
  if (outcome === 'ok') return { make: well, text: `${listed}, sessions read from ${host.name}` }
  const why = reason(outcome, errorCode, errorMessage)
  if (outcome === 'denied') {
    return {
      make: closed,
      text: `${listed}, but the sessions of ${host.name} may not be read: ${why}`,
      rest: { missing: [actionIn(errorMessage) ?? SESSIONS_ACTION] },
    }
  }
  const text = `${listed}, but ${host.name} did not list its sessions: ${why}`
  if (outcome === 'skipped_unsupported') return { make: doubtful, text, rest: { hint: SKU } }
  return { make: unread, text, rest: { hint: outcome === 'conflict' ? CONFLICT : AGAIN } }
}

const AGAIN = 'Run this again. If it stays so, --probe shows the form of the answer'
const SKU = 'Not a failure: Azure lists no sessions for hosts of this kind'
const CONFLICT =
  'Asking for sessions is a POST, which Azure refuses in a disabled subscription and under a ' +
  'read-only lock. LEDGER_EXCLUDE_SUBSCRIPTIONS leaves it out'

/** The action that Azure's words name. */
function actionIn(message: string | null): string | null {
  return /perform action '(Microsoft\.[\w./]+)'/.exec(message ?? '')?.[1] ?? null
}

function reason(outcome: string, code: string | null, message: string | null): string {
  // Azure repeats itself at length where it denies: the missing action is told apart.
  if (outcome === 'denied') return code ?? outcome
  return [code ?? outcome, message].filter(Boolean).join(': ')
}

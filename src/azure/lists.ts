/**
 * Lists: the subscriptions that the identity can see, and the Bastion hosts of each.
 */

import { WireFormatError, LedgerError } from '../domain/errors.ts'
import type { HostListing } from '../domain/edges.ts'
import { parseHost, type Host } from '../domain/host.ts'
import { NETWORK_API_VERSION } from '../domain/cloud.ts'
import { wireSubscription, type Subscription } from '../domain/subscription.ts'
import type { Asking } from './asking.ts'
import { pageOf, readPages } from './pages.ts'
import { Refusal } from './refusal.ts'

// https://learn.microsoft.com/rest/api/resources/subscriptions/list
const SUBSCRIPTIONS_API_VERSION = '2022-12-01'

/** @throws {LedgerError} `not_signed_in`, `no_permission` or `unreachable`. */
export async function listSubscriptions(asking: Asking, origin: string): Promise<Subscription[]> {
  const url = `${origin}/subscriptions?api-version=${SUBSCRIPTIONS_API_VERSION}`
  try {
    const items = await listAll(asking, url)
    const subscriptions = items.map((item) => {
      const parsed = wireSubscription.safeParse(item)
      if (!parsed.success) throw new WireFormatError('Cannot read a subscription: it has no id')
      return parsed.data
    })
    return uniqueBy(subscriptions, ({ subscriptionId }) => subscriptionId)
  } catch (error) {
    throw meaningOf(error, `Cannot list the subscriptions at "${origin}"`)
  }
}

/** See `BastionSource.listHosts`. */
export async function listHosts(
  asking: Asking,
  origin: string,
  subscriptionId: string,
  begun?: (hosts: number) => void,
): Promise<HostListing> {
  const url =
    `${origin}/subscriptions/${encodeURIComponent(subscriptionId)}` +
    `/providers/Microsoft.Network/bastionHosts?api-version=${NETWORK_API_VERSION}`
  try {
    const hosts = (await listAll(asking, url, begun)).map((item) => hostOf(item, subscriptionId))
    return {
      outcome: 'ok',
      hosts: uniqueBy(hosts, ({ hostId }) => hostId),
      errorCode: null,
      errorMessage: null,
    }
  } catch (error) {
    if (error instanceof WireFormatError) return failed('malformed', 'NotAHost', error.message)
    if (!(error instanceof Refusal)) throw error
    // Only a host can be unsupported: for a list that answer is an error like others.
    const outcome = error.outcome === 'skipped_unsupported' ? 'error' : error.outcome
    return failed(outcome, error.errorCode, error.message)
  }
}

/** A host of another subscription would be asked though that one may be out of scope. */
function hostOf(item: unknown, subscriptionId: string): Host {
  const host = parseHost(item)
  if (host.subscriptionId === subscriptionId) return host
  throw new WireFormatError(`Cannot list the host "${host.hostId}": it is of another subscription`)
}

/** All items of a list. @throws {Refusal} */
export async function listAll(
  asking: Asking,
  url: string,
  begun?: (items: number) => void,
): Promise<readonly unknown[]> {
  const first = pageOf(await asking.send({ method: 'GET', url }))
  begun?.(first.items.length)
  return (await readPages(asking, first, url, null)).items
}

const WRONG_TOKEN =
  'Sign in again with az login, and to the cloud that is asked: LEDGER_CLOUD, LEDGER_ARM_ENDPOINT ' +
  'and LEDGER_ARM_SCOPE belong together'

function failed(
  outcome: HostListing['outcome'],
  errorCode: string,
  errorMessage: string,
): HostListing {
  return { outcome, hosts: [], errorCode, errorMessage }
}

/**
 * The error of a list without which nothing can be asked.
 *
 * @param act What could not be done: `Cannot list …`
 */
export function meaningOf(error: unknown, act: string): unknown {
  if (error instanceof Refusal && error.cause instanceof LedgerError) return error.cause
  if (!(error instanceof Refusal || error instanceof WireFormatError)) return error
  const denied = error instanceof Refusal && error.outcome === 'denied'
  // Such a token is refused everywhere: no permission would help.
  const wrongToken = denied && error.errorCode.startsWith('InvalidAuthenticationToken')
  return new LedgerError(denied ? 'no_permission' : 'unreachable', `${act}: ${error.message}`, {
    cause: error,
    ...(wrongToken ? { hint: WRONG_TOKEN } : {}),
  })
}

export function uniqueBy<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [key(item), item])).values()]
}

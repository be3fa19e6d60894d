/**
 * Resource Graph: an index of the tenant's resources, quick to ask, and not always right.
 *
 * It says nothing of subscriptions that the caller cannot read, and it lags behind Resource
 * Manager: both are told here, not derived. It does not read the query: it answers with every
 * Bastion host of the subscriptions asked about, and with these subscriptions where the query
 * speaks of `resourcecontainers`.
 *
 * @see https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
 */

import { errorReply } from './arm-error.ts'
import type { Estate } from './estate.ts'
import { reply, type Reply } from './reply.ts'
import { hostJson, subscriptionJson } from './wire-json.ts'

export interface ResourceGraph {
  /** Lower-case ARM ids of hosts, and ids of subscriptions, that the index does not have (yet). */
  readonly lacks: Set<string>
  /** Hosts, by their ARM id, that the index still has although they are deleted. */
  readonly keeps: Set<string>
  /** The queries that it was sent, in order. */
  readonly queries: GraphQuery[]
  /** Rows a page at most (default 1000). */
  pageSize: number
  /** Queries that it takes in 5 seconds (default 15). */
  quota: number
  answer(body: string, now: Date): Reply
}

export interface GraphQuery {
  subscriptions: string[]
  query: string
  skipToken: string | null
}

const WINDOW_MS = 5000

/** Makes the index of an estate. @param isHidden Whether the caller cannot read a subscription. */
export function createResourceGraph(
  estate: Estate,
  isHidden: (subscriptionId: string) => boolean,
): ResourceGraph {
  let window = { beganMs: 0, used: 0 }

  /** The headers of an answer, and whether there was still quota for it. */
  function charge(nowMs: number) {
    if (nowMs >= window.beganMs + WINDOW_MS) window = { beganMs: nowMs, used: 0 }
    const allowed = window.used < graph.quota
    if (allowed) window.used++
    const secondsLeft = Math.ceil((window.beganMs + WINDOW_MS - nowMs) / 1000)
    const headers = {
      'x-ms-user-quota-remaining': String(graph.quota - window.used),
      'x-ms-user-quota-resets-after': `00:00:${String(secondsLeft).padStart(2, '0')}`,
    }
    return { allowed, secondsLeft, headers }
  }

  function rowsFor({ subscriptions, query }: GraphQuery, now: Date): object[] {
    const readable = subscriptions
      .map((id) => estate.findSubscription(id))
      .filter((one) => one !== undefined)
      .filter(({ subscriptionId }) => !isHidden(subscriptionId) && !graph.lacks.has(subscriptionId))
    const containers = readable.map((one) => ({
      id: `/subscriptions/${one.subscriptionId}`,
      type: 'microsoft.resources/subscriptions',
      name: one.name,
      properties: subscriptionJson(one),
    }))
    const hosts = readable.flatMap(({ subscriptionId }) => [
      ...estate.hostsOf(subscriptionId, now).filter(({ hostId }) => !graph.lacks.has(hostId)),
      ...estate.hosts.filter(
        (host) => host.subscriptionId === subscriptionId && graph.keeps.has(host.hostId),
      ),
    ])
    const rows = hosts.map((host) => ({
      ...hostJson(host),
      type: 'microsoft.network/bastionhosts',
    }))
    return /resourcecontainers/i.test(query) ? [...containers, ...rows] : rows
  }

  const graph: ResourceGraph = {
    lacks: new Set(),
    keeps: new Set(),
    queries: [],
    pageSize: 1000,
    quota: 15,
    answer(body, now) {
      const query = readQuery(body)
      if (query === null)
        return errorReply(400, 'BadRequest', 'Please provide below info when asking for support')
      graph.queries.push(query)
      const { allowed, secondsLeft, headers } = charge(now.getTime())
      if (!allowed) {
        const message = 'Please provide below info when asking for support: rate limited'
        const wait = { 'retry-after': String(secondsLeft) }
        return errorReply(429, 'RateLimiting', message, { ...headers, ...wait })
      }
      const rows = rowsFor(query, now)
      const from = Number(query.skipToken ?? 0)
      const data = rows.slice(from, from + graph.pageSize)
      const more = from + data.length < rows.length
      // Without an id among the columns there are no further pages, only a truncated answer.
      const pages = /project[^|]*\bid\b/.test(query.query)
      return reply(
        200,
        JSON.stringify({
          totalRecords: rows.length,
          count: data.length,
          data,
          facets: [],
          resultTruncated: String(more && !pages),
          ...(more && pages && { $skipToken: String(from + data.length) }),
        }),
        headers,
      )
    },
  }
  return graph
}

function readQuery(body: string): GraphQuery | null {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return null
  }
  if (!isObject(json)) return null
  const { subscriptions, query, options } = json
  if (typeof query !== 'string' || !Array.isArray(subscriptions)) return null
  const skipToken = isObject(options) ? options['$skipToken'] : undefined
  return {
    subscriptions: subscriptions.map(String),
    query,
    skipToken: typeof skipToken === 'string' ? skipToken : null,
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

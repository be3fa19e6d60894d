/**
 * Routes: which of the few URLs of Resource Manager a request is for. Paths are case-insensitive.
 */

import type { RequestKind } from './counters.ts'

export interface Route {
  kind: Exclude<RequestKind, 'page'>
  /** As it came, without the query. */
  path: string
  /** In lower case. */
  subscriptionId: string | null
  /** ARM id of the Bastion host in lower case. */
  hostId: string | null
  resourceGroup: string | null
  hostName: string | null
  apiVersion: string | null
  /** Names the rest of a list. */
  skipToken: string | null
  /** Names an operation, or its result: `operations/…` or `operationresults/…`. */
  operation: string | null
  /** The only method that it answers to, pages aside. */
  method: 'GET' | 'POST'
}

const known = new Map<string, Route>()

/** Reads a request's URL. The same few thousand come again and again, so they are kept. */
export function readRoute(url: string): Route {
  const kept = known.get(url)
  if (kept) return kept
  const route = parseRoute(url)
  if (route.skipToken === null && route.operation === null) {
    if (known.size > 50_000) known.clear()
    known.set(url, route)
  }
  return route
}

function parseRoute(url: string): Route {
  const [path = '', search = ''] = url.split(/\?(.*)/s, 2)
  const query = new Map(
    [...new URLSearchParams(search)].map(([name, value]) => [name.toLowerCase(), value]),
  )
  const base = {
    path,
    subscriptionId: null,
    hostId: null,
    resourceGroup: null,
    hostName: null,
    apiVersion: query.get('api-version') ?? null,
    skipToken: query.get('$skiptoken') ?? null,
    operation: null,
  }
  const parts = path.split('/').slice(1).map(decode)
  const [root, subscriptionId = null, ...rest] = parts
  const tenant = parts.join('/').toLowerCase()
  if (/^providers\/microsoft\.management\/managementgroups\/[^/]+\/descendants$/.test(tenant)) {
    return { ...base, kind: 'descendants', method: 'GET' }
  }
  if (tenant === 'providers/microsoft.resourcegraph/resources') {
    return { ...base, kind: 'graph', method: 'POST' }
  }
  if (root?.toLowerCase() !== 'subscriptions' || subscriptionId === '') {
    return { ...base, kind: 'unknown', method: 'GET' }
  }
  if (subscriptionId === null) return { ...base, kind: 'subscriptions', method: 'GET' }

  const inside = { ...base, subscriptionId: subscriptionId.toLowerCase() }
  const pattern = rest.join('/').toLowerCase()
  if (pattern === 'providers/microsoft.network/bastionhosts') {
    return { ...inside, kind: 'hosts', method: 'GET' }
  }
  const operation =
    /^providers\/microsoft\.network\/locations\/[^/]+\/(operations|operationresults)\/[^/]+$/.exec(
      pattern,
    )
  if (operation) {
    const name = pattern.split('/').slice(-2).join('/')
    return { ...inside, kind: 'operation', operation: name, method: 'GET' }
  }
  if (
    /^resourcegroups\/[^/]+\/providers\/microsoft\.network\/bastionhosts\/[^/]+\/getactivesessions$/.test(
      pattern,
    )
  ) {
    return {
      ...inside,
      kind: 'sessions',
      hostId: parts.slice(0, -1).reduce((id, part) => `${id}/${part.toLowerCase()}`, ''),
      resourceGroup: rest[1] ?? null,
      hostName: rest[5] ?? null,
      method: 'POST',
    }
  }
  return { ...inside, kind: 'unknown', method: 'GET' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

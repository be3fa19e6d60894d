/**
 * What the simulated Resource Manager answers to a request that it lets in.
 */

import type { Answer } from './answer.ts'
import { declaredError, errorReply, methodNotAllowed } from './arm-error.ts'
import { createContinuations, type AnswerContext, type Continuation } from './continuations.ts'
import { existsAt, type Estate, type EstateHost } from './estate.ts'
import { listReply } from './list-reply.ts'
import { descendantsJson, type ManagementGroup } from './management-groups.ts'
import { operationNotFound } from './operation-reply.ts'
import type { Reply } from './reply.ts'
import type { ResourceGraph } from './resource-graph.ts'
import type { Route } from './route.ts'
import type { SimulatorClock } from './simulator-clock.ts'
import { PRINCIPAL_ID } from './tokens.ts'
import { hostJson, sessionJson, subscriptionJson } from './wire-json.ts'

export interface AnswerOptions {
  estate: Estate
  clock: SimulatorClock
  endpoint: string
  foreignEndpoint: string
  /** Items a page of the lists of subscriptions and hosts. */
  pageSize: number
  /** How a host answers as long as no fault says otherwise. */
  answerOf: (host: EstateHost) => Answer
  groups: readonly ManagementGroup[]
  graph: ResourceGraph
  /** Ids of the subscriptions that the identity has no access to. */
  hidden: ReadonlySet<string>
}

export interface ArmAnswers {
  /** What an earlier answer promised at this URL. */
  continuationOf(route: Route): Continuation | undefined
  /**
   * Answers.
   *
   * @param declared What a fault wants instead of the ordinary answer.
   * @param body Of a query to Resource Graph; empty for all other requests.
   */
  answer(method: string, route: Route, declared: Answer | undefined, now: Date, body: string): Reply
}

/** Makes the answers of one server. */
export function createArmAnswers(options: AnswerOptions): ArmAnswers {
  const { estate, clock, endpoint, foreignEndpoint, groups, graph, hidden } = options
  const continuations = createContinuations()
  const lists: Answer = { kind: 'paged', size: options.pageSize }

  function continuationOf({ skipToken, operation }: Route): Continuation | undefined {
    const id = skipToken ?? operation
    return id === null ? undefined : continuations.find(id)
  }

  function answerList(route: Route, declared: Answer | undefined, now: Date, query: string): Reply {
    const context: AnswerContext = {
      route,
      endpoint,
      foreignEndpoint,
      continuations,
      now: () => clock.now(),
    }
    if (route.kind === 'subscriptions') {
      const visible = () =>
        estate.subscriptions.filter(({ subscriptionId }) => !hidden.has(subscriptionId))
      return listReply(declared ?? lists, () => visible().map(subscriptionJson), context)
    }
    if (route.kind === 'descendants') {
      const group = decodeURIComponent(route.path.split('/').at(-2) ?? '')
      const members = descendantsJson(groups, group, estate.subscriptions)
      if (members === null && !declared) return noGroup(group)
      return listReply(declared ?? lists, () => members ?? [], context)
    }
    if (route.kind === 'graph') {
      return declared ? listReply(declared, () => [], context) : graph.answer(query, now)
    }
    const host = route.hostId === null ? undefined : estate.findHost(route.hostId)
    const status = declared ? null : refusalOf(route, host, now)
    if (status !== null) return declaredError({ kind: 'error', status }, route, now)
    if (route.kind === 'hosts') {
      const hosts = () => estate.hostsOf(route.subscriptionId ?? '', now).map(hostJson)
      return listReply(declared ?? lists, hosts, context)
    }
    const sessions = () =>
      host ? estate.sessionsAt(host.hostId, now).map((session) => sessionJson(session, now)) : []
    return listReply(declared ?? (host ? options.answerOf(host) : lists), sessions, context)
  }

  /** The status of what is not there, or closed; null for what can be answered. */
  function refusalOf(route: Route, host: EstateHost | undefined, now: Date): number | null {
    const subscription = estate.findSubscription(route.subscriptionId ?? '')
    if (!subscription || subscription.state === 'Deleted') return 404
    if (hidden.has(subscription.subscriptionId)) return 403
    if (route.kind === 'hosts') return null
    if (!host || !existsAt(host, now)) return 404
    // A disabled subscription can be read, but POST counts as a write.
    return subscription.state === 'Disabled' ? 409 : null
  }

  return {
    continuationOf,
    answer(method, route, declared, now, body) {
      const continued = route.skipToken !== null || route.operation !== null
      if (!continued && method !== route.method) return methodNotAllowed(method)
      if (!continued || declared) return answerList(route, declared, now, body)
      const continuation = continuationOf(route)
      if (continuation) return continuation.answer(method)
      return route.operation === null
        ? errorReply(400, 'InvalidSkipToken', 'The skip token is not known.')
        : operationNotFound(route.operation.split('/').at(-1) ?? '')
    },
  }
}

/** Azure does not tell whether a group is missing or closed. */
function noGroup(id: string): Reply {
  const scope = `/providers/Microsoft.Management/managementGroups/${id}`
  const action = 'Microsoft.Management/managementGroups/descendants/read'
  return errorReply(
    403,
    'AuthorizationFailed',
    `The client '${PRINCIPAL_ID}' with object id '${PRINCIPAL_ID}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  )
}

/**
 * What the simulated Resource Manager answers to a request that it lets in.
 */

import type { Answer } from './answer.ts'
import { declaredError, errorReply, methodNotAllowed } from './arm-error.ts'
import { createContinuations, type AnswerContext, type Continuation } from './continuations.ts'
import { existsAt, type Estate, type EstateHost } from './estate.ts'
import { listReply } from './list-reply.ts'
import { operationNotFound } from './operation-reply.ts'
import type { Reply } from './reply.ts'
import type { Route } from './route.ts'
import type { SimulatorClock } from './simulator-clock.ts'
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
}

export interface ArmAnswers {
  /** What an earlier answer promised at this URL. */
  continuationOf(route: Route): Continuation | undefined
  /**
   * Answers.
   *
   * @param declared What a fault wants instead of the ordinary answer.
   */
  answer(method: string, route: Route, declared: Answer | undefined, now: Date): Reply
}

/** Makes the answers of one server. */
export function createArmAnswers(options: AnswerOptions): ArmAnswers {
  const { estate, clock, endpoint, foreignEndpoint } = options
  const continuations = createContinuations()
  const lists: Answer = { kind: 'paged', size: options.pageSize }

  function continuationOf({ skipToken, operation }: Route): Continuation | undefined {
    const id = skipToken ?? operation
    return id === null ? undefined : continuations.find(id)
  }

  function answerList(route: Route, declared: Answer | undefined, now: Date): Reply {
    const context: AnswerContext = {
      route,
      endpoint,
      foreignEndpoint,
      continuations,
      now: () => clock.now(),
    }
    if (route.kind === 'subscriptions') {
      return listReply(declared ?? lists, () => estate.subscriptions.map(subscriptionJson), context)
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
    if (route.kind === 'hosts') return null
    if (!host || !existsAt(host, now)) return 404
    // A disabled subscription can be read, but POST counts as a write.
    return subscription.state === 'Disabled' ? 409 : null
  }

  return {
    continuationOf,
    answer(method, route, declared, now) {
      const continued = route.skipToken !== null || route.operation !== null
      if (!continued && method !== route.method) return methodNotAllowed(method)
      if (!continued || declared) return answerList(route, declared, now)
      const continuation = continuationOf(route)
      if (continuation) return continuation.answer(method)
      return route.operation === null
        ? errorReply(400, 'InvalidSkipToken', 'The skip token is not known.')
        : operationNotFound(route.operation.split('/').at(-1) ?? '')
    },
  }
}

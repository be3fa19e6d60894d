/**
 * The simulated Resource Manager: lists subscriptions and Bastion hosts, and tells who is
 * connected.
 *
 * Every request goes the same way: counted and judged at the door (is it early?), then its URL,
 * token and bucket, then what faults are declared, then the answer and its delivery.
 */

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'

import { createArmAnswers, type AnswerOptions } from './arm-answers.ts'
import { errorReply, refuseToken } from './arm-error.ts'
import type { Certificate } from './certificate.ts'
import type { Counters, RequestKind } from './counters.ts'
import type { Faults } from './faults.ts'
import { listenOnLoopback, type Loopback } from './loopback.ts'
import { createPatience } from './patience.ts'
import { deliver, type Reply } from './reply.ts'
import { readRoute, type Route } from './route.ts'
import type { Throttle } from './throttle.ts'
import type { Tokens } from './tokens.ts'

export interface ArmParts extends Omit<AnswerOptions, 'endpoint'> {
  tokens: Tokens
  faults: Faults
  counters: Counters
  throttle: Throttle | null
  /** Real milliseconds before each answer. */
  latencyMs: () => number
}

export interface ArmServer extends Loopback {
  readonly endpoint: string
}

/** Starts the server. */
export async function startArmServer(
  certificate: Certificate,
  parts: ArmParts,
): Promise<ArmServer> {
  const { clock, counters, faults, tokens, throttle } = parts
  const patience = createPatience(clock)
  const server = createServer(certificate, (request, response) => {
    // Only queries to Resource Graph come with a body that matters.
    if (readRoute(request.url ?? '/').kind !== 'graph') return serve(request, response, '')
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => (body += piece))
    request.on('end', () => serve(request, response, body))
  })
  const loopback = await listenOnLoopback(server)
  const endpoint = `https://127.0.0.1:${loopback.port}`
  const answers = createArmAnswers({ ...parts, endpoint })

  function serve(request: IncomingMessage, response: ServerResponse, body: string): void {
    const now = clock.now()
    const method = request.method ?? 'GET'
    const route = readRoute(request.url ?? '/')
    const kind: RequestKind = route.skipToken === null ? route.kind : 'page'
    counters.begin(kind, route.subscriptionId)
    response.once('close', () => counters.end())
    const early = patience.check(route)
    if (early) counters.countEarly(early)

    const { refusal, headers } = admit(request, method, route, now)
    const continuation = answers.continuationOf(route)
    const fault = faults.meet(
      {
        request: kind,
        subscriptionId: route.subscriptionId,
        hostId: route.hostId ?? continuation?.hostId ?? null,
        page: continuation?.page ?? 1,
        refused: refusal !== undefined,
      },
      now,
    )
    const answer =
      refusal && !fault?.answer ? refusal : answers.answer(method, route, fault?.answer, now, body)
    const reply: Reply = {
      ...answer,
      headers: { ...answer.headers, ...headers, ...commonHeaders(request, now) },
    }
    // A client can obey a wait only from when it was told.
    response.once('finish', () => {
      counters.countStatus(reply.status)
      patience.note(route, reply.status, reply.headers)
    })
    response.sendDate = false
    const delayMs = parts.latencyMs() + (fault?.delivery?.delayMs ?? 0)
    deliver({ request, response, reset: () => loopback.reset(request) }, reply, {
      ...fault?.delivery,
      delayMs,
    })
  }

  /** Lets a request in, or refuses it: by its URL, its token, or its bucket. */
  function admit(
    request: IncomingMessage,
    method: string,
    route: Route,
    now: Date,
  ): { refusal?: Reply | undefined; headers?: Record<string, string> } {
    if (route.kind === 'unknown') {
      return {
        refusal: errorReply(404, 'InvalidResourceType', 'The resource type could not be found.'),
      }
    }
    if (!/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(route.apiVersion ?? '')) {
      const message =
        'The api-version query parameter (?api-version=) is required for all requests.'
      return { refusal: errorReply(400, 'MissingApiVersionParameter', message) }
    }
    const refusal = refuseToken(tokens.check(request.headers.authorization, endpoint), now)
    if (refusal) return { refusal }
    return throttle?.take(route.subscriptionId ?? 'tenant', method, now) ?? {}
  }

  return { ...loopback, endpoint }
}

function commonHeaders(request: IncomingMessage, now: Date): Record<string, string> {
  const id = randomUUID()
  const correlation = request.headers['x-ms-correlation-request-id']
  return {
    'cache-control': 'no-cache',
    date: now.toUTCString(),
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': typeof correlation === 'string' ? correlation : id,
    'x-ms-routing-request-id': `WESTEUROPE:${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z:${id}`,
  }
}

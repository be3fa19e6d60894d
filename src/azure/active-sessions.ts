/**
 * Active sessions: one Bastion host, asked who is connected through it.
 *
 * Every form of answer that the specification promises or the wire has been seen to give is read;
 * everything else is an outcome with its reason. A host never looks empty unless it said so.
 *
 * @see https://learn.microsoft.com/rest/api/virtualnetwork/get-active-sessions
 */

import { findPage, type Page } from '../domain/answer.ts'
import { hostPath } from '../domain/arm-id.ts'
import { WireFormatError } from '../domain/errors.ts'
import type { Host } from '../domain/host.ts'
import type { Poll, PollOutcome } from '../domain/poll.ts'
import { NETWORK_API_VERSION } from '../domain/cloud.ts'
import { parseSession, uniqueSessions, type Session } from '../domain/session.ts'
import type { ArmResponse } from './arm.ts'
import type { Asking } from './asking.ts'
import { followOperation, operationPlaces, type FoundPage } from './operation.ts'
import { describe, notAList, readPages } from './pages.ts'
import { Refusal, refusalOf } from './refusal.ts'

interface Answer {
  sessions: Session[]
  shape: string
  pages: number
}

/** What is known of an answer before it is known to be one. */
interface Trail {
  requestedAt: Date | null
  answer: ArmResponse | null
}

/**
 * Asks one host.
 *
 * @param origin ARM's origin.
 * @throws Only the signal's reason.
 */
export async function pollHost(
  host: Host,
  { asking, origin, now }: { asking: Asking; origin: string; now: () => Date },
): Promise<Poll> {
  const trail: Trail = { requestedAt: null, answer: null }
  try {
    const { sessions, shape, pages } = await ask(host, asking, origin, trail)
    const observedAt = now()
    return {
      ...base(host, asking, trail, observedAt),
      outcome: 'ok',
      responseShape: shape,
      pages,
      sessions,
    }
  } catch (error) {
    const refusal =
      error instanceof WireFormatError
        ? new Refusal('malformed', 'NotASession', error.message)
        : error
    if (!(refusal instanceof Refusal)) throw refusal
    const { answer } = trail
    return {
      ...base(host, asking, trail, now()),
      responseShape: answer && `${answer.status}: ${describe(answer.body)}`,
      outcome: refusal.outcome,
      errorCode: refusal.errorCode,
      errorMessage: refusal.message,
    }
  }
}

async function ask(host: Host, asking: Asking, origin: string, trail: Trail): Promise<Answer> {
  const path = `${hostPath(host)}/getActiveSessions`
  const url = `${origin}${path}?api-version=${NETWORK_API_VERSION}`
  const response = await asking.send({ method: 'POST', url })
  trail.requestedAt = asking.sentAt
  trail.answer = response
  const found = await findFirstPage(asking, response, url)
  const { items, pages } = await readPages(asking, found.page, found.url, path)
  return {
    sessions: uniqueSessions(items.map(parseSession)),
    shape: `${found.via}${found.page.shape}${pages > 1 ? '+pages' : ''}`,
    pages,
  }
}

/** The first page, wherever the answer put it. `via` ends where the page's own shape begins. */
async function findFirstPage(
  asking: Asking,
  response: ArmResponse,
  url: string,
): Promise<FoundPage> {
  if (response.status === 200) {
    const page = response.body.kind === 'json' ? findPage(response.body.value) : null
    if (page === null) throw notAList(response)
    const { result, status } = operationPlaces(response, url)
    const places = [result, status].filter((place) => place !== null)
    if (page.items.length > 0 || page.nextLink !== null || places.length === 0) {
      return { page, url, via: '' }
    }
    return confirmEmpty(asking, page, response, { url, places })
  }
  if (response.status !== 201 && response.status !== 202) throw failure(response)
  const found = await followOperation(asking, response, url)
  return { ...found, via: `${response.status}>${found.via}:` }
}

/**
 * An empty list that comes with the headers of an operation: the list may be at the operation.
 *
 * A sibling of this call answered so while its operation was unknown (azure-rest-api-specs #21471).
 * Only where every place that is named is unknown does the empty list stand.
 */
async function confirmEmpty(
  asking: Asking,
  empty: Page,
  response: ArmResponse,
  { url, places }: { url: string; places: readonly string[] },
): Promise<FoundPage> {
  for (const place of places) {
    const second = await asking.send({ method: 'GET', url: place })
    if (second.status === 404) continue
    const page =
      second.body.kind === 'json' && second.status === 200 ? findPage(second.body.value) : null
    const isStatus = place !== operationPlaces(response, url).result
    if (page !== null && !isStatus) return { page, url: place, via: '200>location:' }
    if (!isStatus && second.status !== 202) throw failure(second)
    // What is known to be dead is not asked again.
    const { location: _, ...headers } = response.headers
    const found = await followOperation(
      asking,
      { ...second, headers: { ...(isStatus ? headers : response.headers), ...second.headers } },
      place,
    )
    return { ...found, via: `200>${found.via}:` }
  }
  return { page: empty, url, via: '200+operation_not_found:' }
}

function failure(response: ArmResponse): Refusal {
  return response.status < 300 ? notAList(response) : refusalOf(response)
}

function base(host: Host, asking: Asking, trail: Trail, observedAt: Date) {
  const elapsedMs = asking.elapsedMs()
  const outcome: PollOutcome = 'error'
  const requestedAt = trail.requestedAt ?? asking.sentAt
  // A clock that was set back must not let an answer come before its question.
  const orderedAt = requestedAt && observedAt < requestedAt ? requestedAt : observedAt
  return {
    host,
    outcome,
    requestedAt,
    observedAt: elapsedMs === null ? null : orderedAt,
    httpStatus: asking.lastStatus,
    errorCode: null,
    errorMessage: null,
    requestId: asking.lastRequestId,
    responseShape: null,
    requests: asking.requests,
    retries: asking.retries,
    pages: 0,
    // A clock of whole milliseconds says 0 for what took less than one.
    latencyMs: elapsedMs === null ? null : Math.max(1, Math.ceil(elapsedMs)),
    sessions: [],
  }
}

/**
 * Long-running operations: the first answer, and what its two URLs lead to.
 *
 * @see https://github.com/cloud-and-ai-microsoft/resource-provider-contract/blob/master/v1.0/async-api-reference.md
 */

import { randomUUID } from 'node:crypto'

import type { OperationAnswer, OperationEnd } from './answer.ts'
import { methodNotAllowed, writeRetryAfter } from './arm-error.ts'
import type { AnswerContext } from './continuations.ts'
import { reply, type Reply } from './reply.ts'

type Place = 'operations' | 'operationresults'

/** The first answer of an operation, with the headers that say where it goes on. */
export function operationReply(
  answer: OperationAnswer,
  items: readonly unknown[],
  context: AnswerContext,
): Reply {
  const { status = 202, asyncOperation, location } = answer
  const headers = retryHeaders(answer, context)
  if (asyncOperation !== undefined) {
    headers['azure-asyncoperation'] = placeUrl('operations', asyncOperation, answer, items, context)
    headers['azure-asyncnotification'] = 'Enabled'
  }
  if (location !== undefined) {
    headers['location'] = placeUrl('operationresults', location, answer, items, context)
  }
  const { first = status === 200 ? 'list' : 'nothing' } = answer
  return reply(status, FIRST_BODY[first](items), headers)
}

const FIRST_BODY: Record<
  NonNullable<OperationAnswer['first']>,
  (items: readonly unknown[]) => string | null
> = {
  nothing: () => null,
  list: (items) => JSON.stringify({ value: items }),
  'empty-list': () => '{"value":[]}',
  'empty-object': () => '{}',
}

function placeUrl(
  place: Place,
  end: OperationEnd,
  answer: OperationAnswer,
  items: readonly unknown[],
  context: AnswerContext,
): string {
  const { route, endpoint, foreignEndpoint, continuations } = context
  let pollsLeft = answer.polls ?? 1
  const id =
    // What is not found was never kept: the truth of azure-rest-api-specs #21471.
    end === 'not-found'
      ? randomUUID()
      : continuations.add(`${place}/`, {
          hostId: route.hostId,
          page: 1,
          answer: (method) => {
            if (method !== 'GET' || end === 'not-allowed') return methodNotAllowed(method)
            if (end === 'never' || pollsLeft-- > 0) return running(place, answer, context)
            return finished(place, end, items)
          },
        })
  const path = `/subscriptions/${route.subscriptionId}/providers/Microsoft.Network/locations/westeurope/${place === 'operations' ? 'operations' : 'operationResults'}/${id}?api-version=${route.apiVersion}`
  if (end === 'foreign') return foreignEndpoint + path
  return answer.links === 'relative' ? path : endpoint + path
}

function running(place: Place, answer: OperationAnswer, context: AnswerContext): Reply {
  const headers = retryHeaders(answer, context)
  return place === 'operations'
    ? reply(200, '{"status":"InProgress"}', headers)
    : reply(202, null, headers)
}

function finished(place: Place, end: OperationEnd, items: readonly unknown[]): Reply {
  if (end === 'failed') return failure(place, 'Failed', 'InternalServerError')
  if (end === 'canceled') return failure(place, 'Canceled', 'OperationCanceled')
  if (end === 'nothing' && place === 'operationresults') return reply(204, null)
  const status = place === 'operations' ? { status: 'Succeeded' } : {}
  const bodies: Partial<Record<OperationEnd, unknown>> = {
    value: { ...status, value: items },
    array: items,
    'output.value': { ...status, properties: { output: { value: items } } },
    'output.array': { ...status, properties: { output: items } },
  }
  return reply(200, JSON.stringify(bodies[end] ?? status))
}

function failure(place: Place, status: string, code: string): Reply {
  const error = { code, message: `The operation ended as ${status.toLowerCase()}.` }
  return place === 'operations'
    ? reply(200, JSON.stringify({ status, error }))
    : reply(500, JSON.stringify({ error }))
}

/** @see https://github.com/Azure/azure-rest-api-specs/issues/21471 for the words, without a code */
export function operationNotFound(id: string): Reply {
  return reply(
    404,
    JSON.stringify({ error: { message: `Operation ${id} not found.`, details: [] } }),
  )
}

function retryHeaders(
  { retryAfter }: OperationAnswer,
  context: AnswerContext,
): Record<string, string> {
  return retryAfter === undefined
    ? {}
    : { 'retry-after': writeRetryAfter(retryAfter, context.now()) }
}

/**
 * The reply for a declared answer to a list: whole, in pages, or by way of an operation.
 */

import type { Answer, ItemEdit, PagedAnswer } from './answer.ts'
import { declaredError, methodNotAllowed } from './arm-error.ts'
import type { AnswerContext } from './continuations.ts'
import { operationReply } from './operation-reply.ts'
import { JSON_TYPE, reply, type Reply } from './reply.ts'

/** Forms the reply. `items` is called only where the answer tells of them. */
export function listReply(
  answer: Answer,
  items: () => readonly unknown[],
  context: AnswerContext,
): Reply {
  switch (answer.kind) {
    case 'value':
    case 'array': {
      const value = edited(items(), answer.edit)
      const body = JSON.stringify(answer.kind === 'array' ? value : { value })
      return reply(200, body, { 'content-type': answer.contentType ?? JSON_TYPE })
    }
    case 'paged':
      return pageReply(answer, edited(items(), answer.edit), 1, { ...context, ownToken: null })
    case 'operation':
      return operationReply(answer, edited(items(), answer.edit), context)
    case 'error':
      return declaredError(answer, context.route, context.now())
    case 'raw': {
      const { status = 200, body = null, contentType = JSON_TYPE, headers } = answer
      return {
        status,
        body,
        headers: { ...(body === null ? {} : { 'content-type': contentType }), ...headers },
      }
    }
    case 'oversized':
      return { ...reply(200, ''), oversizedBytes: answer.bytes }
    default: {
      const origin = answer.to === 'foreign' ? context.foreignEndpoint : context.endpoint
      return reply(answer.status ?? 307, null, { location: origin + pathWithVersion(context) })
    }
  }
}

function edited(items: readonly unknown[], edit: ItemEdit | undefined): readonly unknown[] {
  return edit === undefined ? items : EDITS[edit](items)
}

const EDITS: Record<ItemEdit, (items: readonly unknown[]) => readonly unknown[]> = {
  'without-id': (items) => [...items, { protocol: 'SSH', userName: 'nobody@contoso.com' }],
  'null-item': (items) => [...items, null],
  'extra-fields': (items) =>
    items.map((item) =>
      Object.assign({}, item, { recordingState: 'On', policy: { id: 7, tags: ['a'] } }),
    ),
  twice: (items) => [...items, ...items],
  omit: (items) => items.filter((_, index) => index % 2 === 1),
}

interface PageContext extends AnswerContext {
  /** The token in the URL of the page itself; null for the first. */
  ownToken: string | null
}

function pageReply(
  answer: PagedAnswer,
  items: readonly unknown[],
  page: number,
  context: PageContext,
): Reply {
  const { size = 2, last } = answer
  const fewest = Math.max(answer.pages ?? 1, last === undefined ? 1 : 2)
  const pages = Math.max(Math.ceil(items.length / size), fewest)
  const value = items.slice((page - 1) * size, page * size)
  const nextLink =
    page < pages || last !== undefined
      ? nextPageLink(answer, items, page, pages, context)
      : undefined
  return reply(200, JSON.stringify({ value, nextLink }))
}

function nextPageLink(
  answer: PagedAnswer,
  items: readonly unknown[],
  page: number,
  pages: number,
  context: PageContext,
): string {
  const { last, links = 'absolute', method = 'get' } = answer
  const at = links === 'absolute' ? context.endpoint : ''
  const own = pathWithVersion(context)
  if (last === 'foreign') return `${context.foreignEndpoint}${own}&$skiptoken=elsewhere`
  if (page >= pages && last === 'first') return at + own
  if (page >= pages && last === 'itself') return `${at}${own}&$skiptoken=${context.ownToken}`
  const token = context.continuations.add('', {
    hostId: context.route.hostId,
    page: page + 1,
    answer: (asked) =>
      asked === method.toUpperCase()
        ? pageReply(answer, items, page + 1, { ...context, ownToken: token })
        : methodNotAllowed(asked),
  })
  return `${at}${own}&$skiptoken=${token}`
}

function pathWithVersion({ route }: AnswerContext): string {
  return `${route.path}?api-version=${route.apiVersion}`
}

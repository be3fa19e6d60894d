/**
 * The webhook: a notice in Alertmanager's form, signed by Standard Webhooks where there is a key.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */

import { createHmac } from 'node:crypto'

import type { Notice, Notifier } from '../domain/notice.ts'
import { alertmanagerBody } from './alertmanager.ts'
import type { Post } from './post.ts'

/**
 * Alertmanager states none; servers do.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size 1 MiB by default
 */
export const WEBHOOK_MOST_BYTES = 1024 ** 2

/** Makes the request's body. */
export function webhookBody(notice: Notice): string {
  return JSON.stringify(alertmanagerBody(notice, WEBHOOK_MOST_BYTES))
}

/**
 * The headers by which a receiver knows a message again, and whom it is from.
 *
 * @param key In base64; null where nothing is signed.
 */
export function webhookHeaders(
  id: string,
  body: string,
  key: string | null,
  at: Date,
): Record<string, string> {
  if (key === null) return { 'webhook-id': id }
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signature = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  }
}

/** @param key Signs what is sent, in base64; null where nothing is signed. */
export function webhook(url: string, key: string | null, post: Post): Notifier {
  return {
    name: 'webhook',
    send(notice, signal) {
      const body = webhookBody(notice)
      const headers = webhookHeaders(notice.key, body, key, new Date())
      return post(
        url,
        { key: notice.key, contentType: 'application/json; charset=utf-8', headers, body },
        signal,
      )
    },
  }
}

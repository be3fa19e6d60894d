/**
 * An alert as an event for PagerDuty's Events API v2: one that fires triggers, one that is resolved
 * resolves what it triggered.
 *
 * @see https://developer.pagerduty.com/docs/send-alert-event
 */

import { createHash } from 'node:crypto'

import type { Notice, Notifier } from '../domain/notice.ts'
import type { Severity } from '../domain/rule.ts'
import { MACHINE_DETAILS, textsOf } from './alertmanager.ts'
import { bytesOf, fit } from './fit.ts'
import { cut, shortText } from './plain-text.ts'
import type { Post } from './post.ts'
import { alertWords } from './wording.ts'

/**
 * @see https://developer.pagerduty.com/docs/events-api-v2-overview an event has at most 512 KB
 * @see https://developer.pagerduty.com/docs/send-alert-event summary 1,024 and dedup_key 255 characters
 */
export const PAGERDUTY_MOST = { bytes: 512_000, summary: 1024, dedupKey: 255 } as const

const SEVERITIES: Record<Severity, 'info' | 'warning' | 'error' | 'critical'> = {
  informational: 'info',
  low: 'warning',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
}
const SOURCE_MOST = 255

/** Makes the request's body, from a notice of one alert. */
export function pagerdutyEvent(notice: Notice, routingKey: string): string {
  const [alert, ...others] = notice.alerts
  if (alert === undefined || others.length > 0) {
    throw new RangeError(`An event is of one alert, not of ${notice.alerts.length}`)
  }
  return fit(notice, {
    details: MACHINE_DETAILS,
    part: (_, detail) => {
      const { summary, when, state } = alertWords(alert, notice, detail)
      const shown = (text: string) => shortText(text, detail.text)
      const unchecked = state === 'unchecked' ? ' (cannot be checked now)' : ''
      const title = `${shortText(notice.title, 200)}${unchecked}`
      const ledger = shown(notice.ledger)
      const host = alert.labels['host_name'] ?? alert.annotations['host_name']
      return JSON.stringify({
        routing_key: routingKey,
        event_action: alert.state === 'resolved' ? 'resolve' : 'trigger',
        dedup_key: dedupKeyOf(notice.ledger, alert.fingerprint),
        client: 'Bastion Ledger',
        payload: {
          summary: cut(`${title}: ${summary}`, PAGERDUTY_MOST.summary),
          source:
            (typeof host === 'string' && shortText(host, SOURCE_MOST)) ||
            shortText(notice.ledger, SOURCE_MOST) ||
            '.',
          severity: SEVERITIES[alert.severity],
          timestamp: alert.resolved_at ?? alert.firing_at ?? alert.pending_at,
          class: shown(alert.rule),
          custom_details: {
            state: when,
            ...(alert.stale === null ? {} : { cannot_be_checked: shown(alert.stale) }),
            ...(alert.resolved_why === null ? {} : { resolved_why: shown(alert.resolved_why) }),
            ...textsOf(alert, detail),
            ledger,
          },
        },
      })
    },
    make: ([body = '']) => body,
    fits: (body) => bytesOf(body) <= PAGERDUTY_MOST.bytes,
  })
}

/** The same for an alert from its first event to its last, and of no other ledger. */
function dedupKeyOf(ledger: string, fingerprint: string): string {
  const digest = createHash('sha256').update(`${ledger}\n${fingerprint}`).digest('hex')
  return `bastion-ledger:${digest}`
}

export function pagerduty(url: string, routingKey: string, post: Post): Notifier {
  return {
    name: 'pagerduty',
    send: async (notice, signal) =>
      post(
        url,
        {
          key: notice.key,
          contentType: 'application/json; charset=utf-8',
          body: pagerdutyEvent(notice, routingKey),
        },
        signal,
      ),
  }
}

/**
 * A notice as CloudEvents: version 1.0, structured, in JSON. Their data is Alertmanager's form.
 *
 * What takes events is a machine, and must miss no alert: where one event would be too large, there
 * are several.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */

import type { AlertRecord } from '../domain/alert.ts'
import type { Delivery, Notice, Notifier } from '../domain/notice.ts'
import { alertOf, type AlertmanagerAlert, bodyOf, MACHINE_DETAILS } from './alertmanager.ts'
import type { Detail } from './columns.ts'
import { bytesOf } from './fit.ts'
import { shortText } from './plain-text.ts'
import type { Post } from './post.ts'
import { inOrder } from './wording.ts'

/** What every intermediary forwards: the specification's "Size Limits". */
export const CLOUDEVENT_MOST_BYTES = 64 * 1024

// No reverse domain name stands before it, as the specification would have it: the ledger has none.
const TYPE = 'bastion-ledger.alerts.v1'
const CONTENT_TYPE = 'application/cloudevents+json; charset=utf-8'
const ATTRIBUTE_MOST = 256

/**
 * Makes the events: one, or as many as the limit needs. The first has the notice's key as its id, the
 * others a number behind it.
 */
export function cloudEvents(notice: Notice): { id: string; body: string }[] {
  const events: { id: string; body: string }[] = []
  let rest: readonly AlertRecord[] = inOrder(notice.alerts)
  while (rest.length > 0) {
    const id = events.length === 0 ? notice.key : `${notice.key}.${events.length + 1}`
    const { body, shown } = nextEvent(notice, id, rest)
    events.push({ id, body })
    rest = rest.slice(shown)
  }
  return events
}

/** As many alerts as fit, and less of one alert only where it would not fit alone. */
function nextEvent(notice: Notice, id: string, alerts: readonly AlertRecord[]) {
  for (const detail of MACHINE_DETAILS) {
    const parts: AlertmanagerAlert[] = []
    let last: { body: string; shown: number } | null = null
    for (const alert of alerts) {
      parts.push(alertOf(alert, notice, detail))
      const body = eventOf(notice, id, parts, detail)
      if (bytesOf(body) > CLOUDEVENT_MOST_BYTES) break
      last = { body, shown: parts.length }
    }
    if (last !== null) return last
  }
  throw new Error(`Cannot fit an alert of the rule "${notice.rule}"`)
}

function eventOf(notice: Notice, id: string, alerts: AlertmanagerAlert[], detail: Detail) {
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: sourceOf(notice.ledger),
    type: TYPE,
    subject: shortText(notice.rule, ATTRIBUTE_MOST),
    time: notice.createdAt.toISOString(),
    datacontenttype: 'application/json',
    data: bodyOf(notice, alerts, notice.leftOut, detail),
  })
}

/** The ledger's address as the URI reference that a source must be: a folder is written as one. */
function sourceOf(ledger: string): string {
  const text = shortText(ledger, ATTRIBUTE_MOST)
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text).href
  return text.split(/[/\\]/).map(encodeURIComponent).join('/') || '.'
}

export function cloudevents(url: string, post: Post): Notifier {
  return {
    name: 'cloudevents',
    async send(notice, signal) {
      let delivery: Delivery = { outcome: 'delivered' }
      for (const { id, body } of cloudEvents(notice)) {
        // After one that was not taken, all are sent again: receivers know them by their ids.
        delivery = await post(url, { key: id, contentType: CONTENT_TYPE, body }, signal)
        if (delivery.outcome !== 'delivered') break
      }
      return delivery
    },
  }
}

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type AlertRecord, ALERT_STATES } from '../../src/domain/alert.ts'
import type { Notice } from '../../src/domain/notice.ts'
import { SEVERITIES } from '../../src/domain/rule.ts'
import { CLOUDEVENT_MOST_BYTES, cloudEvents } from '../../src/notify/cloudevents.ts'
import { fileLine, LINE_MOST_BYTES } from '../../src/notify/file.ts'
import { PAGERDUTY_MOST, pagerdutyEvent } from '../../src/notify/pagerduty.ts'
import { SLACK_MOST, slackMessage } from '../../src/notify/slack.ts'
import { TEAMS_MOST_BYTES, teamsMessage } from '../../src/notify/teams.ts'
import { WEBHOOK_MOST_BYTES, webhookBody } from '../../src/notify/webhook.ts'
import {
  alertRecord,
  manyAlerts,
  nastyAlert,
  noticeOf,
  resolvedAlert,
  staleAlert,
} from './notices.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- any JSON, looked into below
type Json = any

const parsed = (body: string): Json => JSON.parse(body)

/** Any text: long, empty, of all of Unicode and of halves of characters. */
const text = fc
  .tuple(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('&', '<!channel>', '"', '\\', '\u202E', '\uD83D', '\uDC00', '\0', '漢', '🔥'),
    ),
    fc.constantFrom(1, 1, 1, 1, 1, 40, 3000),
  )
  .map(([unit, times]) => unit.repeat(times).slice(0, 9000))

const anyAlert: fc.Arbitrary<AlertRecord> = fc
  .record({
    fingerprint: text,
    rule: text,
    title: text,
    severity: fc.constantFrom(...SEVERITIES),
    summary: text,
    labels: fc.dictionary(text, text, { maxKeys: 4 }),
    annotations: fc.dictionary(text, fc.oneof(text, fc.array(text, { maxLength: 3 })), {
      maxKeys: 4,
    }),
    state: fc.constantFrom(...ALERT_STATES),
    stale: fc.option(text),
    resolved_why: fc.option(text),
    tags: fc.array(text, { maxLength: 3 }),
  })
  .map(alertRecord)

const anyNotice: fc.Arbitrary<Notice> = fc
  .record({
    alerts: fc.array(anyAlert, { minLength: 1, maxLength: 5 }),
    // A notice may have a hundred.
    times: fc.constantFrom(1, 1, 20),
    rule: text,
    title: text,
    severity: fc.constantFrom(...SEVERITIES),
    ledger: text,
    leftOut: fc.constantFrom(0, 7),
  })
  .map(({ alerts, times, ...changes }) =>
    noticeOf(Array.from({ length: times }, () => alerts).flat(), changes),
  )

const event = (notice: Notice) => pagerdutyEvent(notice, 'R0UT1NGKEY0000000000000000000000')
const single = (notice: Notice) => ({ ...notice, alerts: notice.alerts.slice(0, 1) })

/** All texts in it, names too. */
function textsIn(json: Json): string[] {
  if (typeof json === 'string') return [json]
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([name, value]) => [name, ...textsIn(value)])
}

function expectHarmless(body: string): void {
  // Slack's own line ends are the only ones.
  const raw = textsIn(parsed(body)).filter(
    (one) =>
      /(?!\n)\p{Cc}|[\u200E\u200F\u202A-\u202E\u2066-\u2069]/u.test(one) || !one.isWellFormed(),
  )
  expect(raw).toEqual([])
}

const FORMATS: [string, (notice: Notice) => string[], number][] = [
  ['webhook', (notice) => [webhookBody(notice)], WEBHOOK_MOST_BYTES],
  ['file', (notice) => [fileLine(notice)], LINE_MOST_BYTES],
  ['cloudevents', (notice) => cloudEvents(notice).map(({ body }) => body), CLOUDEVENT_MOST_BYTES],
  ['teams', (notice) => [teamsMessage(notice)], TEAMS_MOST_BYTES],
  ['pagerduty', (notice) => [event(single(notice))], PAGERDUTY_MOST.bytes],
  ['slack', (notice) => [slackMessage(notice)], 40_000],
]

describe('every format', () => {
  it.each(FORMATS)(
    '%s keeps its limit and sends nothing unseen, whatever the values are',
    (_, make, most) => {
      fc.assert(
        fc.property(anyNotice, (notice) => {
          for (const body of make(notice)) {
            expect(Buffer.byteLength(body)).toBeLessThanOrEqual(most)
            expectHarmless(body)
          }
        }),
        { numRuns: 15 },
      )
    },
  )

  it.each(FORMATS)('%s keeps its limit when everything is as long as can be', (_, make, most) => {
    for (const character of ['漢', '"', '&', '🔥', '\0']) {
      const long = character.repeat(5000)
      const columns = Object.fromEntries(
        Array.from({ length: 120 }, (__, index) => [`${index}${long}`, long]),
      )
      const alert = alertRecord({
        fingerprint: long,
        rule: long,
        title: long,
        tags: [long],
        summary: long,
        labels: columns,
        annotations: columns,
        stale: long,
        resolved_why: long,
      })
      const notice = noticeOf([alert], { rule: long, title: long, ledger: long })
      for (const body of make(notice)) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(most)
    }
  })

  it.each<[string, (notice: Notice) => string]>([
    ['webhook', webhookBody],
    ['teams', teamsMessage],
    ['slack', slackMessage],
  ])('%s shows firing alerts first, though they come last', (_, make) => {
    const body = make(noticeOf([resolvedAlert(), staleAlert(), alertRecord()]))
    const at = ['bob@', 'alice@', 'carol@'].map((user) => body.lastIndexOf(`${user}contoso.com`))
    expect(at).toEqual(at.toSorted((a, b) => a - b))
    expect(at).not.toContain(-1)
  })
})

describe('webhookBody', () => {
  it('says how many alerts are left out', () => {
    const long = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`column_${index}`, '漢'.repeat(1100)]),
    )
    const alerts = Array.from({ length: 100 }, () => alertRecord({ annotations: long }))
    const body = parsed(webhookBody(noticeOf(alerts, { leftOut: 5 })))
    expect(body.alerts.length).toBeGreaterThan(10)
    expect(body.alerts.length + body.truncatedAlerts).toBe(105)
  })

  it('never lets a column take the place of what names the alert', () => {
    const body = parsed(
      webhookBody(
        noticeOf([
          alertRecord({
            labels: { alertname: 'x', severity: 'x', ledger: 'x', __proto__: 'x' },
            annotations: { title: 'x', summary: 'x' },
          }),
        ]),
      ),
    )
    expect(body.alerts[0].labels).toMatchObject({ alertname: 'long-session', severity: 'high' })
    expect(body.alerts[0].annotations.title).toBe('Long session')
  })

  it('has no end while an alert fires, and is resolved when all of its alerts are', () => {
    const body = parsed(webhookBody(noticeOf([resolvedAlert(), alertRecord()])))
    expect(body.status).toBe('firing')
    expect(body.alerts.map((alert: Json) => alert.endsAt)).toEqual([
      '0001-01-01T00:00:00Z',
      '2026-11-23T09:15:00Z',
    ])
    expect(parsed(webhookBody(noticeOf([resolvedAlert()]))).status).toBe('resolved')
  })
})

describe('cloudEvents', () => {
  it('makes events that the JSON schema of CloudEvents 1.0 allows', () => {
    fc.assert(
      fc.property(anyNotice, (notice) => {
        for (const { id, body } of cloudEvents(notice)) {
          const one = parsed(body)
          expect(one).toMatchObject({ specversion: '1.0', id, datacontenttype: 'application/json' })
          for (const name of ['id', 'source', 'type']) expect(one[name]).toMatch(/^.+$/su)
          // RFC 3986: a URI reference, of these characters only.
          expect(one.source).toMatch(/^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9A-F]{2})+$/i)
          expect(one.source).not.toMatch(/^[^/?#]*[^\w+.\-/?#:][^/?#]*:/)
          expect(Object.keys(one).filter((name) => !/^[a-z0-9]{1,20}$/.test(name))).toEqual([])
          expect(new Date(one.time).toISOString()).toBe(one.time)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('leaves out no alert: where one event would be too large, there are several', () => {
    const notice = noticeOf(manyAlerts())
    const events = cloudEvents(notice)
    expect(events.length).toBeGreaterThan(1)
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    expect(events[0]?.id).toBe(notice.key)
    const told = events.flatMap(({ body }) => parsed(body).data.alerts)
    expect(told.map((alert: Json) => alert.fingerprint)).toEqual(
      notice.alerts.map(({ fingerprint }) => fingerprint),
    )
    expect(events.map(({ body }) => parsed(body).data.truncatedAlerts)).not.toContain(1)
  })
})

describe('teamsMessage', () => {
  it('is one Adaptive Card, with every text in a run that has no markdown', () => {
    const message = parsed(teamsMessage(noticeOf([nastyAlert(), staleAlert(), resolvedAlert()])))
    expect(message).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: { type: 'AdaptiveCard', version: '1.2' },
        },
      ],
    })
    const elements = (element: Json): Json[] => [
      element,
      ...(element.items ?? element.inlines ?? []).flatMap(elements),
    ]
    const { content } = message.attachments[0]
    const all: Json[] = content.body.flatMap(elements)
    expect(new Set(all.map(({ type }) => type))).toEqual(
      new Set(['RichTextBlock', 'Container', 'TextRun']),
    )
    const contents = all.map(({ text: words, items, inlines }) => words ?? items ?? inlines)
    expect(contents.filter((one) => one === undefined || one.length === 0)).toEqual([])
    // Without entities nobody is mentioned.
    expect(content.msteams).toEqual({ width: 'Full' })
  })

  it('counts what it leaves out', () => {
    const alerts = manyAlerts()
    const body = parsed(teamsMessage(noticeOf(alerts))).attachments[0].content.body
    const shown = body.filter(({ type }: Json) => type === 'Container').length
    expect(shown).toBeGreaterThan(15)
    expect(body.at(-2).inlines[0].text).toBe(
      `… and ${100 - shown} more: ${90 - shown} firing, 10 resolved`,
    )
  })
})

describe('slackMessage', () => {
  it('keeps the limits of every block', () => {
    fc.assert(
      fc.property(anyNotice, (notice) => {
        const { blocks } = parsed(slackMessage(notice))
        expect(blocks.length).toBeLessThanOrEqual(SLACK_MOST.blocks)
        expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(SLACK_MOST.together)
        for (const { type, text: words, fields = [], elements = [] } of blocks) {
          const most = type === 'header' ? SLACK_MOST.header : SLACK_MOST.section
          for (const [limit, objects] of [
            [most, words === undefined ? [] : [words]],
            [SLACK_MOST.field, fields],
            [SLACK_MOST.context, elements],
          ]) {
            for (const one of objects) {
              expect(one).toMatchObject({ type: 'plain_text', emoji: false })
              expect(one.text.length).toBeLessThanOrEqual(limit)
              expect(one.text).toMatch(/./)
            }
          }
          expect(fields.length).toBeLessThanOrEqual(SLACK_MOST.fields)
        }
      }),
      { numRuns: 15 },
    )
  })

  it('sends no character that begins a mention or a link', () => {
    const body = slackMessage(noticeOf([nastyAlert()], { title: '<!here>'.repeat(60) }))
    expect(body).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
    expect(body).toContain('&lt;!channel&gt;')
  })

  it('keeps the numbers in its header, however long the title is', () => {
    const { blocks } = parsed(slackMessage(noticeOf(undefined, { title: '<&>'.repeat(90) })))
    expect(blocks[0].text.text).toMatch(/^&lt;&amp;.*… · high · 1 firing$/)
  })
})

describe('pagerdutyEvent', () => {
  it('triggers and resolves by the same key, and another ledger by another', () => {
    const keyOf = (notice: Notice) => parsed(event(notice)).dedup_key
    const firing = noticeOf([alertRecord()])
    const over = noticeOf([alertRecord({ state: 'resolved', resolved_at: '2026-11-23T09:15:00Z' })])
    expect(parsed(event(firing)).event_action).toBe('trigger')
    expect(parsed(event(over)).event_action).toBe('resolve')
    expect(keyOf(over)).toBe(keyOf(firing))
    expect(keyOf({ ...firing, ledger: './other' })).not.toBe(keyOf(firing))
    expect(keyOf(noticeOf([staleAlert()]))).not.toBe(keyOf(firing))
  })

  it('keeps the limits of its texts', () => {
    fc.assert(
      fc.property(anyNotice, (notice) => {
        const { dedup_key: key, payload } = parsed(event(single(notice)))
        expect(key).toMatch(/^[\w:-]+$/)
        expect(key.length).toBeLessThanOrEqual(PAGERDUTY_MOST.dedupKey)
        expect(payload.summary.length).toBeLessThanOrEqual(PAGERDUTY_MOST.summary)
        expect(payload.source).toMatch(/./)
      }),
      { numRuns: 15 },
    )
  })

  it('maps severities', () => {
    const mapped = SEVERITIES.map(
      (severity) => parsed(event(noticeOf([alertRecord({ severity })]))).payload.severity,
    )
    expect(mapped).toEqual(['info', 'warning', 'warning', 'error', 'critical'])
  })

  it('refuses a notice of several alerts', () => {
    expect(() => event(noticeOf([alertRecord(), staleAlert()]))).toThrow(RangeError)
  })
})

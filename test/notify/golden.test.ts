/** Golden payloads: what each destination is sent. `UPDATE_GOLDEN=1` writes them anew. */

import { readFile, writeFile } from 'node:fs/promises'
import process from 'node:process'

import { describe, expect, it } from 'vitest'

import type { Notice } from '../../src/domain/notice.ts'
import { cloudEvents } from '../../src/notify/cloudevents.ts'
import { fileLine } from '../../src/notify/file.ts'
import { pagerdutyEvent } from '../../src/notify/pagerduty.ts'
import { slackMessage } from '../../src/notify/slack.ts'
import { teamsMessage } from '../../src/notify/teams.ts'
import { webhookBody } from '../../src/notify/webhook.ts'
import {
  alertRecord,
  manyAlerts,
  nastyAlert,
  noticeOf,
  resolvedAlert,
  staleAlert,
} from './notices.ts'

const one = noticeOf()
const several = noticeOf([
  alertRecord({ event: 'repeated' }),
  staleAlert(),
  resolvedAlert(),
  resolvedAlert({ annotations: {}, resolved_why: null }),
])
const nasty = noticeOf([nastyAlert()], {
  title: 'Long <b>session</b> & more',
  ledger: './ware house/<x>',
})
const many = noticeOf(manyAlerts(), { leftOut: 23 })

const event = (notice: Notice) => cloudEvents(notice)[0]?.body ?? ''
const page = (notice: Notice) => pagerdutyEvent(notice, 'R0UT1NGKEY0000000000000000000000')

describe('golden payloads', () => {
  it.each<[string, (notice: Notice) => string, Notice]>([
    ['webhook-one', webhookBody, one],
    ['webhook-several', webhookBody, several],
    ['webhook-nasty', webhookBody, nasty],
    ['cloudevents-one', event, one],
    ['cloudevents-several', event, several],
    ['cloudevents-nasty', event, nasty],
    ['teams-one', teamsMessage, one],
    ['teams-several', teamsMessage, several],
    ['teams-cut', teamsMessage, many],
    ['teams-nasty', teamsMessage, nasty],
    ['slack-one', slackMessage, one],
    ['slack-several', slackMessage, several],
    ['slack-cut', slackMessage, many],
    ['slack-nasty', slackMessage, nasty],
    ['pagerduty-one', page, one],
    ['pagerduty-stale', page, noticeOf([staleAlert()])],
    ['pagerduty-resolved', page, noticeOf([resolvedAlert()])],
    ['pagerduty-nasty', page, nasty],
    ['file-several', fileLine, several],
    ['file-nasty', fileLine, nasty],
  ])('%s', async (name, make, notice) => {
    const golden = new URL(`golden/${name}.json`, import.meta.url)
    const body = make(notice)
    if (process.env['UPDATE_GOLDEN'] === '1') {
      await writeFile(golden, `${JSON.stringify(JSON.parse(body), null, 2)}\n`)
    }
    // Without the white space that only people need; everything else is the same, order too.
    expect(body.trimEnd()).toBe(JSON.stringify(JSON.parse(await readFile(golden, 'utf8'))))
  })
})

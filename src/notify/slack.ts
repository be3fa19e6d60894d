/**
 * A notice as a message for Slack's incoming webhooks.
 *
 * Every text in the blocks is `plain_text`, which knows no markup and no mention, and is escaped as
 * all text is. So neither `<!channel>` nor `*bold*` nor `:smile:` in a user's name does anything.
 *
 * @see https://docs.slack.dev/messaging/formatting-message-text escaping
 */

import type { AlertRecord } from '../domain/alert.ts'
import type { Notice, Notifier } from '../domain/notice.ts'
import type { Detail } from './columns.ts'
import { fit } from './fit.ts'
import { cut, shortText } from './plain-text.ts'
import type { Post } from './post.ts'
import {
  alertWords,
  type AlertWords,
  headline,
  inOrder,
  leftOutWords,
  originWords,
} from './wording.ts'

/**
 * @see https://docs.slack.dev/reference/block-kit/blocks 50 blocks a message
 * @see https://docs.slack.dev/reference/block-kit/blocks/header-block 150 characters
 * @see https://docs.slack.dev/reference/block-kit/blocks/section-block text 3,000, fields 10 × 2,000
 * @see https://docs.slack.dev/reference/block-kit/blocks/context-block
 * @see https://github.com/slackapi/bolt-js/issues/2509 all blocks together: about 13,200 characters
 *   were taken, containers counted; 12,000 are said to be safe
 */
export const SLACK_MOST = {
  blocks: 50,
  header: 150,
  section: 3000,
  fields: 10,
  field: 2000,
  context: 2000,
  together: 12_000,
} as const

const DETAILS: readonly Detail[] = [
  { text: 500, columns: SLACK_MOST.fields },
  { text: 200, columns: 8 },
  { text: 100, columns: 4 },
]
// At first sight in a channel, where text cannot be coloured.
const MARKS = { firing: '🔴', unchecked: '🟠', resolved: '🟢' } as const
const FALLBACK_MOST = 500
// `&` becomes `&amp;`.
const ESCAPE_GROWS = 5

/** Makes the request's body. */
export function slackMessage(notice: Notice): string {
  return JSON.stringify(
    fit(notice, {
      details: DETAILS,
      part: (alert, detail) => sectionOf(alertWords(alert, notice, detail)),
      make: (shown, leftOut, detail) => messageOf(notice, shown, leftOut, detail),
      fits: ({ blocks }) =>
        blocks.length <= SLACK_MOST.blocks && JSON.stringify(blocks).length <= SLACK_MOST.together,
    }),
  )
}

function messageOf(
  notice: Notice,
  shown: ReturnType<typeof sectionOf>[],
  leftOut: readonly AlertRecord[],
  detail: Detail,
) {
  const [first] = inOrder(notice.alerts)
  const title = headlineOf(notice)
  return {
    // For notifications, and where blocks are not shown.
    text: escaped(`${title}: ${shortText(first?.summary ?? '', FALLBACK_MOST)}`, FALLBACK_MOST),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(title, SLACK_MOST.header) },
      ...shown,
      ...[...leftOutWords(leftOut, notice), originWords(notice, detail)].map((text) => ({
        type: 'context',
        elements: [plain(text, SLACK_MOST.context)],
      })),
    ],
  }
}

function sectionOf({ state, summary, when, remarks, facts }: AlertWords) {
  const fields = facts.map(([name, value]) => plain(`${name}\n${value}`, SLACK_MOST.field))
  return {
    type: 'section',
    text: plain([`${MARKS[state]} ${summary}`, when, ...remarks].join('\n'), SLACK_MOST.section),
    ...(fields.length === 0 ? {} : { fields }),
  }
}

/** The headline, short enough when it is escaped: its end says most. */
function headlineOf(notice: Notice): string {
  let most: number = SLACK_MOST.header
  while (escape(headline(notice, most)).length > SLACK_MOST.header) most -= 1
  return headline(notice, most)
}

function plain(text: string, most: number) {
  return { type: 'plain_text', text: escaped(text, most), emoji: false }
}

/** The text, escaped, in at most so many characters. */
function escaped(text: string, most: number): string {
  let shown = cut(text, most)
  let whole = escape(shown)
  while (whole.length > most) {
    shown = cut(text, shown.length - Math.ceil((whole.length - most) / ESCAPE_GROWS))
    whole = escape(shown)
  }
  return whole
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

export function slack(url: string, post: Post): Notifier {
  return {
    name: 'slack',
    send: (notice, signal) =>
      post(
        url,
        {
          key: notice.key,
          contentType: 'application/json; charset=utf-8',
          body: slackMessage(notice),
        },
        signal,
      ),
  }
}

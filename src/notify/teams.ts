/**
 * A notice as a card for Microsoft Teams: a message with one Adaptive Card, as a workflow takes it
 * that begins "When a Teams webhook request is received".
 *
 * Every text is a TextRun. A TextBlock and a fact of a FactSet are read as markdown, and a user may be
 * named `[Approve](https://…)`; a TextRun is not. No mention is declared beside the text
 * (`msteams.entities`), so that `<at>` in it mentions nobody.
 *
 * @see https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features a RichTextBlock has no
 *   markdown
 * @see https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format
 *   where markdown is read, and how people are mentioned
 */

import type { AlertRecord } from '../domain/alert.ts'
import type { Notice, Notifier } from '../domain/notice.ts'
import type { Detail, Fact } from './columns.ts'
import { bytesOf, fit } from './fit.ts'
import type { Post } from './post.ts'
import { alertWords, type AlertWords, headline, leftOutWords, originWords } from './wording.ts'

/** @see https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook 28 KB */
export const TEAMS_MOST_BYTES = 28 * 1000

const HEADLINE_MOST = 200
const DETAILS: readonly Detail[] = [
  { text: 500, columns: 12 },
  { text: 200, columns: 8 },
  { text: 100, columns: 5 },
]
const STYLES = { firing: 'attention', unchecked: 'warning', resolved: 'good' } as const

interface TextRun {
  type: 'TextRun'
  text: string
  size?: 'Large'
  weight?: 'Bolder'
  isSubtle?: true
}

/** Makes the request's body. */
export function teamsMessage(notice: Notice): string {
  return fit(notice, {
    details: DETAILS,
    part: (alert, detail) => container(alertWords(alert, notice, detail)),
    make: (shown, leftOut, detail) => JSON.stringify(messageOf(notice, shown, leftOut, detail)),
    fits: (body) => bytesOf(body) <= TEAMS_MOST_BYTES,
  })
}

function messageOf(
  notice: Notice,
  shown: ReturnType<typeof container>[],
  leftOut: readonly AlertRecord[],
  detail: Detail,
) {
  const title = headline(notice, HEADLINE_MOST)
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          // The first with RichTextBlock; Teams on a phone knows no later one.
          version: '1.2',
          fallbackText: title,
          msteams: { width: 'Full' },
          body: [
            line([{ type: 'TextRun', text: title, size: 'Large', weight: 'Bolder' }]),
            ...shown,
            ...leftOutWords(leftOut, notice).map((text) => line([run(text)])),
            line([{ ...run(originWords(notice, detail)), isSubtle: true }]),
          ],
        },
      },
    ],
  }
}

function container({ state, summary, when, remarks, facts }: AlertWords) {
  return {
    type: 'Container',
    style: STYLES[state],
    items: [
      line([{ ...run(summary), weight: 'Bolder' }]),
      ...[when, ...remarks].map((text) => line([run(text)])),
      ...(facts.length === 0 ? [] : [line(facts.flatMap(factRuns))]),
    ],
  }
}

// Names are subtle, values are not: a value that reads like a name and a value is still one value.
function factRuns([name, value]: Fact, index: number): TextRun[] {
  return [{ ...run(`${index === 0 ? '' : ' · '}${name}: `), isSubtle: true }, run(value)]
}

function run(text: string): TextRun {
  return { type: 'TextRun', text }
}

function line(inlines: TextRun[]) {
  return { type: 'RichTextBlock', inlines }
}

export function teams(url: string, post: Post): Notifier {
  return {
    name: 'teams',
    send: (notice, signal) =>
      post(
        url,
        {
          key: notice.key,
          // Without its character set the service has counted two bytes a character.
          contentType: 'application/json; charset=utf-8',
          body: teamsMessage(notice),
        },
        signal,
      ),
  }
}

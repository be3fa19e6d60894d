/**
 * Rule tests as people write them: what hosts answered at which times, and what fires then.
 *
 * Times are absolute, or counted from the run before. There is no now in a test: it must come out the
 * same in ten years.
 */

import { z } from 'zod'

import { editorSchema, line, listOf, mapping, span, written, yesNo } from '../domain/file-schema.ts'
import { POLL_OUTCOMES } from '../domain/poll.ts'
import { silenceLists } from '../domain/silences-file.ts'
import { SUBSCRIPTION_OUTCOMES } from '../domain/subscription.ts'
import { parseTime } from '../domain/time.ts'

const TIME = '\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(Z|[+-]\\d{2}:\\d{2})'
const TIME_FORM = 'a time with its zone and without fractions, such as 2026-11-23T09:00:00Z'
export const RUN_TIME_FORM = `${TIME_FORM}, or +5m after the run before`
const MOST_RUNS = 1000

const time = written(TIME_FORM, new RegExp(`^${TIME}$`)).transform((text, context) => {
  const at = parseTime(text, new Date(0))
  if (at !== null) return at
  context.addIssue(TIME_FORM)
  return z.NEVER
})

const glob = line('a text, in which * stands for any')
const ruleName = line('the name of a rule')
const hostName = written(
  'the name of a host, such as bas-hub, or with its subscription sub-2/bas-hub',
  /^([A-Za-z0-9][\w.-]*\/)?[A-Za-z0-9][\w.-]*$/,
)
const subscriptionName = written('the name of a subscription', /^[A-Za-z0-9][\w.-]*$/)

const session = mapping({
  user: line('a name').nullish().meta({ description: 'Who; nothing where Azure does not say.' }),
  target: line('a name').nullish().meta({ description: 'On which machine.' }),
  protocol: line('ssh or rdp').prefault('rdp').meta({ description: 'ssh or rdp.' }),
  started: time.nullish().meta({
    description: 'Since when, as Azure says it; nothing where it does not.',
    format: 'date-time',
  }),
  session: line('an id').optional().meta({
    description: 'Its id (default: made of user, target and start).',
  }),
})
export type WrittenSession = z.output<typeof session>

export const sessionList = listOf('a list of sessions', session)

/** What came of asking a host that did not answer. */
export const FAILED_OUTCOMES = POLL_OUTCOMES.filter((outcome) => outcome !== 'ok')
export const ANSWER_FORM = `a list of sessions, or an outcome: ${FAILED_OUTCOMES.join(', ')}`

/** @param answers What hosts answered: read by itself, for what is said of a wrong answer. */
function runOf<Answers extends z.ZodType>(answers: Answers) {
  return mapping({
    at: written(RUN_TIME_FORM, new RegExp(`^(${TIME}|\\+\\d{1,9}(s|m|h|d))$`)).meta({
      description:
        'When its hosts were asked: 2026-11-23T09:00:00Z, or +5m after the run before. It is known a ' +
        'second later.',
    }),
    repeat: z
      .int({ error: `a whole number from 1 to ${MOST_RUNS}` })
      .min(1, { error: `a whole number from 1 to ${MOST_RUNS}` })
      .max(MOST_RUNS, { error: `a whole number from 1 to ${MOST_RUNS}` })
      .prefault(1)
      .meta({ description: 'How many runs in a row are like it, an interval apart (default 1).' }),
    hosts: z
      .record(hostName, answers, { error: 'a mapping of answers by the name of the host' })
      .meta({ description: 'What each host answered. One that is not named is not there.' }),
    subscriptions: z
      .record(
        subscriptionName,
        z.enum(SUBSCRIPTION_OUTCOMES, { error: SUBSCRIPTION_OUTCOMES.join(', ') }),
        { error: 'a mapping of outcomes by the name of the subscription' },
      )
      .prefault({})
      .meta({
        description:
          'What came of listing the hosts of a subscription (default ok). Where it could not be ' +
          'listed, the hosts that were known are asked all the same: name them.',
      }),
  })
}

const expectedAlert = mapping({
  rule: ruleName.meta({ description: 'Its rule.' }),
  host: hostName.optional().meta({ description: 'Short for the label host_id of that host.' }),
  subscription: subscriptionName.optional().meta({
    description: 'Short for the label subscription_id of that subscription.',
  }),
  labels: z
    .record(line('the name of a label'), glob, { error: 'a mapping of texts by label' })
    .prefault({})
    .meta({ description: 'Its labels, or some of them: texts in which * stands for any.' }),
  summary: glob.optional().meta({ description: 'Its line of text, in which * stands for any.' }),
  stale: yesNo().optional().meta({ description: 'Whether it can be checked no longer.' }),
  muted: yesNo().optional().meta({
    description: 'Whether a silence, or an alert of another rule of the test, holds it back.',
  }),
})
export type WrittenAlert = z.output<typeof expectedAlert>

const alerts = listOf('a list of alerts', expectedAlert).optional()

const expectation = mapping({
  at: time.meta({ description: 'When the rules are asked.', format: 'date-time' }),
  firing: alerts.meta({ description: 'The alerts that fire: these and no others.' }),
  pending: alerts.meta({ description: 'The alerts that do not fire yet: these and no others.' }),
  resolved: alerts.meta({ description: 'The alerts that are resolved now: these and no others.' }),
})

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())], {
  error: 'a text, a number, true or false, or a list of texts',
})

function testOf<Answers extends z.ZodType>(answers: Answers) {
  return mapping({
    name: line('one line of text').meta({ description: 'What is to be true, in a few words.' }),
    rules: listOf('a list of rules', ruleName).optional().meta({
      description:
        'The rules that are asked (default: those that are expected). One that is off is on here.',
    }),
    parameters: z
      .record(
        ruleName,
        z.record(z.string(), value, { error: 'a mapping of values by the name of the parameter' }),
        { error: 'a mapping of parameters by rule' },
      )
      .prefault({})
      .meta({ description: 'Other values for parameters of these rules.' }),
    given: listOf('a list of runs', runOf(answers)).meta({
      description: 'What hosts answered, run by run. The rules are asked a minute after each.',
    }),
    ...silenceLists,
    expect: listOf('a list of expectations', expectation).meta({
      description: 'What is alive at which times.',
    }),
  })
}

/** One test, the answers in it still unread. */
export const writtenTest = testOf(z.unknown())
export type WrittenTest = z.output<typeof writtenTest>

function fileOf<Test extends z.ZodType>(test: Test) {
  return mapping({
    rules: line('the name of a file').optional().meta({
      description: 'A rules file, found from this one (default: that of LEDGER_RULES or --rules).',
    }),
    interval: span(60_000, 86_400_000).optional().meta({
      description: 'How far apart scheduled runs are, such as 5m (default: LEDGER_INTERVAL).',
    }),
    tests: listOf('a list of tests', test).meta({ description: 'The tests, each on its own.' }),
  })
}

/** The file, its tests still unread. */
export const testFile = fileOf(z.unknown())

/** The file for editors. */
export function testFileSchema(): object {
  const answer = z.union([sessionList, z.enum(FAILED_OUTCOMES)])
  return editorSchema(fileOf(testOf(answer)), 'Tests of the rules of Bastion Ledger')
}

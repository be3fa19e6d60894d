import { describe, expect, it } from 'vitest'

import { demoDay, demoEstate } from '../../../src/cli/demo/estate.ts'
import { run } from '../../../src/cli/run.ts'
import { mixAnswers } from '../../../src/simulator/mixed-answers.ts'
import { fileTree, readRuns } from '../../end-to-end/stored.ts'
import { problemsOf, sessionsByHost } from '../../end-to-end/truth.ts'
import { tempFolder } from '../../warehouse/temp-warehouse.ts'
import { fakeTerminal } from '../fake-terminal.ts'

const NOW = '2026-11-24T12:00:00Z'

describe('demoDay', () => {
  it.each([
    ['2026-11-24T12:00:00Z', '2026-11-23'],
    ['2026-11-23T00:00:00Z', '2026-11-20'],
    ['2026-11-22T23:59:59Z', '2026-11-20'],
  ])('at %s is %s, the latest working day that is over', (now, date) => {
    expect(demoDay(new Date(now)).from.toISOString()).toBe(`${date}T07:00:00.000Z`)
  })
})

describe('demo', () => {
  it(
    'keeps the truth of its day, exactly, and adds nothing when it is run again',
    { timeout: 120_000 },
    async () => {
      await using folder = await tempFolder()
      // The credential looks for the identity endpoint in the environment of the process.
      const args = ['demo', '--warehouse', folder.root]
      const terminal = fakeTerminal({ now: NOW })
      const asProcess = { env: process.env }
      expect(await run(args, Object.assign(terminal, asProcess))).toBe(0)

      const estate = demoEstate()
      const { from, to } = demoDay(new Date(NOW))
      const changing = sessionsByHost(estate, from, to)
      const runs = await readRuns(folder.root)
      const problems = runs.flatMap((one) =>
        problemsOf(one, { estate, changing, answerOf: mixAnswers(1) }),
      )
      expect(problems).toEqual([])
      expect(runs).toHaveLength(120)
      const polls = runs.flatMap((one) => one.polls)
      const outcomes = Map.groupBy(polls, (poll) => poll['outcome'])
      expect(new Set(outcomes.keys())).toEqual(new Set(['ok', 'error', 'throttled']))
      // An hour of one host, at twelve runs an hour.
      expect(outcomes.get('error')).toHaveLength(12)
      expect(runs.every(({ record }) => record.outcome === 'partial')).toBe(true)

      const text = terminal.out
      for (const title of ['connected now', 'longest sessions', 'could not be known', 'Try next']) {
        expect(text).toContain(title)
      }
      const [, next = ''] = text.split('Try next')
      expect(next.match(/(?<= -- )\w+/g)).toEqual(['sessions', 'alerts', 'hosts', 'query'])
      for (const why of ['AuthorizationFailed', 'RetryAfterTooLong', 'ServiceUnavailable']) {
        expect(text).toContain(why)
      }

      const before = await fileTree(folder.root)
      expect(await run(args, Object.assign(fakeTerminal({ now: NOW }), asProcess))).toBe(0)
      expect(await fileTree(folder.root)).toEqual(before)
    },
  )
})

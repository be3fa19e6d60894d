/**
 * How compaction is going: one moving line on a terminal, and one line for each day that is done.
 */

import type { CompactedDay, CompactStep } from '../../domain/edges.ts'
import { formatBytes } from '../../domain/units.ts'
import { counted } from '../output/human.ts'
import { visible } from '../output/visible.ts'
import { startSpinner } from '../spinner.ts'
import { type Output, type Style, styled } from '../terminal.ts'

export interface DayProgress extends AsyncDisposable {
  show: (date: string, step: CompactStep) => void
  /** A line that stays. */
  write: (text: string) => void
}

const STEPS: Record<CompactStep, string> = {
  read: 'reading its runs',
  sort: 'sorting',
  sessions: 'rebuilding sessions',
  compare: 'comparing with the records of its runs',
  store: 'storing',
}

/** @param live Whether there is a moving line. Its library is loaded only then. */
export async function openDayProgress(stderr: Output, live: boolean): Promise<DayProgress> {
  let writing = Promise.resolve()
  const put = (text: string) => {
    writing = writing.then(() => stderr.write(`${text}\n`))
  }
  if (!live) {
    return {
      show() {},
      write: put,
      [Symbol.asyncDispose]: () => writing,
    }
  }
  const spinner = await startSpinner(stderr, () => 'Looking for closed days')
  return {
    show(date, step) {
      spinner.text = `${date}: ${STEPS[step]}`
    },
    write(text) {
      spinner.clear()
      put(text)
    },
    async [Symbol.asyncDispose]() {
      spinner.stop()
      await writing
    },
  }
}

export const OUTCOME_STYLES: Record<CompactedDay['outcome'], Style> = {
  compacted: 'green',
  ready: 'green',
  open: 'dim',
  waiting: 'yellow',
  damaged: 'red',
}

/** What came of a day, in one line. */
export function dayLine(day: CompactedDay, stderr: Output): string {
  const { date, outcome, why, runs, rows } = day
  const outcomeText = styled(stderr, OUTCOME_STYLES[outcome], outcome)
  const parts = [
    counted(runs, 'run'),
    ...(rows === null ? [] : [counted(rows, 'row')]),
    ...(sizesOf(day) ?? []),
  ]
  return `${date}  ${outcomeText}  ${parts.join(', ')}${why === null ? '' : `: ${visible(why)}`}`
}

function sizesOf({ rawBytes, dailyBytes }: CompactedDay): string[] | null {
  if (rawBytes === null || dailyBytes === null) return null
  return [`${formatBytes(rawBytes)} → ${formatBytes(dailyBytes)}`]
}

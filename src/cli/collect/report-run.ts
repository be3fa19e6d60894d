/**
 * Reports a run: words on stderr, a document or a table on stdout, and the exit code.
 */

import { formatTime } from '../../domain/time.ts'
import type { Poll, PollOutcome } from '../../domain/poll.ts'
import type { RunRecord } from '../../domain/run.ts'
import type { CollectResult } from '../../jobs/collect.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-code.ts'
import type { Answer } from '../output/answer.ts'
import { writeTable } from '../output/table.ts'
import { warn } from '../report-error.ts'
import { type Output, styled } from '../terminal.ts'
import { accessProblem } from './access.ts'
import { runDocument } from './run-document.ts'
import { exitCodeOfRun } from './run-exit-code.ts'
import { nextCommand, runLine, runSummary } from './run-summary.ts'

export type RunFormat = 'table' | 'json' | 'jsonl'

export interface ReportOptions {
  /** A poll of each outcome but `ok`. */
  examples: ReadonlyMap<PollOutcome, Poll>
  /** As the person named it. */
  warehouse: string
  /** Makes a command of this program one that can be copied. */
  next: (command: string) => string
  /** null prints nothing on stdout. */
  format: RunFormat | null
  /** The timer's slot: then the run is one of many, and gets one line. */
  slot: Date | null
}

export async function reportRun(
  context: Context,
  { run, interrupted, recovered, unmatched }: CollectResult,
  options: ReportOptions,
): Promise<void> {
  const { stdout, stderr } = context.terminal
  const { format, slot } = options
  for (const pattern of unmatched) {
    await warn(stderr, `No visible subscription matches ${JSON.stringify(pattern)}`)
  }
  for (const runId of recovered) {
    await warn(stderr, `Run ${runId} had been cut off; what it was answered is stored now`)
  }
  if (!run) {
    const which = slot ? `The slot ${formatTime(slot)}` : 'The run'
    await stderr.write(`${which} is already recorded: nothing was stored\n`)
    context.exitCode = interrupted ? EXIT.interrupted : EXIT.ok
    return
  }
  if (slot) await stderr.write(`${runLine(run, stderr)}\n`)
  else await explainRun(run, stderr, options)
  // Before stdout, whose reader may have gone: the run is stored all the same.
  context.exitCode = interrupted ? EXIT.interrupted : exitCodeOfRun(run)
  if (format) await printRun(run, stdout, slot && format === 'json' ? 'jsonl' : format)
}

/** In many words: what came of the run, what is missing, and what to do next. */
async function explainRun(run: RunRecord, stderr: Output, options: ReportOptions): Promise<void> {
  await stderr.write(`${runSummary(run, stderr, options)}\n`)
  const problem = accessProblem(run, options.examples)
  if (problem) {
    await stderr.write('\n')
    await warn(stderr, problem.message, problem.hint)
  }
  if (run.outcome === 'failed') return
  await stderr.write(`\nNext: ${styled(stderr, 'bold', options.next(nextCommand(run)))}\n`)
}

async function printRun(run: RunRecord, stdout: Output, format: RunFormat): Promise<void> {
  if (format === 'table') await writeTable(outcomeTable(run), stdout)
  else await stdout.write(`${JSON.stringify(runDocument(run), null, format === 'json' ? 2 : 0)}\n`)
}

function outcomeTable({ counts }: RunRecord): Answer {
  return {
    columns: [
      { name: 'outcome', type: 'VARCHAR' },
      { name: 'hosts', type: 'BIGINT' },
    ],
    async *batches() {
      yield Object.entries(counts)
    },
  }
}

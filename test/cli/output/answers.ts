/** Answers for tests of the formats. */

import type { Answer, AnswerColumn } from '../../../src/cli/output/answer.ts'
import { type FormatOptions, type TextFormat, writeAnswer } from '../../../src/cli/output/format.ts'
import type { Cell } from '../../../src/domain/edges.ts'
import { fakeTerminal, type FakeTerminalOptions } from '../fake-terminal.ts'

/** Columns from `name TYPE`. */
export function columnsOf(...texts: string[]): AnswerColumn[] {
  return texts.map((text) => {
    const [name = '', ...type] = text.split(' ')
    return { name, type: type.join(' ') }
  })
}

/** An answer whose rows come one batch after the other. */
export function answerOf(columns: AnswerColumn[], ...batches: Cell[][][]): Answer {
  return {
    columns,
    async *batches() {
      yield* batches
    },
  }
}

/** What a format writes of an answer. */
export async function textOf(
  format: TextFormat,
  answer: Answer,
  { terminal, ...options }: FormatOptions & { terminal?: FakeTerminalOptions } = {},
): Promise<string> {
  const fake = fakeTerminal(terminal)
  await writeAnswer(answer, fake.stdout, format, options)
  return fake.out
}

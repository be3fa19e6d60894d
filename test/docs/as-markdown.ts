/** An answer in Markdown, as the command line writes it. */

import { writeMarkdown } from '../../src/cli/output/markdown.ts'
import { fakeTerminal } from '../cli/fake-terminal.ts'
import type { Answered } from '../warehouse/temp-warehouse.ts'

export async function asMarkdown({
  columns,
  rows,
}: Pick<Answered, 'columns' | 'rows'>): Promise<string> {
  const terminal = fakeTerminal()
  const cells = rows.map((row) => columns.map(({ name }) => row[name] ?? null))
  const batches = async function* () {
    yield cells
  }
  await writeMarkdown({ columns, batches }, terminal.stdout)
  return terminal.out
}

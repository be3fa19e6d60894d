/**
 * The answer to a question as a Parquet file, written by DuckDB: with its types, and never a row of
 * it in this program's memory.
 *
 * The file is put into the question's own folder, which the engine may write into; the words that
 * write it are ours, around a SELECT that has passed as one by itself (guard.ts).
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { QueryFile } from '../domain/edges.ts'
import { openViews, type AnswerOptions, type Question } from './answer.ts'
import { bindingsOf } from './bindings.ts'
import { prepareCopy } from './guard.ts'
import type { ViewFiles } from './views.ts'

const OPTIONS = 'FORMAT parquet, COMPRESSION zstd'

// What is in no order by ORDER BY is written as it comes. To keep the order of the files, DuckDB
// holds rows back, beyond its memory limit too: 1.1 GB for 32 million rows, against 180 MB.
const SETTINGS = { preserve_insertion_order: false }

/**
 * Asks the question of these files, to the end.
 *
 * @param folder The question's; removing it is the caller's part.
 * @throws As `openViews`.
 */
export async function copyAnswer(
  question: Question,
  options: AnswerOptions,
  files: ViewFiles,
  folder: string,
): Promise<QueryFile> {
  const writable = join(folder, 'answer')
  await mkdir(writable, { recursive: true })
  await using views = await openViews(question, options, files, {
    folder,
    writable: [`${writable}/`],
    settings: SETTINGS,
  })
  const { connection, budget, warnings } = views
  const file = join(writable, 'answer.parquet')
  const rows = await budget.spend(async () => {
    const prepared = await prepareCopy(connection, views.question, file, OPTIONS)
    const { values, types } = await bindingsOf(prepared, question.parameters)
    prepared.bind(values, types)
    const reader = await prepared.runAndReadAll()
    return Number(reader.getRows()[0]?.[0])
  })
  return { file, rows, warnings, async [Symbol.asyncDispose]() {} }
}

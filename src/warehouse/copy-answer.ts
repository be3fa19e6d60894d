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
import { type Put, warningsFor } from './answer.ts'
import { bindingsOf } from './bindings.ts'
import { prepareCopy } from './guard.ts'
import type { Question } from './reach.ts'
import type { QuestionEngine } from './reader.ts'

const OPTIONS = 'FORMAT parquet, COMPRESSION zstd'

// What is in no order by ORDER BY is written as it comes. To keep the order of the files, DuckDB
// holds rows back, beyond its memory limit too: 1.1 GB for 32 million rows, against 180 MB.
export const COPY_SETTINGS = { preserve_insertion_order: false }

/**
 * Asks the question of the files that are put under it, to the end.
 *
 * @param engine Closed in any case.
 * @param folder The question's; removing it is the caller's part.
 * @throws As `put`.
 */
export async function copyAnswer(
  question: Question,
  engine: QuestionEngine,
  put: Put,
  folder: string,
): Promise<QueryFile> {
  await using open = engine
  await mkdir(folder, { recursive: true })
  const { connection, budget } = open
  const file = join(folder, 'answer.parquet')
  const { rows, warnings } = await budget.spend(async () => {
    await put()
    const told = await warningsFor(connection, question)
    const prepared = await prepareCopy(connection, question.asked, file, OPTIONS)
    const { values, types } = await bindingsOf(prepared, question.parameters)
    prepared.bind(values, types)
    const written = await prepared.runAndReadAll()
    return { rows: Number(written.getRows()[0]?.[0]), warnings: told }
  })
  return { file, rows, warnings, async [Symbol.asyncDispose]() {} }
}

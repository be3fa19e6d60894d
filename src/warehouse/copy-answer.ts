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
import { putFiles, type Question, warningsFor } from './answer.ts'
import { bindingsOf } from './bindings.ts'
import { prepareCopy, requireSelect } from './guard.ts'
import type { Reach } from './reach.ts'
import type { Reader } from './reader.ts'
import type { ViewFiles } from './view-tables.ts'

const OPTIONS = 'FORMAT parquet, COMPRESSION zstd'

// What is in no order by ORDER BY is written as it comes. To keep the order of the files, DuckDB
// holds rows back, beyond its memory limit too: 1.1 GB for 32 million rows, against 180 MB.
export const COPY_SETTINGS = { preserve_insertion_order: false }

/**
 * Asks the question of these files, to the end.
 *
 * @param reader Closed in any case.
 * @param folder The question's; removing it is the caller's part.
 * @throws As `putFiles`.
 */
export async function copyAnswer(
  { sql, parameters }: Question,
  reader: Reader,
  files: ViewFiles,
  { reach, folder }: { reach: Reach; folder: string },
): Promise<QueryFile> {
  await using open = reader
  await mkdir(folder, { recursive: true })
  const { connection, budget } = open
  const file = join(folder, 'answer.parquet')
  const { rows, warnings } = await budget.spend(async () => {
    const question = await requireSelect(connection, sql)
    await putFiles(open, files, reach)
    const told = await warningsFor(connection, sql)
    const prepared = await prepareCopy(connection, question, file, OPTIONS)
    const { values, types } = await bindingsOf(prepared, parameters)
    prepared.bind(values, types)
    const written = await prepared.runAndReadAll()
    return { rows: Number(written.getRows()[0]?.[0]), warnings: told }
  })
  return { file, rows, warnings, async [Symbol.asyncDispose]() {} }
}

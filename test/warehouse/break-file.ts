/** Ways to damage a stored file. */

import { readFile, writeFile } from 'node:fs/promises'

import { DuckDBInstance } from '@duckdb/node-api'

export async function alter(file: string, change: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(file)
  change(bytes)
  await writeFile(file, bytes)
}

/** Fewer rows, in a file that is whole. */
export async function dropRows(file: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `CREATE TABLE one_row AS FROM read_parquet('${file}', hive_partitioning = false) LIMIT 1;
     COPY one_row TO '${file}' (FORMAT parquet)`,
  )
}

/** Everything that a ledger answers: all rows of all its views, asked at once. */

import { VIEWS } from '../../src/domain/views.ts'
import { ask, type Answered, type TempWarehouse } from './temp-warehouse.ts'

const ALL = ['snapshots', 'polls', ...Object.keys(VIEWS)]

export type AllAnswers = Pick<Answered, 'rows' | 'warnings'>

/** One row a row of any view, as text, in an order of their own. */
export async function allAnswers(
  warehouse: Pick<TempWarehouse, 'queries'>,
  views: readonly string[] = ALL,
): Promise<AllAnswers> {
  const each = views.map(
    (view) => `SELECT '${view}' AS view, one::VARCHAR AS row FROM ${view} AS one`,
  )
  const { rows, warnings } = await ask(warehouse, `${each.join(' UNION ALL ')} ORDER BY ALL`)
  return { rows, warnings }
}

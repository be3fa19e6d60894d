import { truncate } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import type { BatchAnswer, BatchQuestion, Store } from '../../src/domain/edges.ts'
import { runPaths } from '../../src/warehouse/paths.ts'
import {
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from './temp-warehouse.ts'

const hub = host('bas-hub')
const at = (time: string) => `2026-11-23T${time}:00Z`

function question(sql: string, parameters: BatchQuestion['parameters'] = {}): BatchQuestion {
  return { sql, parameters, mostRows: 10 }
}

/** The rows of each answer, or why there are none. */
function shown({ answers }: BatchAnswer) {
  return answers.map((one) => ('error' in one ? one.error.message : one.rows))
}

async function oneRun(options?: Parameters<typeof tempWarehouse>[0]): Promise<TempWarehouse> {
  const warehouse = await tempWarehouse(options)
  await recordRun(warehouse, at('09:00'), [okPoll(hub, at('09:00'), [session('s-1')])])
  return warehouse
}

describe('a batch', () => {
  it('binds values of every kind by name, and leaves out what a question does not use', async () => {
    await using warehouse = await oneRun()
    const answer = await warehouse.queries.batch([
      question(
        "SELECT $text || '!' AS text, $number + 1 AS number, $yes AS yes, $list AS list, " +
          '$at - $ago AS earlier, len($none) AS none',
        {
          text: "it's",
          number: 1.5,
          yes: true,
          list: ['a', 'b'],
          none: [],
          at: new Date(at('09:00')),
          ago: { ms: 90_000 },
          unused: 'x',
        },
      ),
    ])
    expect(shown(answer)).toEqual([
      [
        {
          text: "it's!",
          number: 2.5,
          yes: true,
          list: ['a', 'b'],
          earlier: '2026-11-23T08:58:30Z',
          none: 0,
        },
      ],
    ])
  })

  it('answers the others where one cannot be asked, or fails while it runs', async () => {
    await using warehouse = await oneRun()
    const answer = await warehouse.queries.batch([
      question('SELECT count(*)::INTEGER AS n FROM snapshots'),
      question('SELECT nothing FROM snapshots'),
      question('DELETE FROM snapshots'),
      question('SELECT $missing'),
      question('SELECT CAST(user_name AS INTEGER) FROM snapshots'),
      question('SELECT 1 AS one FROM range(11)'),
      question('SELECT session_id FROM sessions'),
      question('SELECT count(*)::INTEGER AS n FROM sessions'),
    ])
    expect(shown(answer)).toEqual([
      [{ n: 1 }],
      expect.stringContaining('Referenced column "nothing" not found'),
      'Cannot run the query: only SELECT is allowed, not DELETE',
      'Cannot run the query: there is no parameter $missing',
      expect.stringContaining('Conversion Error'),
      'Cannot take the answer: it has more than 10 rows',
      [{ session_id: 's-1' }],
      [{ n: 1 }],
    ])
  })

  it('sees the same files in all its questions, whatever is recorded meanwhile', async () => {
    let between: (() => Promise<unknown>) | null = null
    const wrap = (store: Store): Store => ({
      ...store,
      async local(...given) {
        const found = await store.local(...given)
        const record = between
        between = null
        await record?.()
        return found
      },
    })
    await using warehouse = await oneRun({ wrap })
    between = () => recordRun(warehouse, at('09:05'), [okPoll(hub, at('09:05'))])
    const runs = question('SELECT count(*)::INTEGER AS n FROM runs')
    expect(shown(await warehouse.queries.batch([runs, runs]))).toEqual([[{ n: 1 }], [{ n: 1 }]])
    expect(shown(await warehouse.queries.batch([runs]))).toEqual([[{ n: 2 }]])
  })

  it('goes on around a damaged file, and names it', async () => {
    await using warehouse = await oneRun()
    await recordRun(warehouse, at('09:05'), [okPoll(hub, at('09:05'), [session('s-1')])])
    const path = runPaths('20261123T090500Z').snapshots
    await truncate(`${warehouse.root}/${path}`, 100)
    const answer = await warehouse.queries.batch([
      question('SELECT count(*)::INTEGER AS n FROM snapshots'),
      question('SELECT count(*)::INTEGER AS n FROM polls'),
    ])
    expect(shown(answer)).toEqual([[{ n: 1 }], [{ n: 2 }]])
    expect(answer.warnings).toEqual([expect.stringContaining(path)])
  })

  it('gives each question the whole time of a query, and tells which took longer', async () => {
    await using warehouse = await oneRun({ queryTimeoutMs: 1500 })
    const answer = await warehouse.queries.batch([
      question(
        'SELECT count(*) FROM range(1e12::BIGINT) AS one JOIN range(1e12::BIGINT) AS two ON one.range % 7 = two.range % 11',
      ),
      question('SELECT 1 AS one'),
    ])
    expect(shown(answer)).toEqual(['Cannot finish the query: it took longer than 2s', [{ one: 1 }]])
  })

  it('lets no question stop the others while they are planned', async () => {
    await using warehouse = await oneRun({ queryTimeoutMs: 1000 })
    const answer = await warehouse.queries.batch([
      question("SELECT length(repeat('x', 300000000) || i) AS n FROM range(30) AS t(i)"),
      question('SELECT 1 AS one'),
    ])
    expect(shown(answer)).toEqual([expect.stringMatching(/^Cannot/), [{ one: 1 }]])
  })

  it('ends with the reason when it is aborted, and says where there is no run', async () => {
    await using warehouse = await oneRun()
    const reason = new Error('stop')
    const stopped = warehouse.queries.batch([question('SELECT 1')], {
      signal: AbortSignal.abort(reason),
    })
    await expect(stopped).rejects.toBe(reason)
    await using empty = await tempWarehouse()
    await expect(empty.queries.batch([question('SELECT 1')])).rejects.toMatchObject({
      code: 'empty',
    })
  })
})

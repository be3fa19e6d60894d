/** Which views a question is taken to mean, by its text. */

import { describe, expect, it } from 'vitest'

import { allViews } from '../../src/warehouse/views.ts'
import { asksSessionsOnly } from '../../src/warehouse/views-meant.ts'

describe('a question on sessions alone', () => {
  it.each([
    'FROM sessions',
    'SELECT * FROM Sessions ORDER BY first_seen_at DESC, session_id desc NULLS LAST',
    '-- who was on\nSELECT count(*) AS n FROM main.sessions',
    'WITH old AS (FROM sessions) FROM old JOIN sessions USING (session_id)',
  ])('is %s', (sql) => {
    expect(asksSessionsOnly(sql)).toBe(true)
  })

  it.each([
    'FROM active_sessions',
    'FROM sessions JOIN snapshots USING (session_id)',
    'FROM sessions, raw.closed_sessions',
    'FROM sessions, raw.live_rows',
    'DESC sessions',
    'FROM (DESC sessions)',
    '-- one\n/* two */ desc sessions',
    'EXPLAIN DESC sessions',
    'SHOW TABLES -- sessions',
    "SELECT '--', * FROM information_schema.tables, sessions",
    'FROM duckdb_views() -- sessions',
    'FROM sqlite_master, sessions',
    'FROM sessions;\nDESC',
    'SELECT raw.now() FROM sessions',
  ])('is not %s', (sql) => {
    expect(asksSessionsOnly(sql)).toBe(false)
  })
})

describe('the views that are made', () => {
  const options = { recentFrom: '', now: 'now()', intervalMs: 300_000 } as const
  const made = (sql: string) =>
    [...allViews({ ...options, sql }).matchAll(/^CREATE VIEW (\S+)/gm)].map(([, name]) => name)

  it('are those that are named, and what these stand on', () => {
    expect(made('FROM runs ORDER BY started_at DESC')).toEqual(['runs'])
    expect(made('FROM latest_polls')).toEqual([
      'raw.recent_subscription_polls',
      'raw.recent_unfinished',
      'recent_subscription_polls',
      'raw.latest_polls',
      'latest_polls',
    ])
  })

  it.each(['SHOW TABLES', 'DESC', '-- all of them\nDESC', "SELECT ';' || '--' FROM (DESC)"])(
    'are all where they may be listed: %s',
    (sql) => {
      expect(made(sql)).toContain('alerts')
    },
  )
})

/**
 * The program that is measured: the ledger's `collect`, wired as everywhere else, into one warehouse,
 * so that later runs find the earlier ones. Or, with `"keep":false`, only its asking: every answer is
 * parsed, then dropped.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

import { z } from 'zod'

import { connect } from '../../src/connect.ts'
import type { Ledger, RunWriter } from '../../src/domain/edges.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import { filterOf } from '../../src/domain/settings.ts'
import { collect } from '../../src/jobs/collect.ts'
import { measureRounds } from './measure.ts'

const { rounds, keep } = z
  .object({ rounds: z.number(), keep: z.boolean() })
  .parse(JSON.parse(process.argv[2] ?? '{}'))

// What connect() loads when it is first used is loaded now: imports are not what is measured.
await Promise.all([
  import('../../src/azure/source.ts'),
  import('@azure/identity'),
  import('@duckdb/node-api'),
])

const folder = await mkdtemp(join(tmpdir(), 'bastion-ledger-bench-'))
try {
  const measured = await measureRounds(rounds, async () => ({ hosts: await collectInto(folder) }))
  process.stdout.write(JSON.stringify({ rounds: measured }))
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** @returns How many hosts answered. */
async function collectInto(warehouse: string): Promise<number> {
  const settings = parseSettings(process.env, { warehouse })
  let answered = 0
  await using connection = connect(settings)
  await collect(keep ? connection : { ...connection, ledger: forgetful(connection.ledger) }, {
    scheduledFor: null,
    filter: filterOf(settings),
    runDeadlineMs: 600_000,
    progress: {
      listed() {},
      polled({ outcome }) {
        if (outcome === 'ok') answered += 1
      },
    },
  })
  return answered
}

/** A ledger that takes everything and writes nothing. */
function forgetful(ledger: Ledger): Ledger {
  const writer: RunWriter = {
    add: () => Promise.resolve(),
    amend: () => Promise.resolve(),
    commit: () => Promise.resolve(null),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  return { ...ledger, begin: () => Promise.resolve(writer) }
}

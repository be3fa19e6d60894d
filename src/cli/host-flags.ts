/**
 * The flags that name hosts, and what an answer without rows means where they name none.
 */

import type { Command } from 'commander'

import { LedgerError } from '../domain/errors.ts'
import type { Afterwards } from './ask.ts'
import { createValues, namedHosts } from './sessions/session-filter.ts'

export interface HostNames {
  host?: string
  subscription?: string
}

export function addHostFlags(command: Command): void {
  command
    .option('--host <NAME>', 'Of this Bastion host: its name or id')
    .option('--subscription <NAME>', 'Of hosts of this subscription: its id or name')
    .addHelpText(
      'after',
      '\nNames are matched whole and in any case; * stands for any text, ? for one character.',
    )
}

/** @throws {LedgerError} `usage` where a name is blank: it would match nothing. */
export function readHostNames({ host, subscription }: HostNames): HostNames {
  const given = Object.entries({ host, subscription }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  const blank = given.find(([, name]) => name.trim() === '')?.[0]
  if (blank) throw new LedgerError('usage', `Cannot use "" for --${blank}: it takes a name`)
  return Object.fromEntries(given)
}

/** Hosts that are meant, gone ones too. */
export interface KnownHosts {
  hosts: number
  /** Of these, that Azure says have no sessions to list. */
  unsupported: number
  /** When the first of them was first polled. */
  since: Date
}

/**
 * Where nothing is found: whether there are such hosts at all. A name that was mistyped must never
 * look like good news.
 *
 * @param say What it means where there are.
 */
export function whetherHosts(names: HostNames, say: (known: KnownHosts) => string): Afterwards {
  const values = createValues()
  const conditions = namedHosts(names, values)
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
  return {
    sql: `
      SELECT count(*) AS hosts, min(first_listed_at) AS since,
        count(*) FILTER (last_outcome = 'skipped_unsupported') AS unsupported
      FROM hosts${where}`,
    parameters: values.all,
    say(row) {
      const [hosts, unsupported] = [Number(row('hosts')), Number(row('unsupported'))]
      const since = row('since')
      if (typeof since === 'string') {
        return { note: say({ hosts, unsupported, since: new Date(since) }) }
      }
      const named = Object.entries(names).map(([flag, name]) => `--${flag} ${JSON.stringify(name)}`)
      if (named.length === 0) return { note: '0 rows: no host is known yet' }
      return { warnings: [`No host is known by ${named.join(' ')}: this proves nothing`] }
    },
  }
}

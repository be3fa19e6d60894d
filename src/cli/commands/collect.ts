/**
 * `collect`: asks every host who is connected, once or in every slot of an interval.
 */

import type { Command } from 'commander'

import type { RunFormat } from '../collect/report-run.ts'
import type { Context } from '../context.ts'
import { choiceOf, readInterval } from '../flag-values.ts'
import { introduce } from '../help.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'

const FORMATS: readonly RunFormat[] = ['table', 'json', 'jsonl']

interface CollectFlags {
  every?: string
  output?: RunFormat
  progress: boolean
  debug?: boolean
}

export function defineCollect(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Asks every Bastion host in scope who is connected, and keeps the answers.',
    [
      ['collect', 'ask every host once'],
      ['collect --every 5m', 'and again in every five minutes, until Ctrl-C'],
      [`collect --subscriptions 'prod-*'`, 'only these subscriptions'],
      ['collect --warehouse /var/lib/ledger -o json', 'elsewhere, and as a document for a script'],
    ],
  )
  command
    .option('--every <DURATION>', 'Ask in every slot of this length (UTC), until Ctrl-C')
    .option(
      '-o, --output <FORMAT>',
      'Print the run as table, json or jsonl (default json where stdout is no terminal)',
      choiceOf('--output', FORMATS),
    )
    .option('--no-progress', 'Show no progress line')
  addSettingFlags(command, [
    'warehouse',
    'subscriptions',
    'excludeSubscriptions',
    'managementGroup',
    'discovery',
    'concurrency',
    'runDeadlineMs',
    'hostTimeoutMs',
    'requestTimeoutMs',
    'maxRetries',
    'maxRetryAfterMs',
    'maxResponseBytes',
    'cloud',
    'armEndpoint',
    'armScope',
  ])
  command.action(async (flags: CollectFlags) => {
    const settings = readSettings(command, context)
    const intervalMs = flags.every === undefined ? null : readInterval('--every', flags.every)
    const { collectAsAsked } = await import('../collect/collect-runs.ts')
    await collectAsAsked(context, settings, { ...flags, intervalMs })
  })
}

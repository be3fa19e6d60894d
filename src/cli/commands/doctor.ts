/**
 * `doctor`: whether this machine can collect, and what to do where it cannot.
 */

import type { Command } from 'commander'

import type { Context } from '../context.ts'
import { choiceOf } from '../flag-values.ts'
import { introduce } from '../help.ts'
import { addSettingFlags, givenFlags, readSettings } from '../setting-flags.ts'

const FORMATS = ['text', 'json'] as const
export type DoctorFormat = (typeof FORMATS)[number]

interface DoctorFlags {
  output?: DoctorFormat
  probe?: string | true
}

export function defineDoctor(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Checks sign-in, permissions, clock and warehouse, and says how to mend each.',
    [
      ['doctor', 'before the first run, or when something fails'],
      ['doctor -o json', 'for a script'],
      ['doctor --probe > shape.json', "the form of one host's answer, to show to others"],
      ['doctor --probe bas-hub-weu', 'of this host'],
    ],
  )
  command
    .option(
      '-o, --output <FORMAT>',
      'Print text or json (default text)',
      choiceOf('--output', FORMATS),
    )
    .option(
      '--probe [HOST]',
      'Only ask one host (by name or ARM id; default the first found), and print the form of its ' +
        'answer: keys, types and lengths, no values',
    )
  addSettingFlags(command, [
    'warehouse',
    'subscriptions',
    'excludeSubscriptions',
    'managementGroup',
    'discovery',
    'concurrency',
    'hostTimeoutMs',
    'requestTimeoutMs',
    'maxRetries',
    'maxRetryAfterMs',
    'maxResponseBytes',
    'cloud',
    'armEndpoint',
    'armScope',
  ])
  command.action(async ({ output = 'text', probe }: DoctorFlags) => {
    const settings = readSettings(command, context)
    if (probe !== undefined) {
      const { probeHost } = await import('../doctor/probe-host.ts')
      await probeHost(context, settings, probe === true ? null : probe)
      return
    }
    const { examineAll } = await import('../doctor/examine-all.ts')
    await examineAll(context, settings, { flags: givenFlags(command), format: output })
  })
}

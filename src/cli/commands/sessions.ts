/**
 * `sessions`: who was connected to what, from when to when, and how certain that is.
 */

import type { Command } from 'commander'

import { LedgerError } from '../../domain/errors.ts'
import { ask, type Question } from '../ask.ts'
import type { Context } from '../context.ts'
import { readDuration, readLimit, readPeriod, readTime } from '../flag-values.ts'
import { addNotes, introduce } from '../help.ts'
import { addOutputFlags, type OutputFlags } from '../output-flags.ts'
import { atCountsQuestion, atQuestion } from '../sessions/session-at.ts'
import type { SessionNames } from '../sessions/session-filter.ts'
import { doubtQuestion, listQuestion } from '../sessions/session-list.ts'
import { momentLooks, sessionLooks } from '../sessions/session-looks.ts'
import { sayDoubt, sayVoices } from '../sessions/session-words.ts'
import { addSettingFlags, readSettings } from '../setting-flags.ts'

// What fits a screen, so that the newest is not scrolled away.
const TERMINAL_ROWS = 20

interface SessionsFlags extends OutputFlags, SessionNames {
  active?: boolean
  longerThan?: string
  from?: string
  to?: string
  at?: string
  limit?: string
}

const NOTES = [
  'Names are matched whole and in any case; * stands for any text, ? for one character.',
  '',
  '--at answers in three voices.',
  'certain: its host listed the session before that moment and after it.',
  'possible: the moment lies between two answers of the host, one with the session and one ' +
    'without; or Azure says that it began before, and it was first seen after; or it was last seen ' +
    'before, and nothing proves that it had ended.',
  'cannot say: a host that was not read then, with the reason. Anybody may have been on through ' +
    'it. With --target, only hosts that ever had a session on it. The exit code is 3.',
  'Without a row, every host was read just before and just after, and nobody was there. Whoever ' +
    'came and went between two answers is never seen.',
]

export function defineSessions(command: Command, context: Context): void {
  introduce(
    command,
    context.terminal,
    'Lists who was connected to what, from when to when. Newest first.',
    [
      ['sessions', `the last ${TERMINAL_ROWS}`],
      ['sessions --active', 'who is connected'],
      ['sessions --longer-than 8h --from -7d', 'long ones of the last week'],
      ["sessions --user 'ana*' --target vm-pay-01", 'of a person, on a machine'],
      ['sessions --target vm-pay-01 --at 2026-11-23T09:07:00Z', 'who was on it then'],
    ],
  )
  command
    .option('--active', 'Only those that are on, by the latest answer of their host')
    .option('--longer-than <DURATION>', 'Only those that lasted at least so long, such as 8h')
    .option('--user <NAME>', 'Of this person: the whole name, or what is before its @')
    .option('--target <NAME>', 'On this machine: its name, address or id')
    .option('--host <NAME>', 'Through this Bastion host: its name or id')
    .option('--subscription <NAME>', 'Through hosts of this subscription: its id or name')
    .option('--from <TIME>', 'On at some time from then: RFC 3339, or back from now like -7d')
    .option('--to <TIME>', 'On at some time before then')
    .option('--at <TIME>', 'Who was on at that moment, and how certain that is')
    .option('--limit <N>', `Show so many, the newest (on a terminal ${TERMINAL_ROWS}, else all)`)
  addOutputFlags(command)
  addSettingFlags(command, ['warehouse', 'memoryLimit', 'queryTimeoutMs', 'intervalMs'])
  addNotes(command, context.terminal, NOTES)
  command.action(async (flags: SessionsFlags) => {
    const settings = readSettings(command, context)
    const now = context.terminal.now()
    const question = flags.at === undefined ? listed(flags, now) : onAt(flags, flags.at, now)
    await ask(context, settings, question, flags)
  })
}

/** @throws {LedgerError} `usage` */
function listed(flags: SessionsFlags, now: Date): Question {
  const { active = false, longerThan, limit } = flags
  const wanted = {
    ...namesOf(flags),
    ...readPeriod('list sessions', flags, now),
    active,
    longerThanMs: longerThan === undefined ? null : readDuration('--longer-than', longerThan),
    limit: limitOf(limit),
  }
  return {
    ...listQuestion(wanted, now),
    table: (columns) => ({
      looks: sessionLooks(columns, now),
      ...(limit === undefined && !wanted.active ? { terminalRows: TERMINAL_ROWS } : {}),
    }),
    ...(wanted.active ? { afterwards: { ...doubtQuestion(wanted, now), say: sayDoubt } } : {}),
  }
}

/** @throws {LedgerError} `usage` */
function onAt(flags: SessionsFlags, text: string, now: Date): Question {
  const { active, longerThan, from, to, limit } = flags
  const others = { '--active': active, '--longer-than': longerThan, '--from': from, '--to': to }
  const other = Object.entries(others).find(([, value]) => value !== undefined)?.[0]
  if (other) throw new LedgerError('usage', `Cannot use --at together with ${other}`)
  const at = readTime('--at', text, now)
  if (at > now)
    throw new LedgerError('usage', `Cannot say who will be on: --at "${text}" is in the future`)
  const wanted = { ...namesOf(flags), at, limit: limitOf(limit) }
  return {
    ...atQuestion(wanted),
    table: (columns) => ({ looks: momentLooks(columns, now) }),
    afterwards: { ...atCountsQuestion(wanted), say: (row) => sayVoices(row, wanted) },
  }
}

/** @throws {LedgerError} `usage` where a name is blank: it would match nothing. */
function namesOf({ user, target, host, subscription }: SessionsFlags): SessionNames {
  const names = { user, target, host, subscription }
  const blank = Object.entries(names).find(([, name]) => name?.trim() === '')?.[0]
  if (blank) throw new LedgerError('usage', `Cannot use "" for --${blank}: it takes a name`)
  return names
}

function limitOf(limit: string | undefined): number | null {
  return limit === undefined ? null : readLimit('--limit', limit)
}

/**
 * The flags of `silence`, as the entry that they ask for.
 */

import { LedgerError } from '../../domain/errors.ts'
import { isForAll, type SilenceKind, type WrittenSilence } from '../../domain/silences-file.ts'
import { formatTime } from '../../domain/time.ts'
import { readDuration, readTime } from '../flag-values.ts'

export interface SilenceFlags {
  rule?: string
  match?: string[]
  for?: string
  until?: string
  owner?: string
  reason?: string
  exception?: boolean
}

// Beyond ten years nobody decided anything: it is a slip of the finger.
const FARTHEST_MS = 3653 * 86_400_000

const FLAGS = ['rule', 'match', 'for', 'until', 'owner', 'reason', 'exception'] as const

/**
 * Whether the flags ask for a new entry.
 *
 * @param list Whether they ask for a list as well.
 * @throws {LedgerError} `usage`
 */
export function isAsked(flags: SilenceFlags, list: boolean): boolean {
  const given = FLAGS.find((name) => flags[name] !== undefined)
  if (given !== undefined && list) {
    throw new LedgerError('usage', `Cannot use --list with --${given}: it shows all of them`)
  }
  return given !== undefined
}

export interface AskedSilence {
  kind: SilenceKind
  entry: WrittenSilence & { rule: string; match: Record<string, string> }
  until: Date
}

/** @throws {LedgerError} `usage` */
export function readSilence(flags: SilenceFlags, now: Date): AskedSilence {
  const { rule = '*', exception = false } = flags
  const match = readMatch(flags.match ?? [])
  const act = exception ? 'make an exception' : 'silence'
  if (rule.trim() === '')
    throw new LedgerError('usage', 'Cannot use "" for --rule: it takes a rule')
  if (isForAll({ rule, match })) {
    throw new LedgerError('usage', `Cannot ${act}: it would hold for everything`, {
      hint: 'Give --rule, or --match, or both',
    })
  }
  const until = readUntil(act, flags, now)
  const [owner, reason] = [flags.owner?.trim() ?? '', flags.reason?.trim() ?? '']
  const missing = [...(owner ? [] : ['--owner NAME']), ...(reason ? [] : ['--reason TEXT'])]
  if (missing.length > 0) {
    throw new LedgerError('usage', `Cannot ${act} without ${missing.join(' and ')}`, {
      hint: 'Whoever finds it later must know whom to ask, and why it is there',
    })
  }
  const from = formatTime(now)
  const entry = { rule, match, owner, reason, from, until: formatTime(until) }
  return { kind: exception ? 'exceptions' : 'silences', entry, until }
}

function readUntil(act: string, flags: SilenceFlags, now: Date): Date {
  if (flags.for !== undefined && flags.until !== undefined) {
    throw new LedgerError('usage', 'Cannot use --for with --until: both say when it ends')
  }
  if (flags.for === undefined && flags.until === undefined) {
    throw new LedgerError('usage', `Cannot ${act} without an end: none lasts for ever`, {
      hint: 'Give --for, such as --for 4h, or --until with a time',
    })
  }
  const until =
    flags.until === undefined
      ? new Date(now.getTime() + readDuration('--for', flags.for ?? ''))
      : readTime('--until', flags.until, now)
  const [flag, text] = flags.until === undefined ? ['for', flags.for] : ['until', flags.until]
  const isFar = !(until.getTime() - now.getTime() <= FARTHEST_MS)
  // The file has whole seconds.
  if (!isFar && formatTime(until) > formatTime(now)) return until
  const why = isFar ? 'too far away' : 'not after now'
  throw new LedgerError('usage', `Cannot ${act} with --${flag} "${text}": its end is ${why}`)
}

function readMatch(given: readonly string[]): Record<string, string> {
  const match = new Map<string, string>()
  for (const text of given) {
    const [, column = '', glob = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    if (column.trim() === '' || glob.trim() === '') {
      throw new LedgerError(
        'usage',
        `Cannot use ${JSON.stringify(text)} for --match: it takes a column and a text or glob, such as user_name=svc-*`,
      )
    }
    if (match.has(column.trim())) {
      throw new LedgerError('usage', `Cannot use --match for "${column}" again: all must match`, {
        hint: `Make one of them a pattern for both: ${column.trim()}={one,other}`,
      })
    }
    match.set(column.trim(), glob.trim())
  }
  return Object.fromEntries(match)
}

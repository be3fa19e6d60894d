/**
 * Makes a silence or an exception, and says what it does.
 */

import { openRules } from '../../connect-rules.ts'
import { silenceOf } from '../../domain/silence.ts'
import type { Settings } from '../../domain/settings.ts'
import { formatDuration } from '../../domain/units.ts'
import { formatTime } from '../../domain/time.ts'
import type { Context } from '../context.ts'
import { visible } from '../output/visible.ts'
import { noRule } from '../rules/show-rule.ts'
import { type AskedSilence, readSilence, type SilenceFlags } from './read-silence.ts'

/** @throws {LedgerError} `usage` */
export async function makeSilence(
  { terminal }: Context,
  settings: Settings,
  flags: SilenceFlags,
): Promise<void> {
  const now = terminal.now()
  const asked = readSilence(flags, now)
  const book = openRules(settings, terminal.cwd)
  const listed = await book.listed()
  const { kind, entry, until } = asked
  const named = { ...entry, match: {}, from: null, until }
  if (!listed.some(({ rule }) => silenceOf([named], rule.name, {}, now))) {
    throw noRule(entry.rule, listed, terminal)
  }
  await book.addSilence(kind, entry)
  await terminal.stderr.write(
    `${sentence(asked, now)}\nWritten to "${visible(settings.silences ?? '')}"\n`,
  )
}

function sentence({ kind, entry, until }: AskedSilence, now: Date): string {
  const of = entry.rule === '*' ? 'all rules' : entry.rule
  const where = Object.entries(entry.match).map(([column, glob]) => `${column} is ${glob}`)
  const which = [of, ...(where.length > 0 ? [`where ${where.join(' and ')}`] : [])].join(' ')
  const act = kind === 'silences' ? 'Silenced' : 'Excepted'
  const forSo = formatDuration(until.getTime() - now.getTime())
  return `${act} until ${formatTime(until)} (for ${forSo}): ${visible(which)}`
}

/**
 * Silences and exceptions: what somebody decided not to be told, or not to count, until when and why.
 *
 * A silenced alert lives on and is only not told; an excepted finding is no alert at all. Neither
 * lasts for ever: each has an owner, a reason and an end.
 */

import picomatch from 'picomatch'

import { formatTime } from './time.ts'

export interface Silence {
  /** Name or glob of the rules (`*` for all). */
  rule: string
  /** Globs by column, matched in any case; all of them must match. */
  match: Readonly<Record<string, string>>
  owner: string
  reason: string
  /** From when on; null for always. */
  from: Date | null
  until: Date
}

/** What the file of silences says. */
export interface Silences {
  silences: readonly Silence[]
  exceptions: readonly Silence[]
}

export const NO_SILENCES: Silences = { silences: [], exceptions: [] }

/** The first of these that holds for a rule's row, or null. */
export function silenceOf(
  silences: readonly Silence[],
  rule: string,
  columns: Readonly<Record<string, unknown>>,
  at: Date,
): Silence | null {
  return (
    silences.find(
      (one) =>
        (one.from === null || one.from <= at) &&
        at < one.until &&
        matches(one.rule, rule) &&
        Object.entries(one.match).every(([column, glob]) => matches(glob, columns[column])),
    ) ?? null
  )
}

// Values are names and ids, not paths: `*` stands for any text, slashes and leading dots as well.
function matches(glob: string, value: unknown): boolean {
  if (typeof value !== 'string' && typeof value !== 'number') return false
  return picomatch.isMatch(`${value}`, glob, { nocase: true, dot: true, bash: true })
}

/** Who decided it and why, in few words. */
export function shortSilence(
  verb: 'silenced' | 'excepted',
  { owner, reason, until }: Silence,
): string {
  return `${verb} by ${owner} until ${formatTime(until)}: ${reason}`
}

/**
 * How people see sessions.
 */

import type { Cell } from '../../domain/edges.ts'
import { formatMinutes } from '../../domain/units.ts'
import type { AnswerColumn } from '../output/answer.ts'
import { type RowReader, rowReader, shortTime } from '../output/human.ts'
import type { ColumnLook } from '../output/look.ts'
import type { Style } from '../terminal.ts'
import { GOES_ON_MINS } from './session-list.ts'

type Row = readonly Cell[]

/** Rows of `sessions`. On a narrow terminal, the last columns go first. */
export function sessionLooks(columns: readonly AnswerColumn[], now: Date): ColumnLook[] {
  const reader = rowReader(columns)
  const state = reader.text('state')
  return [
    ...whoAndWhere(reader),
    {
      title: 'State',
      text: state,
      style: (row) => STATE_STYLES[state(row) ?? ''] ?? null,
      whole: true,
    },
    { title: 'Duration', text: durationOf(reader, now), align: 'right', whole: true },
    started(reader, now),
    { title: 'Host', text: reader.text('host_name'), optional: true },
    ended(reader, now),
    { title: 'By', text: reader.text('protocol'), whole: true, optional: true },
    { title: 'Cause', text: reader.text('end_cause'), whole: true, optional: true },
  ]
}

/** Rows of `sessions --at`. */
export function momentLooks(columns: readonly AnswerColumn[], now: Date): ColumnLook[] {
  const reader = rowReader(columns)
  const certainty = reader.text('certainty')
  return [
    {
      title: 'Certainty',
      text: certainty,
      style: (row) => CERTAINTY_STYLES[certainty(row) ?? ''] ?? null,
      whole: true,
    },
    ...whoAndWhere(reader),
    { title: 'Host', text: reader.text('host_name') },
    { title: 'Why', text: reader.text('why') },
    started(reader, now),
    ended(reader, now),
    { title: 'By', text: reader.text('protocol'), whole: true, optional: true },
  ]
}

const STATE_STYLES: Record<string, Style> = { active: 'green', ending: 'yellow', unknown: 'yellow' }
const CERTAINTY_STYLES: Record<string, Style> = {
  certain: 'green',
  possible: 'yellow',
  'cannot say': 'red',
}

function whoAndWhere({ text }: RowReader): ColumnLook[] {
  const [name, address] = [text('target_host_name'), text('target_ip_address')]
  const id = text('target_resource_id')
  return [
    { title: 'User', text: text('user_name') },
    {
      title: 'Target',
      text: (row) => name(row) ?? address(row) ?? id(row)?.split('/').at(-1) ?? null,
    },
  ]
}

function started(reader: RowReader, now: Date): ColumnLook {
  const text = startOf(reader, now)
  return { title: 'Started (UTC)', text, align: 'right', whole: true, optional: true }
}

function ended(reader: RowReader, now: Date): ColumnLook {
  return { title: 'Ended, or last seen', text: endOf(reader, now), whole: true, optional: true }
}

/** `≤` where it is only known that it was on by then. */
function startOf({ time }: RowReader, now: Date) {
  const [startedAt, firstSeen] = [time('started_at'), time('first_seen_at')]
  return (row: Row) => {
    const [began, seen] = [startedAt(row), firstSeen(row)]
    if (seen === null) return null
    return began && began <= seen ? shortTime(began, now) : `≤ ${shortTime(seen, now)}`
  }
}

/** Between which two times it ended; or when it was last seen. */
function endOf({ time }: RowReader, now: Date) {
  const [after, before, seen] = [time('ended_after'), time('ended_before'), time('last_seen_at')]
  return (row: Row) => {
    const [from, to, last] = [after(row), before(row), seen(row)]
    if (!from || !to) return last && shortTime(last, now)
    const [first, second] = [shortTime(from, now), shortTime(to, now)]
    const sameDay = first.slice(0, -8) === second.slice(0, -8)
    return `${first}–${sameDay ? second.slice(-8) : second}`
  }
}

/**
 * `40m`, `40m–45m` where its end is known no better, `≥ 40m` where it is not known. One that is on
 * counts until now, as in `--longer-than`.
 */
function durationOf({ text, number, time }: RowReader, now: Date) {
  const state = text('state')
  const [minMins, maxMins] = [number('duration_mins_min'), number('duration_mins_max')]
  const [startedAt, firstSeen, lastSeen] = [
    time('started_at'),
    time('first_seen_at'),
    time('last_seen_at'),
  ]
  return (row: Row) => {
    const [min, max] = [minMins(row), maxMins(row)]
    if (min === null) return null
    if (max !== null) {
      const [least, most] = [formatMinutes(min), formatMinutes(max)]
      return least === most ? least : `${least}–${most}`
    }
    const [began, first, last] = [startedAt(row), firstSeen(row), lastSeen(row)]
    if (state(row) !== 'active' || !first || !last) return `≥ ${formatMinutes(min)}`
    const since = began && began <= first ? began : first
    const until = Math.min(now.getTime(), last.getTime() + GOES_ON_MINS * 60_000)
    return formatMinutes(Math.max(min, Math.floor((until - since.getTime()) / 60_000)))
  }
}

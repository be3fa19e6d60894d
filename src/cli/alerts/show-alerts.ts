/**
 * Shows what the rules find now, and with `--send` records and tells it.
 */

import { alertColumns } from '../../domain/alert-columns.ts'
import type { AlertRecord } from '../../domain/alert.ts'
import type { Cell } from '../../domain/edges.ts'
import { LedgerError } from '../../domain/errors.ts'
import type { NoticeRecord } from '../../domain/notice.ts'
import { SEVERITIES } from '../../domain/rule.ts'
import type { Settings } from '../../domain/settings.ts'
import { look, type Looked, watch, type Watched } from '../../jobs/watch.ts'
import type { Watching } from '../../connect-watching.ts'
import type { Context } from '../context.ts'
import { EXIT } from '../exit-code.ts'
import { counted } from '../output/human.ts'
import type { OutputFlags } from '../output-flags.ts'
import { writeRows } from '../ready-rows.ts'
import { warn } from '../report-error.ts'
import { startSpinner } from '../spinner.ts'
import { styled } from '../terminal.ts'
import { alertLooks } from './alert-looks.ts'

export interface ShowFlags extends OutputFlags {
  send?: boolean
  rule?: string
}

/** @throws {LedgerError} As `look` and `watch` do. */
export async function showAlerts(
  context: Context,
  settings: Settings,
  { send = false, rule, output, rawCsv }: ShowFlags,
): Promise<void> {
  if (output === 'parquet') {
    throw new LedgerError('usage', 'Cannot write the alerts of now as Parquet', {
      hint: 'Use -o json, or --history -o parquet for what was recorded',
    })
  }
  if (send && output !== undefined && settings.notifyFile === '-') {
    throw new LedgerError('usage', 'Cannot write both alerts and notices to stdout', {
      hint: 'Leave -o out, or name a file with --notify-file',
    })
  }
  await using connection = await context.connect(settings)
  const watching = await connection.watching()
  await requireRule(watching, rule)
  const came = await askRules(context, watching, settings, send)
  const alerts = came.alerts
    .filter((alert) => alert.state !== 'resolved' && (rule === undefined || alert.rule === rule))
    .toSorted(firingAndSevereFirst)
  const { columns, rows } = rowsOf(alerts)
  const looks = alertLooks(columns, context.terminal.now())
  // Where notices are the data, nothing else is.
  const isData = !(send && settings.notifyFile === '-')
  if (output !== undefined || (alerts.length > 0 && isData)) {
    await writeRows(
      context,
      { columns, rows, looks },
      { ...(output ? { output } : {}), ...(rawCsv ? { rawCsv } : {}) },
    )
  }
  const { stderr } = context.terminal
  for (const line of [
    summaryOf(alerts, came),
    ...('notices' in came ? sentLines(came, watching) : []),
  ]) {
    await stderr.write(`${styled(stderr, 'dim', line)}\n`)
  }
  const problems = problemsOf(came)
  for (const problem of problems) await warn(stderr, problem)
  const fires = alerts.some((alert) => alert.state === 'firing' && alert.muted_by === null)
  if (fires) context.exitCode = EXIT.findings
  else if (problems.length > 0) context.exitCode = EXIT.partial
}

/** @throws {LedgerError} `usage` where there is none of that name. */
async function requireRule({ ruleBook }: Watching, name: string | undefined): Promise<void> {
  if (name === undefined) return
  const rules = await ruleBook.rules()
  if (rules.some((rule) => rule.name === name)) return
  throw new LedgerError('usage', `Cannot list the alerts of the rule "${name}": there is none`, {
    hint: 'bastion-ledger rules lists them',
  })
}

async function askRules(
  { terminal }: Context,
  watching: Watching,
  { intervalMs }: Settings,
  send: boolean,
): Promise<Looked | Watched> {
  const { stderr, interrupted: signal } = terminal
  const spinner = stderr.isTTY
    ? await startSpinner(stderr, () => (send ? 'Asking the rules, sending' : 'Asking the rules'))
    : null
  try {
    return await (send ? watch : look)(watching, { intervalMs, signal })
  } finally {
    spinner?.stop()
  }
}

function firingAndSevereFirst(one: AlertRecord, other: AlertRecord): number {
  return (
    Number(one.state === 'pending') - Number(other.state === 'pending') ||
    Number(one.muted_by !== null) - Number(other.muted_by !== null) ||
    SEVERITIES.indexOf(other.severity) - SEVERITIES.indexOf(one.severity) ||
    Date.parse(one.pending_at) - Date.parse(other.pending_at)
  )
}

function rowsOf(alerts: readonly AlertRecord[]) {
  const columns = Object.entries(alertColumns).map(([name, { type }]) => ({ name, type }))
  const rows = alerts.map((alert) => {
    const row: Record<string, Cell> = {
      ...alert,
      labels: JSON.stringify(alert.labels),
      annotations: JSON.stringify(alert.annotations),
    }
    return columns.map(({ name }) => row[name] ?? null)
  })
  return { columns, rows }
}

function summaryOf(alerts: readonly AlertRecord[], { asked, changed }: Looked): string {
  const count = (is: (alert: AlertRecord) => boolean) => alerts.filter(is).length
  const firing = count(({ state, muted_by: muted }) => state === 'firing' && muted === null)
  const parts = [
    firing === 0 ? 'Nothing fires' : `${firing} firing`,
    ...some(
      count(({ state, muted_by: muted }) => state === 'firing' && muted !== null),
      'held back',
    ),
    ...some(
      count(({ state }) => state === 'pending'),
      'pending',
    ),
    ...some(
      count(({ stale }) => stale !== null),
      'stale',
    ),
    ...some(changed.filter(({ state }) => state === 'resolved').length, 'resolved just now'),
  ]
  return `${parts.join(', ')} (${counted(asked, 'rule')} asked)`
}

function some(count: number, word: string): string[] {
  return count === 0 ? [] : [`${count} ${word}`]
}

function sentLines({ notices, waiting, left }: Watched, { notifiers }: Watching): string[] {
  if (left) return ['Another watch was quicker each time: it records and sends']
  if (notifiers.length === 0 && waiting === 0) {
    return ['Recorded. No destination is set, so nobody is told (see LEDGER_NOTIFY_…)']
  }
  const delivered = notices.filter(({ state }) => state === 'delivered').length
  return [`${counted(delivered, 'notice')} delivered${waiting > 0 ? `, ${waiting} waiting` : ''}`]
}

function problemsOf(came: Looked | Watched): string[] {
  return [
    ...came.failed.map(({ rule, error }) => `The rule "${rule}" could not be asked: ${error}`),
    ...(came.unread === 0
      ? []
      : [
          `${counted(came.unread, 'host')} could not be read in their last poll, or not lately; what ` +
            'happens through them is unknown',
        ]),
    ...came.warnings,
    ...('notices' in came ? came.notices.flatMap(problemOf) : []),
  ]
}

function problemOf({ destination, state, error, rule }: NoticeRecord): string[] {
  if (state === 'delivered') return []
  const what = {
    queued: 'is not delivered yet, and is tried again by the next watch',
    rejected: 'was refused, and is not sent again',
    given_up: 'was given up',
  }[state]
  return [`A notice of "${rule}" to ${destination} ${what}: ${error ?? 'no reason is known'}`]
}

/**
 * Alertmanager's form of a notice: the body of its webhook, version 4, which many receivers know.
 *
 * @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */

import type { AlertRecord } from '../domain/alert.ts'
import type { Cell } from '../domain/edges.ts'
import type { Notice } from '../domain/notice.ts'
import { cellText, type Detail } from './columns.ts'
import { bytesOf, fit } from './fit.ts'
import { shortText } from './plain-text.ts'

type Texts = Record<string, string>

export interface AlertmanagerBody {
  version: '4'
  groupKey: string
  truncatedAlerts: number
  status: 'firing' | 'resolved'
  receiver: string
  groupLabels: Texts
  commonLabels: Texts
  commonAnnotations: Texts
  externalURL: string
  alerts: AlertmanagerAlert[]
}

export interface AlertmanagerAlert {
  status: 'firing' | 'resolved'
  labels: Texts
  annotations: Texts
  startsAt: string
  endsAt: string
  generatorURL: string
  fingerprint: string
}

/** How much of an alert is given to machines. */
export const MACHINE_DETAILS: readonly Detail[] = [
  { text: 2048, columns: 100 },
  { text: 1024, columns: 40 },
  { text: 256, columns: 16 },
]

/** Go's zero time: it has not ended. */
const NOT_ENDED = '0001-01-01T00:00:00Z'
const NAME_MOST = 64

/** Makes the body, in at most so many bytes of JSON. */
export function alertmanagerBody(notice: Notice, mostBytes: number): AlertmanagerBody {
  return fit(notice, {
    details: MACHINE_DETAILS,
    part: (alert, detail) => alertOf(alert, notice, detail),
    make: (alerts, { length }, detail) => bodyOf(notice, alerts, notice.leftOut + length, detail),
    fits: (body) => bytesOf(JSON.stringify(body)) <= mostBytes,
  })
}

/** Makes a body of some of a notice's alerts. */
export function bodyOf(
  notice: Notice,
  alerts: AlertmanagerAlert[],
  truncatedAlerts: number,
  detail: Detail,
): AlertmanagerBody {
  const alertname = shortText(notice.rule, detail.text)
  const ledger = shortText(notice.ledger, detail.text)
  return {
    version: '4',
    groupKey: `{}:{alertname=${JSON.stringify(alertname)}, ledger=${JSON.stringify(ledger)}}`,
    truncatedAlerts,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver: 'bastion-ledger',
    groupLabels: { alertname, ledger },
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: '',
    alerts,
  }
}

/** The columns of an alert as texts: labels, and as many annotations as there is room for. */
export function textsOf({ labels, annotations }: AlertRecord, { text, columns }: Detail) {
  const texts = (cells: Readonly<Record<string, Cell>>, most: number): Texts =>
    Object.fromEntries(
      Object.entries(cells)
        .flatMap(([name, cell]) => {
          const value = cellText(cell)
          return value === null ? [] : [[name, value] as const]
        })
        .slice(0, most)
        .map(([name, value]) => [shortText(name, NAME_MOST), shortText(value, text)]),
    )
  const ownLabels = texts(labels, columns)
  return {
    labels: ownLabels,
    annotations: texts(annotations, columns - Object.keys(ownLabels).length),
  }
}

/** Alertmanager's form of an alert. */
export function alertOf(alert: AlertRecord, notice: Notice, detail: Detail): AlertmanagerAlert {
  const { labels, annotations } = textsOf(alert, detail)
  const shown = (text: string) => shortText(text, detail.text)
  const resolved = alert.state === 'resolved'
  return {
    status: resolved ? 'resolved' : 'firing',
    labels: {
      ...labels,
      alertname: shown(alert.rule),
      severity: alert.severity,
      ledger: shown(notice.ledger),
    },
    annotations: {
      ...annotations,
      title: shown(alert.title),
      summary: shown(alert.summary),
      ...(alert.stale === null ? {} : { stale: shown(alert.stale) }),
      ...(alert.resolved_why === null ? {} : { resolved_why: shown(alert.resolved_why) }),
      ...(alert.tags.length === 0 ? {} : { tags: shown(alert.tags.join(', ')) }),
    },
    startsAt: alert.firing_at ?? alert.pending_at,
    endsAt: (resolved ? alert.resolved_at : null) ?? NOT_ENDED,
    generatorURL: '',
    fingerprint: shown(alert.fingerprint),
  }
}

/** What all of them have with the same value. */
function common([first = {}, ...others]: readonly Texts[]): Texts {
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((one) => one[name] === value)),
  )
}

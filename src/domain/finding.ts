/**
 * Findings: the rows that a rule returned, told apart by its labels.
 */

import type { AlertRecord } from './alert.ts'
import type { Cell } from './edges.ts'
import type { Rule } from './rule.ts'
import { type Silence, silenceOf } from './silence.ts'
import type { Digest } from './watch-edges.ts'

/** One row that a rule returned. */
export interface Finding {
  fingerprint: string
  /** Without the columns that are NULL. */
  labels: Record<string, string>
  annotations: Record<string, Cell>
  summary: string
  /** Ids of the hosts that it rests on. */
  hosts: string[]
}

export interface Findings {
  /** By fingerprint. */
  found: Map<string, Finding>
  /** Those that somebody excepted, by fingerprint. */
  excepted: Map<string, Silence>
}

/** The column with an alert's line of text. */
const SUMMARY = 'summary'

/**
 * Reads a rule's rows. Of rows with the same labels the first counts.
 *
 * @param exceptions What is not to be counted at that time.
 */
export function findingsOf(
  rule: Rule,
  rows: readonly Readonly<Record<string, Cell>>[],
  exceptions: readonly Silence[],
  { at, digest }: { at: Date; digest: Digest },
): Findings {
  const found = new Map<string, Finding>()
  const excepted = new Map<string, Silence>()
  for (const row of rows) {
    const finding = findingOf(rule, row, digest)
    const exception = silenceOf(exceptions, rule.name, row, at)
    if (exception) excepted.set(finding.fingerprint, exception)
    else if (!found.has(finding.fingerprint)) found.set(finding.fingerprint, finding)
  }
  // Another row with the same labels is not excepted: then it is an alert.
  for (const fingerprint of found.keys()) excepted.delete(fingerprint)
  return { found, excepted }
}

function findingOf(rule: Rule, row: Readonly<Record<string, Cell>>, digest: Digest): Finding {
  const labels = Object.fromEntries(
    rule.labels.flatMap((name) => {
      const value = row[name] ?? null
      return value === null ? [] : [[name, textOf(value)]]
    }),
  )
  const annotations = Object.fromEntries(
    Object.entries(row).filter(([name]) => name !== SUMMARY && !rule.labels.includes(name)),
  )
  const summary = row[SUMMARY]
  return {
    fingerprint: fingerprintOf(rule.name, labels, digest),
    labels,
    annotations,
    summary: typeof summary === 'string' && summary.trim() !== '' ? summary : rule.title,
    hosts: hostsOf(rule.host === null ? null : row[rule.host]),
  }
}

/** Of a rule and its labels: 16 hexadecimal digits. */
function fingerprintOf(rule: string, labels: Record<string, string>, digest: Digest): string {
  const sorted = Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return digest(JSON.stringify([rule, ...sorted])).slice(0, 16)
}

function hostsOf(value: Cell | undefined): string[] {
  const values = Array.isArray(value) ? value : [value ?? null]
  return values.filter((one) => typeof one === 'string')
}

/** A cell as text: one that is none as JSON, and nothing where there is nothing. */
export function textOf(value: Cell | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The columns of an alert, labels or not. */
export function columnsOf({ labels, annotations }: AlertRecord): Record<string, Cell> {
  return { ...annotations, ...labels }
}

/** A column of an alert, label or not; null where it has none of that name. */
export function columnOf({ labels, annotations }: AlertRecord, name: string): Cell {
  return labels[name] ?? annotations[name] ?? null
}

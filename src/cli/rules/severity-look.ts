/**
 * How people see a severity.
 */

import type { Cell } from '../../domain/edges.ts'
import { SEVERITIES, type Severity } from '../../domain/rule.ts'
import type { ColumnLook } from '../output/look.ts'
import type { Style } from '../terminal.ts'

export const SEVERITY_STYLES: Record<Severity, Style> = {
  informational: 'dim',
  low: 'cyan',
  medium: 'yellow',
  high: 'red',
  critical: ['bold', 'red'],
}

/** @param text Takes the severity from a row. */
export function severityLook(text: (row: readonly Cell[]) => string | null): ColumnLook {
  return {
    title: 'Severity',
    text,
    style: (row) => SEVERITY_STYLES[SEVERITIES.find((one) => one === text(row)) ?? 'low'],
    whole: true,
  }
}

/**
 * Fitting: as much of a notice as its receiver takes.
 *
 * Values can be of any length, and alerts any number. Long texts are cut before an alert is left out,
 * and what is left out is counted: a body that a receiver refuses tells nobody anything.
 */

import type { AlertRecord } from '../domain/alert.ts'
import type { Notice } from '../domain/notice.ts'
import type { Detail } from './columns.ts'
import { inOrder } from './wording.ts'

/** A format's share of fitting. */
export interface Format<Part, Body> {
  /** How much is shown of one alert, the most first; with the last, one alert must always fit. */
  details: readonly Detail[]
  /** One alert's part of the body. */
  part: (alert: AlertRecord, detail: Detail) => Part
  make: (parts: Part[], leftOut: readonly AlertRecord[], detail: Detail) => Body
  fits: (body: Body) => boolean
}

/** Makes the body that shows most. */
export function fit<Part, Body>(
  notice: Notice,
  { details, part, make, fits }: Format<Part, Body>,
): Body {
  const alerts = inOrder(notice.alerts)
  let best: { body: Body; shown: number } | null = null
  for (const detail of details) {
    const parts = alerts.map((alert) => part(alert, detail))
    const made = (shown: number) => make(parts.slice(0, shown), alerts.slice(shown), detail)
    const whole = made(alerts.length)
    if (fits(whole)) return whole
    const shown = largest(alerts.length - 1, (count) => fits(made(count)))
    if (shown > (best?.shown ?? 0)) best = { body: made(shown), shown }
  }
  if (best === null) throw new Error(`Cannot fit an alert of the rule "${notice.rule}"`)
  return best.body
}

/** The bytes of a text in UTF-8. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}

/** The largest number up to a limit that is possible, as every smaller one is; 0 where none is. */
function largest(limit: number, possible: (count: number) => boolean): number {
  let [low, high] = [0, limit]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (possible(middle)) low = middle
    else high = middle - 1
  }
  return low
}

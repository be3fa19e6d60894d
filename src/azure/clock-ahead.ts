/**
 * Clock ahead: how far this machine's clock is from Azure's, by the `Date` of any answer.
 *
 * Times of polls are this machine's. Evidence whose clock is wrong is disputed evidence.
 */

import type { Asking } from './asking.ts'
import { meaningOf } from './lists.ts'
import { httpDateMs } from '../domain/retry-after.ts'

// https://learn.microsoft.com/rest/api/resources/subscriptions/list
const API_VERSION = '2022-12-01'

/**
 * Asks once, and compares.
 *
 * @returns Milliseconds, give or take half a second and half of the way; null without a `Date`.
 * @throws {LedgerError} `not_signed_in`, or `unreachable` where no answer came.
 */
export async function clockAheadMs(
  asking: Asking,
  origin: string,
  now: () => Date,
): Promise<number | null> {
  try {
    const url = `${origin}/subscriptions?api-version=${API_VERSION}`
    const { headers } = await asking.send({ method: 'GET', url })
    const answeredMs = now().getTime()
    const sentMs = asking.sentAt?.getTime() ?? answeredMs
    const azureMs = httpDateMs(headers['date'] ?? '')
    // The header has whole seconds: on average the moment is half a second later.
    return azureMs === null ? null : Math.round((sentMs + answeredMs) / 2 - azureMs - 500)
  } catch (error) {
    throw meaningOf(error, `Cannot reach Azure at "${origin}"`)
  }
}

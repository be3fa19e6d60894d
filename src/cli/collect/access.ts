/**
 * Access: what a run was not allowed to read, and how to allow it.
 */

import { LIST_ACTION, SESSIONS_ACTION } from '../../domain/permission.ts'
import type { Poll, PollOutcome } from '../../domain/poll.ts'
import type { RunRecord } from '../../domain/run.ts'
import { counted } from '../output/human.ts'
import { grantHint, SIGN_IN_HINT } from '../permission.ts'

export interface AccessProblem {
  message: string
  hint: string
}

/**
 * What is missing, or null where nothing is.
 *
 * @param examples A poll of each outcome, of which a denied one says where.
 */
export function accessProblem(
  run: RunRecord,
  examples: ReadonlyMap<PollOutcome, Poll>,
): AccessProblem | null {
  if (run.error_code === 'not_signed_in') {
    return { message: run.error_message ?? 'Cannot sign in', hint: SIGN_IN_HINT }
  }
  if (run.error_code === 'no_permission' || (!run.error_code && run.subscriptions.length === 0)) {
    return {
      message:
        run.error_message ?? 'Cannot ask any host: this identity sees no subscription in scope',
      hint: grantHint([LIST_ACTION, SESSIONS_ACTION], null),
    }
  }
  const lists = run.subscriptions.filter(({ outcome }) => outcome === 'denied')
  const hosts = run.counts.denied ?? 0
  if (lists.length === 0 && hosts === 0) return null
  const what = [
    ...(lists.length > 0 ? [`list the hosts of ${counted(lists.length, 'subscription')}`] : []),
    ...(hosts > 0 ? [`read the sessions of ${counted(hosts, 'host')}`] : []),
  ]
  const where = lists[0]?.subscription_id ?? examples.get('denied')?.host.subscriptionId ?? null
  const actions = [
    ...(lists.length > 0 ? [LIST_ACTION] : []),
    ...(hosts > 0 ? [SESSIONS_ACTION] : []),
  ]
  return { message: `Cannot ${what.join(' or ')}: denied`, hint: grantHint(actions, where) }
}

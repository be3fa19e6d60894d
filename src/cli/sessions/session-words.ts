/**
 * What is to be said beside a list of sessions: what it does not show, and what nobody can know.
 */

import type { Afterwards } from '../ask.ts'
import { counted } from '../output/human.ts'
import type { SessionNames } from './session-filter.ts'

type Row = Parameters<Afterwards['say']>[0]
type Said = ReturnType<Afterwards['say']>

/** What may be on besides: never let it look as if that were known. */
export function sayDoubt(row: Row): Said {
  const [ending, unknown] = [Number(row('ending')), Number(row('unknown'))]
  const [unread, hosts] = [Number(row('hosts_unread')), Number(row('hosts'))]
  const parts = [
    ...(ending > 0 ? [`${ending} that the latest answer of their host lacks (ending)`] : []),
    ...(unknown > 0 ? [`${unknown} whose host could not be read since (unknown)`] : []),
  ]
  const notRead = `${unread} of ${counted(hosts, 'host')} could not be read in their last poll`
  return {
    note: parts.length > 0 ? `May be on too: ${parts.join(', ')}` : null,
    warnings: unread > 0 ? [`${notRead}; who is connected through them is unknown`] : [],
  }
}

/** How certain it is who was on at a moment. */
export function sayVoices(row: Row, { user, target, host, subscription }: SessionNames): Said {
  const [certain, possible] = [Number(row('certain')), Number(row('possible'))]
  const [unread, unlisted] = [Number(row('cannot_say')), Number(row('unlisted'))]
  const nobody = [user, target, host, subscription].every((name) => name === undefined)
    ? 'Nobody was seen'
    : 'No such session was seen'
  const of = [
    ...(unread > unlisted ? [counted(unread - unlisted, 'host')] : []),
    ...(unlisted > 0 ? [counted(unlisted, 'unlisted subscription')] : []),
  ]
  const unseen = `No session on ${JSON.stringify(target)} was ever seen, so every host counts`
  return {
    note:
      certain + possible + unread === 0
        ? `${nobody}, and every host was read just before and just after`
        : `${certain} certain, ${possible} possible`,
    warnings: [
      ...(row('target_seen') === true ? [] : [unseen]),
      ...(unread === 0 ? [] : [`Nothing can be said of ${of.join(' and ')} at that moment`]),
    ],
  }
}

/**
 * A management group: the subscriptions under it, at any depth.
 *
 * It lists subscriptions that the identity has no access to as well, and tells nothing of their
 * state: so it limits the list of subscriptions, and does not replace it.
 *
 * @see https://learn.microsoft.com/rest/api/managementgroups/management-groups/get-descendants
 */

import { z } from 'zod'

import { LedgerError, WireFormatError } from '../domain/errors.ts'
import type { Subscription } from '../domain/subscription.ts'
import type { Asking } from './asking.ts'
import { listAll, meaningOf, uniqueBy } from './lists.ts'

const API_VERSION = '2020-05-01'

/** A subscription or a group below. Its `type` has been written in more than one way; its id tells. */
const wireDescendant = z.looseObject({
  id: z.string(),
  properties: z.looseObject({ displayName: z.string().nullish() }).nullish(),
})

type Member = Pick<Subscription, 'subscriptionId' | 'name'>

/** @throws {LedgerError} `not_signed_in`, `no_permission` or `unreachable`. */
export async function listGroup(
  asking: Asking,
  origin: string,
  managementGroup: string,
): Promise<Member[]> {
  const url =
    `${origin}/providers/Microsoft.Management/managementGroups/` +
    `${encodeURIComponent(managementGroup)}/descendants?api-version=${API_VERSION}`
  try {
    const members = (await listAll(asking, url)).flatMap(readMember)
    return uniqueBy(members, ({ subscriptionId }) => subscriptionId)
  } catch (error) {
    const meaning = meaningOf(error, `Cannot list the management group "${managementGroup}"`)
    if (!(meaning instanceof LedgerError) || meaning.code !== 'no_permission') throw meaning
    throw new LedgerError('no_permission', meaning.message, {
      hint:
        'Check the id: it is not the display name. The identity needs the built-in role ' +
        `'Management Group Reader' on the group:\n` +
        `az role assignment create --assignee OBJECT-ID --role 'Management Group Reader' ` +
        `--scope /providers/Microsoft.Management/managementGroups/${managementGroup}`,
      cause: error,
    })
  }
}

function readMember(wire: unknown): Member[] {
  const parsed = wireDescendant.safeParse(wire)
  if (!parsed.success) throw new WireFormatError('Cannot read a descendant: it has no id')
  const { id, properties } = parsed.data
  const [, subscriptionId] = /^\/subscriptions\/([^/?#\s]+)$/i.exec(id) ?? []
  if (subscriptionId === undefined) return []
  const name = properties?.displayName
  return [
    {
      subscriptionId: subscriptionId.toLowerCase(),
      name: name?.trim() ? name : subscriptionId,
    },
  ]
}

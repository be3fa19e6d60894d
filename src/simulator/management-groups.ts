/**
 * Management groups: how a tenant orders its subscriptions, and how Azure lists what is under one.
 */

import type { EstateSubscription } from './estate.ts'

export interface ManagementGroup {
  /** Its name in URLs. */
  id: string
  /** (default the id) */
  name?: string
  /** Id of the group that it is in (default none). */
  parent?: string
  /** Ids of the subscriptions that are directly in it. */
  subscriptions?: readonly string[]
}

/**
 * Everything under a group, groups and subscriptions, as Azure's JSON writes it.
 *
 * @returns null where there is no such group.
 * @see https://learn.microsoft.com/rest/api/managementgroups/management-groups/get-descendants
 */
export function descendantsJson(
  groups: readonly ManagementGroup[],
  id: string,
  subscriptions: readonly EstateSubscription[],
): object[] | null {
  const wanted = id.toLowerCase()
  const group = groups.find((one) => one.id.toLowerCase() === wanted)
  if (!group) return null
  const parent = { id: `/providers/Microsoft.Management/managementGroups/${group.id}` }
  const own = (group.subscriptions ?? []).map((subscriptionId) => {
    const found = subscriptions.find((one) => one.subscriptionId === subscriptionId.toLowerCase())
    return {
      id: `/subscriptions/${subscriptionId}`,
      type: '/subscriptions',
      name: subscriptionId,
      properties: { displayName: found?.name ?? subscriptionId, parent },
    }
  })
  const children = groups.filter((one) => one.parent?.toLowerCase() === wanted)
  const below = children.flatMap((child) => [
    {
      id: `/providers/Microsoft.Management/managementGroups/${child.id}`,
      type: 'Microsoft.Management/managementGroups',
      name: child.id,
      properties: { displayName: child.name ?? child.id, parent },
    },
    ...(descendantsJson(groups, child.id, subscriptions) ?? []),
  ])
  return [...own, ...below]
}

/**
 * The permissions that the ledger needs, and the commands that grant them.
 *
 * The built-in role Reader is not enough: it holds reads, and asking for sessions is an action.
 *
 * @see https://learn.microsoft.com/azure/role-based-access-control/permissions/networking
 */

export const LIST_ACTION = 'Microsoft.Network/bastionHosts/read'
export const SESSIONS_ACTION = 'Microsoft.Network/bastionHosts/getActiveSessions/action'

/**
 * How to let an identity read.
 *
 * @param subscriptionId Where it is missing; null where no subscription is known.
 */
export function grantHint(actions: readonly string[], subscriptionId: string | null): string {
  const scope = `/subscriptions/${subscriptionId ?? 'SUBSCRIPTION-ID'}`
  const role = JSON.stringify({
    Name: 'Bastion Ledger Reader',
    Description: 'Lists Bastion hosts and their sessions, and nothing else',
    Actions: [LIST_ACTION, SESSIONS_ACTION],
    AssignableScopes: [scope],
  })
  return [
    `The identity needs ${actions.join(' and ')}. These commands grant it:`,
    `az role definition create --role-definition '${role}'`,
    `az role assignment create --assignee OBJECT-ID --role 'Bastion Ledger Reader' --scope ${scope}`,
  ].join('\n')
}

export const SIGN_IN_HINT = 'Sign in with az login; in Azure, give the app a managed identity'

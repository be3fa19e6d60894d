/**
 * Permission: the commands that grant what the ledger needs.
 */

import { ROLE_ACTIONS } from '../domain/permission.ts'

const ROLE = 'Bastion session reader'

/**
 * How to let an identity read.
 *
 * @param subscriptionId Where it is missing; null where no subscription is known.
 */
export function grantHint(actions: readonly string[], subscriptionId: string | null): string {
  return [
    `The identity needs ${actions.join(' and ')}. These commands grant it:`,
    ...grantCommands([subscriptionId ?? 'SUBSCRIPTION-ID'], { actions }),
  ].join('\n')
}

/**
 * The commands that make a role and give it to an identity, in each of these subscriptions.
 *
 * @param actions What the role must hold beside what the ledger needs.
 * @param objectId The identity; null where it is not known.
 */
export function grantCommands(
  subscriptionIds: readonly string[],
  { actions = [], objectId = null }: { actions?: readonly string[]; objectId?: string | null } = {},
): string[] {
  const scopes = subscriptionIds.map((id) => `/subscriptions/${id}`)
  const role = JSON.stringify({
    Name: ROLE,
    Description: 'Lists Bastion hosts and who is connected through them. Changes nothing.',
    Actions: [...new Set([...ROLE_ACTIONS, ...actions])],
    AssignableScopes: scopes,
  })
  const assignee = objectId ?? 'OBJECT-ID'
  return [
    `az role definition create --role-definition '${role}'`,
    ...scopes.map(
      (scope) =>
        `az role assignment create --assignee ${assignee} --role '${ROLE}' --scope ${scope}`,
    ),
  ]
}

export const SIGN_IN_HINT = 'Sign in with az login; in Azure, give the app a managed identity'

/**
 * The permissions that the ledger needs.
 *
 * The built-in role Reader is not enough: it holds reads, and asking for sessions is an action.
 *
 * @see https://learn.microsoft.com/azure/role-based-access-control/permissions/networking
 */

export const LIST_ACTION = 'Microsoft.Network/bastionHosts/read'
export const SESSIONS_ACTION = 'Microsoft.Network/bastionHosts/getActiveSessions/action'

/** All that the ledger's role holds. */
export const ROLE_ACTIONS = [
  LIST_ACTION,
  SESSIONS_ACTION,
  // Where the answer is an operation: its result, and its state.
  'Microsoft.Network/locations/operationResults/read',
  'Microsoft.Network/locations/operations/read',
  'Microsoft.Resources/subscriptions/read',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
]

/**
 * Errors in Resource Manager's words: its codes, messages and headers for each status.
 *
 * @see https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
 */

import type { ErrorAnswer, RetryAfter } from './answer.ts'
import { reply, type Reply } from './reply.ts'
import type { Route } from './route.ts'
import { PRINCIPAL_ID, TENANT_ID, type TokenVerdict } from './tokens.ts'

/** An error in ARM's envelope. */
export function errorReply(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  return reply(status, JSON.stringify({ error: { code, message } }), headers)
}

/** The declared error, with Azure's words for what was not declared. */
export function declaredError(answer: ErrorAnswer, route: Route, now: Date): Reply {
  const { status } = answer
  if (status === 401) return challenge(answer.code, answer.message)
  const [code, message] = wordsFor(status, route)
  const headers: Record<string, string> = {}
  if (answer.retryAfter !== undefined) {
    headers['retry-after'] = writeRetryAfter(answer.retryAfter, now)
  }
  return errorReply(status, answer.code ?? code, answer.message ?? message, headers)
}

/** The value of a `Retry-After` header. */
export function writeRetryAfter(retryAfter: RetryAfter, now: Date): string {
  if (typeof retryAfter === 'string') return retryAfter
  if (typeof retryAfter === 'number') return String(retryAfter)
  // HTTP dates have whole seconds: rounded up, so that the wait is at least what was declared.
  const at = Math.ceil((now.getTime() + retryAfter.dateIn * 1000) / 1000) * 1000
  return new Date(at).toUTCString()
}

/** The answer to a token that is missing, unknown, expired or for someone else. */
export function refuseToken(verdict: TokenVerdict, now: Date): Reply | null {
  switch (verdict.kind) {
    case 'valid':
      return null
    case 'missing':
      return challenge(
        'AuthenticationFailed',
        "Authentication failed. The 'Authorization' header is missing.",
      )
    case 'unknown':
      return challenge('InvalidAuthenticationToken', 'The access token is invalid.')
    case 'expired':
      return challenge(
        'ExpiredAuthenticationToken',
        `The access token expiry UTC time '${verdict.expiresAt.toUTCString()}' is earlier than current UTC time '${now.toUTCString()}'.`,
      )
    default:
      return challenge(
        'InvalidAuthenticationTokenAudience',
        `The access token has been obtained for wrong audience or resource '${verdict.resource}'.`,
      )
  }
}

function challenge(
  code = 'InvalidAuthenticationToken',
  message = 'The access token is invalid.',
): Reply {
  return errorReply(401, code, message, {
    'www-authenticate': `Bearer authorization_uri="https://login.windows.net/${TENANT_ID}", error="invalid_token", error_description="${message}"`,
  })
}

/** @see https://github.com/Azure/terraform-provider-azapi/issues/218 for the words */
export function methodNotAllowed(method: string): Reply {
  return errorReply(
    405,
    'MethodNotAllowed',
    `The requested resource does not support http method '${method}'.`,
    { allow: method === 'GET' ? 'POST' : 'GET' },
  )
}

function wordsFor(status: number, route: Route): [code: string, message: string] {
  const { subscriptionId, hostName, resourceGroup, hostId, kind } = route
  switch (status) {
    case 400:
      return [
        'FeatureNotSupportedForDeveloperBastionSku',
        `Session management is not supported on the SKU of Bastion '${hostName}'.`,
      ]
    case 403: {
      const [action, scope] =
        kind === 'sessions'
          ? ['Microsoft.Network/bastionHosts/getActiveSessions/action', hostId]
          : ['Microsoft.Network/bastionHosts/read', `/subscriptions/${subscriptionId}`]
      return [
        'AuthorizationFailed',
        `The client '${PRINCIPAL_ID}' with object id '${PRINCIPAL_ID}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
      ]
    }
    case 404:
      return kind === 'sessions'
        ? [
            'ResourceNotFound',
            `The Resource 'Microsoft.Network/bastionHosts/${hostName}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
          ]
        : ['SubscriptionNotFound', `The subscription '${subscriptionId}' could not be found.`]
    case 409:
      return [
        'ReadOnlyDisabledSubscription',
        `The subscription '${subscriptionId}' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription until it is re-enabled.`,
      ]
    case 408:
      return ['RequestTimeout', 'The request timed out.']
    case 429:
      return ['TooManyRequests', 'The request is being throttled.']
    case 502:
      return ['BadGateway', 'The gateway received an invalid response.']
    case 503:
      return ['ServiceUnavailable', 'The service is unavailable. Please try again later.']
    case 504:
      return ['GatewayTimeout', 'The gateway did not receive a response in time.']
    default:
      return ['InternalServerError', 'An error occurred.']
  }
}

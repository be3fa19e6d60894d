/**
 * Blob errors: why a container refused, in words, and what a person can do about it.
 *
 * Of what Azure answers only its error code and the request's id are kept. Its texts, and the SDK's
 * errors, quote requests, with what they were signed with.
 */

import { LedgerError } from '../domain/errors.ts'
import { fileError } from '../domain/file-error.ts'
import type { BlobAddress } from '../domain/warehouse-address.ts'

export type BlobAct = 'read' | 'write' | 'list'

/** What the SDK throws for any answer but success, and for none. */
export interface RestError extends Error {
  statusCode?: number
  code?: string
  response?: { headers: { get(name: string): string | undefined } }
}

/** By name, since the SDK's packages can be doubled. */
export function isRestError(error: unknown): error is RestError {
  return error instanceof Error && error.name === 'RestError'
}

/** Whether Azure says that there is no such blob. Any other 404 is not about the blob. */
export function isMissing(error: unknown): boolean {
  return isRestError(error) && error.statusCode === 404 && error.code === 'BlobNotFound'
}

/** The content that came is not the content that is stored. */
export class WrongContent extends Error {
  override readonly name = 'WrongContent'
}

/**
 * Whether a body did not come through whole. The SDK does not try that again: its stream takes a
 * connection that breaks for an abort, or gives up.
 */
export function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (isRestError(error)) return BROKEN_CODES.has(error.code ?? '')
  const code = 'code' in error ? error.code : undefined
  return (
    error.name === 'AbortError' ||
    code === 'ECONNRESET' ||
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    error.message.startsWith('Data corruption failure')
  )
}

// What was sent came altered; what was answered ended too early to be read.
const BROKEN_CODES = new Set(['Md5Mismatch', 'PARSE_ERROR'])

/** Nothing came for too long. */
export class Silence extends Error {
  override readonly name = 'Silence'
}

/** The error for a person. What is neither Azure's nor the disk's stays as it is. */
export function blobError(
  address: BlobAddress,
  act: BlobAct,
  path: string,
  cause: unknown,
): unknown {
  if (cause instanceof LedgerError) return cause
  const at = whole(address)
  const url = path === '' ? at : `${at}/${path}`
  if (cause instanceof WrongContent) {
    return new LedgerError('damaged', `Cannot ${act} "${url}": ${cause.message}`, { cause })
  }
  const reason = reasonOf(address, cause)
  if (reason === null) return fileError(act, path, cause)
  const { why, hint, all = false } = reason
  return new LedgerError('storage', `Cannot ${act} "${all ? at : url}": ${why}`, {
    cause: isRestError(cause) ? withoutRequest(cause) : cause,
    ...(hint === undefined ? {} : { hint }),
  })
}

function withoutRequest({ statusCode, code, stack, response }: RestError): Error {
  const id = response?.headers.get('x-ms-request-id')
  const words = [statusCode, code, id && `request ${id}`].filter(Boolean).join(' ')
  const error = new Error(words)
  // Where it came from; its first line is the SDK's message.
  error.stack = [words, ...(stack ?? '').split('\n').filter((line) => /^ +at /.test(line))].join(
    '\n',
  )
  return error
}

function whole({ containerUrl, prefix }: BlobAddress): string {
  return `${containerUrl}/${prefix}`.replace(/\/$/, '')
}

interface Reason {
  why: string
  hint?: string
  /** Whether it is about all of the container, not about one path. */
  all?: boolean
}

/** @returns null where it is about neither Azure nor the way to it. */
function reasonOf(address: BlobAddress, cause: unknown): Reason | null {
  if (cause instanceof Silence) return { why: cause.message, hint: AGAIN, all: true }
  if (isBroken(cause)) return { why: 'the connection broke off again and again', hint: AGAIN }
  if (!isRestError(cause)) return null
  const { statusCode: status, code = '' } = cause
  if (code === 'ContainerNotFound') {
    return { why: `there is no container "${address.container}"`, hint: create(address), all: true }
  }
  if (status === 401 || status === 403) return refusal(address, status, code)
  if (status === 500 || status === 503) {
    return { why: `Azure Storage is busy or failing (${code || status})`, hint: AGAIN, all: true }
  }
  if (status !== undefined) return { why: `Azure Storage answered ${status} (${code})` }
  return { ...connection(address, code), all: true }
}

const AGAIN = 'Try again later; what hosts have answered is kept on this machine until it is stored'

function create({ account, container, loopback }: BlobAddress): string {
  const how = loopback ? '' : ` --account-name ${account} --auth-mode login`
  return `Create it: az storage container create --name ${container}${how}`
}

// Azure's words for an identity that it knows and that may not do this.
const NOT_PERMITTED = new Set([
  'AuthorizationPermissionMismatch',
  'AuthorizationFailure',
  'InsufficientAccountPermissions',
  'UnauthorizedBlobOverwrite',
])

function refusal(address: BlobAddress, status: number, code: string): Reason {
  const { account, container, loopback } = address
  if (loopback) {
    return {
      why: `Azurite refused the key (${code || status})`,
      hint: 'Put its connection string into LEDGER_STORAGE_CONNECTION_STRING',
      all: true,
    }
  }
  if (status === 401 || !NOT_PERMITTED.has(code)) {
    return {
      why: `Azure Storage did not accept the sign-in (${code || status})`,
      hint: 'Check LEDGER_CLOUD, the tenant that is signed in to, and that the clock is right',
      all: true,
    }
  }
  const scope =
    '/subscriptions/SUBSCRIPTION-ID/resourceGroups/RESOURCE-GROUP/providers/Microsoft.Storage' +
    `/storageAccounts/${account}/blobServices/default/containers/${container}`
  const firewall =
    code === 'AuthorizationFailure'
      ? [`If it has that role, the network rules of "${account}" refuse this machine`]
      : []
  return {
    why: `no permission (${code})`,
    hint: [
      'The identity must be able to read and create blobs there. This command grants it:',
      `az role assignment create --assignee OBJECT-ID --role 'Storage Blob Data Contributor' --scope ${scope}`,
      ...firewall,
    ].join('\n'),
    all: true,
  }
}

function connection({ containerUrl, loopback }: BlobAddress, code: string): Reason {
  const { host } = new URL(containerUrl)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      why: `the name ${host} cannot be found (${code})`,
      hint: "Check the account's name, and this machine's network",
    }
  }
  if (code === 'ECONNREFUSED' && loopback) {
    return { why: `nothing listens on ${host} (${code})`, hint: 'Start Azurite' }
  }
  return { why: `${host} cannot be reached (${code})`, hint: AGAIN }
}

/**
 * The managed-identity endpoint, in the form that App Service and Functions give it.
 *
 * All simulators of a process share one endpoint, because MSAL keeps the first that it meets for
 * the life of the process. The resource that a token is asked for tells them apart.
 *
 * @see https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import type { Counters } from './counters.ts'
import { listenOnLoopback, type Loopback } from './loopback.ts'
import type { Tokens } from './tokens.ts'

/** How the endpoint answers: well, with a status, or not at all. */
type IdentityMode = 'ok' | 'hang' | { status: number; body?: string }

export interface IdentityEndpoint extends AsyncDisposable {
  /** Value of `IDENTITY_ENDPOINT`. */
  readonly endpoint: string
  /** Value of `IDENTITY_HEADER`: the secret that callers must show. */
  readonly header: string
  /** Which resources tokens were asked for, in order. */
  readonly resources: string[]
  mode: IdentityMode
}

interface Tenant {
  audience: string
  tokens: Tokens
  counters: Counters
  identity: IdentityEndpoint
  hung: Set<ServerResponse>
}

const SECRET = randomUUID()
const tenants = new Set<Tenant>()
let shared: Loopback | undefined
let opening: Promise<void> = Promise.resolve()

/**
 * Opens the endpoint for one simulator, on plain HTTP as in Azure.
 *
 * @param audience Origin of the simulator's Resource Manager. Tokens for anything else come from
 *   the simulator that was started last.
 */
export async function openIdentityEndpoint(
  audience: string,
  tokens: Tokens,
  counters: Counters,
): Promise<IdentityEndpoint> {
  const identity: IdentityEndpoint = {
    get endpoint() {
      return `http://127.0.0.1:${shared?.port ?? 0}/msi/token`
    },
    header: SECRET,
    resources: [],
    mode: 'ok',
    async [Symbol.asyncDispose]() {
      tenants.delete(tenant)
      for (const response of tenant.hung) response.destroy()
      await openWhileNeeded()
    },
  }
  const tenant: Tenant = { audience, tokens, counters, identity, hung: new Set() }
  tenants.add(tenant)
  await openWhileNeeded()
  return identity
}

/** Listens as long as there are simulators, always on the port of the first time. */
function openWhileNeeded(): Promise<void> {
  opening = openOrClose(opening)
  return opening
}

async function openOrClose(before: Promise<void>): Promise<void> {
  await before
  if (tenants.size === 0) await shared?.refuse()
  else if (shared) await shared.listen()
  else shared = await listenOnLoopback(createServer(answer))
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
  const resource = searchParams.get('resource')
  const tenant = tenantOf(resource)
  const mode = tenant?.identity.mode ?? { status: 503 }
  tenant?.counters.countIdentity()
  if (mode === 'hang') tenant?.hung.add(response)
  else if (mode !== 'ok') {
    if (mode.body === undefined) refuse(response, mode.status, 'An unexpected error occurred')
    else send(response, mode.status, mode.body)
  } else if (pathname !== '/msi/token') refuse(response, 404, 'Not found')
  else if (request.headers['x-identity-header'] !== SECRET) {
    refuse(response, 401, 'The X-IDENTITY-HEADER is missing or wrong')
  } else if (!tenant || !resource || !searchParams.get('api-version')) {
    refuse(response, 400, 'resource and api-version are required')
  } else {
    tenant.identity.resources.push(resource)
    tenant.counters.countToken()
    const { token, expiresOn } = tenant.tokens.issue(resource)
    const body = {
      access_token: token,
      expires_on: String(expiresOn),
      resource,
      token_type: 'Bearer',
      client_id: '9b1d7c3e-5a44-4d0a-9a76-0c4fbd0c2b55',
    }
    send(response, 200, JSON.stringify(body))
  }
}

function tenantOf(resource: string | null): Tenant | undefined {
  const all = [...tenants]
  return all.find(({ audience }) => audience === resource?.replace(/\/$/, '')) ?? all.at(-1)
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(body)
}

function refuse(response: ServerResponse, statusCode: number, message: string): void {
  send(response, statusCode, JSON.stringify({ statusCode, message, correlationId: randomUUID() }))
}

/**
 * Doctor: whether this machine can collect, one check after another, with what to do where it cannot.
 *
 * Each check stands for itself: one that fails ends only those that need it.
 */

import type { Discovery } from '../domain/discovery.ts'
import type { BastionSource, Clock, Inspection } from '../domain/edges.ts'
import { LIST_ACTION, SESSIONS_ACTION } from '../domain/permission.ts'
import { NOT_VISIBLE, unmatchedPatterns, type ScopeFilter } from '../domain/subscription.ts'
import { failed, ok, refused, warning, type Check } from './check.ts'
import { checkClock, checkToken } from './doctor-azure.ts'
import { checkCloud, checkProgram, checkWarehouse, type CloudInForce } from './doctor-machine.ts'
import { checkSubscriptions } from './doctor-subscriptions.ts'
import { findScope, type Scope } from './scope.ts'

export interface DoctorOptions {
  /** Of this program. */
  version: string
  cloud: CloudInForce
  /** As the person named it. */
  warehouse: string
  filter: ScopeFilter
  discovery: Discovery
  /** Subscriptions that are looked at at the same time (default 16). */
  concurrency?: number
  signal: AbortSignal
}

export interface DoctorEdges {
  azure: BastionSource
  clock: Clock
  inspection: Inspection
}

/** Makes the checks, and gives each as soon as it is made. Rejects only when aborted. */
export async function* examine(edges: DoctorEdges, options: DoctorOptions): AsyncGenerator<Check> {
  const { azure, inspection } = edges
  const { signal } = options
  yield await checkProgram(inspection, options.version)
  yield await checkWarehouse(inspection, options.warehouse)
  yield checkCloud(options.cloud)
  for (const check of [checkToken, checkClock]) {
    const made = await check(edges, signal)
    yield made
    // Without a token nothing is asked, and an Azure that does not answer need not be asked again.
    if (made.failure === 'access' || made.failure === 'unreachable') return
  }

  let scope: Scope
  try {
    scope = await findScope(azure, { filter: options.filter, known: [] }, signal)
  } catch (error) {
    yield refused('scope', error, signal, [LIST_ACTION, SESSIONS_ACTION])
    return
  }
  yield* checkScope(scope, options.filter)
  if (options.discovery === 'graph') yield await checkGraph(azure, scope, signal)
  yield* checkSubscriptions(azure, scope.inside, options)
}

function* checkScope(
  { inside, candidates }: Scope,
  { include, managementGroup = null }: ScopeFilter,
): Generator<Check> {
  const visible = candidates.filter(({ state }) => state !== NOT_VISIBLE)
  for (const pattern of unmatchedPatterns(include, candidates)) {
    yield warning('scope', `No subscription matches ${JSON.stringify(pattern)}`, {
      hint: 'Check LEDGER_SUBSCRIPTIONS: it takes ids, names and globs such as prod-*',
    })
  }
  if (visible.length === 0 && inside.length === 0) {
    yield failed('scope', 'access', 'This identity sees no subscription', {
      missing: [LIST_ACTION, SESSIONS_ACTION],
    })
    return
  }
  const under = managementGroup === null ? '' : `, under the management group ${managementGroup}`
  const counts = `${visible.length} visible, ${inside.length} in scope${under}`
  if (inside.length > 0) yield ok('scope', `Subscriptions: ${counts}`)
  else {
    yield failed('scope', 'other', `Subscriptions: ${counts}`, {
      hint:
        'Check LEDGER_SUBSCRIPTIONS, LEDGER_EXCLUDE_SUBSCRIPTIONS and LEDGER_MANAGEMENT_GROUP: ' +
        'together they leave nothing to ask',
    })
  }
}

async function checkGraph(
  azure: BastionSource,
  { inside }: Scope,
  signal: AbortSignal,
): Promise<Check> {
  const ids = inside.map(({ subscriptionId }) => subscriptionId)
  const { found, error } = await azure.searchHosts(ids, signal)
  const known = `Resource Graph knows ${found.size} of ${ids.length} subscriptions`
  if (error === null && found.size === ids.length) return ok('resource_graph', known)
  const message = error === null ? known : `Resource Graph cannot be asked: ${error.message}`
  return warning('resource_graph', message, {
    hint: 'The others are listed by Resource Manager: nothing is missed, it takes longer',
  })
}

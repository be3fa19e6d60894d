/**
 * A subscription: what may hold Bastion hosts, and whether its hosts could be listed.
 */

import picomatch from 'picomatch'
import { z } from 'zod'

import type { Discovery } from './discovery.ts'

/** What came of listing a subscription's hosts. Only `ok` proves how many there are. */
export const SUBSCRIPTION_OUTCOMES = [
  'ok',
  'denied',
  'not_found',
  'conflict',
  'throttled',
  'timeout',
  'error',
  'malformed',
  'untrusted_link',
  'skipped_deadline',
] as const
export type SubscriptionOutcome = (typeof SUBSCRIPTION_OUTCOMES)[number]

/** The state of a subscription that the list of subscriptions does not have. */
export const NOT_VISIBLE = 'NotVisible'

export interface Subscription {
  /** In lower case. */
  subscriptionId: string
  name: string
  /** Enabled, Warned, PastDue, Disabled or Deleted; `NotVisible` where Azure does not list it. */
  state: string
}

/** A subscription asked for its hosts in one run. */
export interface SubscriptionPoll extends Subscription {
  outcome: SubscriptionOutcome
  /** Which list it was (default `arm`). */
  listedBy?: Discovery
  /** Hosts that the list named; null where it failed, or where Resource Graph named none. */
  hosts: number | null
  errorCode: string | null
  errorMessage: string | null
}

/**
 * Reads one element of the list of subscriptions.
 *
 * @see https://learn.microsoft.com/rest/api/resources/subscriptions/list
 */
export const wireSubscription = z
  .looseObject({
    subscriptionId: z.string().min(1),
    displayName: z.string().nullish(),
    state: z.string().nullish(),
  })
  .transform(({ subscriptionId, displayName, state }): Subscription => ({
    subscriptionId: subscriptionId.toLowerCase(),
    name: displayName?.trim() ? displayName : subscriptionId,
    state: state ?? 'Unknown',
  }))

export interface ScopeFilter {
  /** Ids or name globs; empty means all. */
  include: readonly string[]
  /** Ids or name globs; they win over `include`. */
  exclude: readonly string[]
  /** Only what is under this management group (default: not limited). */
  managementGroup?: string | null
}

/** Whether the text is the id of a subscription, in any case, and no name or glob. */
export function isSubscriptionId(text: string): boolean {
  return /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)
}

/** Whether a subscription is in scope, by its id or by a glob on its name, in any case. */
export function inScope({ include, exclude }: ScopeFilter, subscription: Subscription): boolean {
  const matches = (pattern: string) => matchesSubscription(pattern, subscription)
  return (include.length === 0 || include.some(matches)) && !exclude.some(matches)
}

// Names are no paths: a slash or a leading dot is a character like others, and so are parentheses
// and a leading `!`, which would turn an exclusion into its opposite.
const GLOB = { nocase: true, bash: true, dot: true, nonegate: true, windows: false }

function matchesSubscription(pattern: string, { subscriptionId, name }: Subscription): boolean {
  const literal = pattern.toLowerCase()
  if (literal === subscriptionId || literal === name.toLowerCase()) return true
  return picomatch.isMatch(name, pattern.replaceAll(/(?<!\\)[()]/g, '\\$&'), GLOB)
}

/** The ids and globs of `include` that no subscription matches: likely a mistake. */
export function unmatchedPatterns(
  patterns: readonly string[],
  subscriptions: readonly Subscription[],
): string[] {
  return patterns.filter(
    (pattern) => !subscriptions.some((subscription) => matchesSubscription(pattern, subscription)),
  )
}

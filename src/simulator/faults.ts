/**
 * Faults: declarations that some requests are answered otherwise, until a count, a moment or a
 * person ends it.
 *
 * "This host fails for an hour" is one of them, and so is "this host writes bare arrays". Of
 * several that match, the one added last wins.
 */

import type { Answer, Delivery } from './answer.ts'
import type { RequestKind } from './counters.ts'
import { createRandom } from './random.ts'

export interface Fault {
  /**
   * Which requests (default: the first of any list, so neither pages nor operations). `any` is
   * really all, also those that have no valid token.
   */
  request?: RequestKind | 'any'
  /** Only those of this subscription. */
  subscription?: string
  /** Only those of this Bastion host, by its ARM id. */
  host?: string
  /** Only this page of a list; the first is 1. */
  page?: number
  /** What is answered (default: what would be answered anyway). */
  answer?: Answer
  /** How it travels. */
  delivery?: Delivery
  /** It ends after so many requests. */
  times?: number
  /** From when on, by the simulator's clock. */
  from?: Date
  /** Until when, that moment not included. */
  to?: Date
  /** Share of the matching requests that it meets (default 1). */
  chance?: number
}

/** A fault in force. */
export interface PlacedFault extends Readonly<Fault> {
  /** Requests that it has met. */
  readonly met: number
  /** Ends it. */
  clear(): void
}

/** A request, as far as faults tell requests apart. */
export interface FaultTarget {
  request: RequestKind
  /** In lower case. */
  subscriptionId: string | null
  /** In lower case. */
  hostId: string | null
  page: number
  /** It will not be let in: only faults of `any` request can meet it. */
  refused: boolean
}

export interface Faults {
  add(fault: Fault): PlacedFault
  /** Ends all of them. */
  clear(): void
  /** Those that were added and have not ended. */
  list(): PlacedFault[]
  /** The fault that meets this request, counted as met. */
  meet(target: FaultTarget, at: Date): Fault | undefined
}

interface Entry extends Fault {
  order: number
  met: number
}

/** Makes a board without faults. */
export function createFaults(): Faults {
  // Faults of one host are found by its id: thousands of hosts may each have their own.
  const byHost = new Map<string, Entry[]>()
  const general: Entry[] = []
  const random = createRandom(1)
  let added = 0

  const listOf = (fault: Fault) => {
    if (fault.host === undefined) return general
    const key = fault.host.toLowerCase()
    const list = byHost.get(key) ?? []
    byHost.set(key, list)
    return list
  }
  const remove = (entry: Entry) => {
    const list = listOf(entry)
    if (list.includes(entry)) list.splice(list.indexOf(entry), 1)
  }
  const place = (entry: Entry): PlacedFault => ({
    ...entry,
    get met() {
      return entry.met
    },
    clear: () => remove(entry),
  })

  return {
    add(fault) {
      const entry = { ...fault, order: added++, met: 0 }
      listOf(entry).push(entry)
      return place(entry)
    },
    clear() {
      byHost.clear()
      general.length = 0
    },
    list: () =>
      [...general, ...[...byHost.values()].flat()].toSorted((a, b) => a.order - b.order).map(place),
    meet(target, at) {
      const own = target.hostId === null ? undefined : byHost.get(target.hostId)
      if (general.length === 0 && !own?.length) return undefined
      const candidates = own ? [...general, ...own] : general
      let found: Entry | undefined
      for (const entry of candidates) {
        if ((found === undefined || entry.order > found.order) && matches(entry, target, at)) {
          if (entry.chance === undefined || random.chance(entry.chance)) found = entry
        }
      }
      if (found === undefined) return undefined
      found.met++
      if (found.times !== undefined && found.met >= found.times) remove(found)
      return found
    },
  }
}

function matches(fault: Fault, target: FaultTarget, at: Date): boolean {
  return (
    matchesKind(fault.request, target) &&
    (fault.page === undefined || fault.page === target.page) &&
    (fault.subscription === undefined ||
      fault.subscription.toLowerCase() === target.subscriptionId) &&
    (fault.from === undefined || fault.from <= at) &&
    (fault.to === undefined || at < fault.to)
  )
}

function matchesKind(wanted: Fault['request'], { request, refused }: FaultTarget): boolean {
  if (wanted === 'any') return true
  if (refused) return false
  return wanted === undefined ? request !== 'page' && request !== 'operation' : wanted === request
}

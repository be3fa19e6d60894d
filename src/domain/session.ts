/**
 * A session as one host reported it at one moment. With the host and the run it makes a snapshot.
 */

import { WireFormatError } from './errors.ts'
import { parseWireTime } from './time.ts'

export interface Session {
  sessionId: string
  /** null where Azure left it blank, as it does for native clients with Entra login. */
  userName: string | null
  protocol: string | null
  /** ARM id in lower case. */
  targetResourceId: string | null
  targetHostName: string | null
  targetIpAddress: string | null
  /** In lower case. */
  targetSubscriptionId: string | null
  targetResourceGroup: string | null
  resourceType: string | null
  startedAt: Date | null
  /** What Azure wrote, whether or not it could be read as a time. */
  startTimeRaw: string | null
  sessionDurationMins: number | null
  /** Fields this program does not know, and known ones of an unexpected type. */
  extra: Record<string, unknown> | null
}

/**
 * Reads one element of the list that `getActiveSessions` answers.
 *
 * Only the session id is needed: every other field may be missing, blank or of another type.
 *
 * @param wire The element, as parsed from JSON.
 * @throws {WireFormatError} If it is no object, or its session id is missing or blank.
 * @see https://learn.microsoft.com/rest/api/virtualnetwork/get-active-sessions BastionActiveSession
 */
export function parseSession(wire: unknown): Session {
  if (typeof wire !== 'object' || wire === null || Array.isArray(wire)) {
    throw new WireFormatError('Cannot read a session: it is no object')
  }
  const rest = new Map(Object.entries(wire))
  const text = (field: string): string | null => {
    const value: unknown = rest.get(field)
    if (value !== undefined && value !== null && typeof value !== 'string') {
      if (typeof value !== 'number') return null
      rest.delete(field)
      return String(value)
    }
    rest.delete(field)
    return typeof value === 'string' && value.trim() !== '' ? value : null
  }

  const sessionId = text('sessionId')
  if (sessionId === null) throw new WireFormatError('Cannot read a session: it has no sessionId')
  const startTime: unknown = rest.get('startTime')
  return {
    sessionId,
    userName: text('userName'),
    protocol: text('protocol'),
    targetResourceId: text('targetResourceId')?.toLowerCase() ?? null,
    targetHostName: text('targetHostName'),
    targetIpAddress: text('targetIpAddress'),
    targetSubscriptionId: text('targetSubscriptionId')?.toLowerCase() ?? null,
    targetResourceGroup: text('targetResourceGroup'),
    resourceType: text('resourceType'),
    startedAt: parseWireTime(startTime),
    startTimeRaw: takeRaw(rest, 'startTime'),
    sessionDurationMins: takeNumber(rest, 'sessionDurationInMins'),
    extra: rest.size === 0 ? null : Object.fromEntries(rest),
  }
}

/** Sessions of one answer, each id once: Azure has been seen to repeat an element across pages. */
export function uniqueSessions(sessions: readonly Session[]): Session[] {
  const byId = new Map<string, Session>()
  for (const session of sessions) {
    if (!byId.has(session.sessionId)) byId.set(session.sessionId, session)
  }
  return [...byId.values()]
}

function takeRaw(rest: Map<string, unknown>, field: string): string | null {
  const value = rest.get(field)
  rest.delete(field)
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function takeNumber(rest: Map<string, unknown>, field: string): number | null {
  const value = rest.get(field)
  if (value === undefined || value === null) {
    rest.delete(field)
    return null
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) return null
  rest.delete(field)
  return number
}

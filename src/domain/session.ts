/**
 * A session as one host reported it at one moment. With the host and the run it makes a snapshot.
 */

import { WireFormatError } from './errors.ts'
import { parseWireTime } from './time.ts'
import { isObject, jsonOf } from './wire-value.ts'

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
  if (!isObject(wire)) throw new WireFormatError('Cannot read a session: it is no object')
  const sessionId = readText(wire['sessionId'])
  if (sessionId === null) throw new WireFormatError('Cannot read a session: it has no sessionId')
  return {
    sessionId,
    userName: readText(wire['userName']),
    protocol: readText(wire['protocol']),
    targetResourceId: readText(wire['targetResourceId'])?.toLowerCase() ?? null,
    targetHostName: readText(wire['targetHostName']),
    targetIpAddress: readText(wire['targetIpAddress']),
    targetSubscriptionId: readText(wire['targetSubscriptionId'])?.toLowerCase() ?? null,
    targetResourceGroup: readText(wire['targetResourceGroup']),
    resourceType: readText(wire['resourceType']),
    startedAt: parseWireTime(wire['startTime']),
    startTimeRaw: readRaw(wire['startTime']),
    sessionDurationMins: readNumber(wire['sessionDurationInMins']),
    extra: readExtra(wire),
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

function readText(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value
  return typeof value === 'number' ? String(value) : null
}

function isText(value: unknown): boolean {
  return value == null || typeof value === 'string' || typeof value === 'number'
}

function readRaw(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : jsonOf(value)
}

function readNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

/** The fields that a session has of its own, and which of their values it can hold. */
const FIELDS = new Map<string, (value: unknown) => boolean>([
  ['sessionId', isText],
  ['userName', isText],
  ['protocol', isText],
  ['targetResourceId', isText],
  ['targetHostName', isText],
  ['targetIpAddress', isText],
  ['targetSubscriptionId', isText],
  ['targetResourceGroup', isText],
  ['resourceType', isText],
  ['startTime', () => true],
  ['sessionDurationInMins', (value) => value == null || readNumber(value) !== null],
])

function readExtra(wire: Record<string, unknown>): Session['extra'] {
  const names = Object.keys(wire).filter((name) => !FIELDS.get(name)?.(wire[name]))
  if (names.length === 0) return null
  const extra = Object.fromEntries(names.map((name) => [name, wire[name]]))
  // What cannot be written is refused here, with its host alone.
  jsonOf(extra)
  return extra
}

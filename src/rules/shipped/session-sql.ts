/**
 * SQL that rules about sessions share: which sessions are on, and how they are shown to people.
 *
 * A question about sessions that are not over reads no closed day but the last: the files of the others
 * hold those that are.
 */

/**
 * Which session it is. Azure may use an id again, and `started_at` may be NULL, so when it was first
 * seen is part of it.
 */
export const SESSION_LABELS = ['host_id', 'session_id', 'first_seen_at'] as const

/** On as far as is known: one poll alone that lacks a session (`ending`) proves no end. */
export const IS_ON = `state IN ('active', 'ending')`

/** Names for people. Azure may leave any of them blank. */
const USER = `coalesce(user_name, 'somebody (no user name)')`
const TARGET = `coalesce(target_host_name, target_ip_address,
    regexp_extract(target_resource_id, '[^/]+$'), 'an unknown machine')`

/** Which machine it is: two can have one name. */
export const MACHINE = `lower(coalesce(target_resource_id, target_ip_address, target_host_name))`

/** Whole minutes for people: `45 min`, `9 h 12 min`, `3 d 4 h`. */
export function minutesText(mins: string): string {
  return `CASE WHEN ${mins} < 60 THEN ${mins} || ' min'
    WHEN ${mins} < 1440 THEN ${mins} // 60 || ' h ' || ${mins} % 60 || ' min'
    ELSE ${mins} // 1440 || ' d ' || ${mins} % 1440 // 60 || ' h' END`
}

/** Who, on which machine, and through which host. */
export function sessionText(detail: string): string {
  return `${USER} || ' on ' || ${TARGET} || ${detail} || ', through ' || host_name`
}

/** Columns of `sessions` that a finding shows. */
export const SESSION_COLUMNS = `
  host_id, session_id, first_seen_at, user_name, target_host_name, target_resource_id, host_name,
  subscription_id, protocol, started_at, last_seen_at, duration_mins_min AS duration_mins,
  state AS session_state`

/** Such as "ana@contoso.example on vm-pay-01 for 9 h 12 min, through bas-pay-weu". */
export const SESSION_SUMMARY = `
  ${sessionText(`' for ' || ${minutesText('duration_mins_min')}`)} AS summary`

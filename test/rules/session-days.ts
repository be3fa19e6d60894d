/**
 * Sessions of all kinds through five hosts, seen from noon of one day to noon of the next: what rules
 * about sessions find, and what they nearly find.
 */

import type { Session } from '../../src/domain/session.ts'
import {
  failedPoll,
  host,
  okPoll,
  recordRun,
  session,
  tempWarehouse,
  type TempWarehouse,
} from '../warehouse/temp-warehouse.ts'

/** When the rules are asked. */
export const NOW = '2026-11-23T12:00:00Z'
const MON = (time: string) => new Date(`2026-11-23T${time}Z`)

/** A session of a person and on a machine that no other has. */
function own(sessionId: string, startedAt: Date | null, overrides: Partial<Session> = {}): Session {
  return session(sessionId, {
    startedAt,
    userName: `${sessionId}@contoso.example`,
    targetResourceId: `/subscriptions/s/vms/vm-${sessionId}`,
    targetHostName: `vm-${sessionId}`,
    ...overrides,
  })
}
const fresh = (sessionId: string, overrides: Partial<Session> = {}) =>
  own(sessionId, MON('11:49:00'), overrides)
const on = (user: string | null, target: string, sessionId = `${user}-${target}`) =>
  fresh(sessionId, { userName: user, targetResourceId: `/vms/${target}`, targetHostName: target })

export const [WEU, NEU, GONE, BLIND, EUS] = [
  host('bas-weu'),
  host('bas-neu'),
  host('bas-gone'),
  host('bas-blind'),
  host('bas-eus'),
]

const VERY = own('very', new Date('2026-11-22T11:00:00Z'))
const LONG = own('long', MON('03:00:00'), { userName: 'ana@contoso.example' })
const ALWAYS = [
  LONG,
  VERY,
  own('edge', MON('03:55:00')),
  own('near', MON('03:55:30')),
  // Azure's start cannot lie after the first sight: then that counts, and a start that is missing too.
  own('late-start', MON('23:00:00')),
  own('no-start', null),
]
const NAMELESS = { userName: null }
const LATER = [
  fresh('blank', NAMELESS),
  on('CONTOSO\\Root', 'vm-5'),
  on('Administrator@contoso.example', 'vm-6'),
  on('administrators@contoso.example', 'vm-7'),
  on('Eve@Contoso.example', 'vm-1'),
  on('fay@contoso.example', 'vm-1'),
  on('max@contoso.example', 'vm-1'),
  ...['1', '2', '3', '4', '5'].map((n) => on('carl@contoso.example', `vm-${n}`)),
  ...['1', '2', '3', '4'].map((n) => on('dan@contoso.example', `vm-${n}`)),
  on('DAN@contoso.example', 'vm-4', 'dan-again'),
  // Whom the ledger knows on that machine, at present and from before.
  fresh('long-again', {
    userName: 'ANA@contoso.example',
    targetResourceId: LONG.targetResourceId,
  }),
  on('back@contoso.example', 'vm-1'),
  fresh('nowhere', { targetResourceId: null, targetHostName: null, targetIpAddress: null }),
]

/** A day that is compacted, then one run at 8, and two before noon. */
export async function sessionDays(): Promise<TempWarehouse> {
  const warehouse = await tempWarehouse({ now: NOW })
  const day = '2026-11-22T12:00:00Z'
  await recordRun(warehouse, day, [okPoll(WEU, day, [VERY])])
  const first = '2026-11-23T08:00:00Z'
  await recordRun(warehouse, first, [
    okPoll(WEU, first, [
      ...ALWAYS,
      own('ending', MON('02:00:00')),
      own('ended', MON('01:00:00')),
      own('back-before', MON('07:59:00'), {
        userName: 'Back@contoso.example',
        targetResourceId: '/vms/vm-1',
      }),
    ]),
    okPoll(BLIND, first, [own('unknown', MON('01:00:00'))]),
    okPoll(GONE, first, [own('vanished', MON('01:00:00'))]),
  ])
  const second = '2026-11-23T11:50:00Z'
  const ending = [own('ending', MON('02:00:00')), fresh('nameless-ending', NAMELESS)]
  const unknown = [
    own('unknown', MON('01:00:00')),
    on('eve@contoso.example', 'vm-9'),
    on('fay@contoso.example', 'vm-9'),
    on('carl@contoso.example', 'vm-9'),
  ]
  await recordRun(warehouse, second, [
    okPoll(WEU, second, [...ALWAYS, ...LATER, ...ending, fresh('late-name', NAMELESS)]),
    okPoll(BLIND, second, unknown),
    okPoll(NEU, second, [
      on('eve@contoso.example', 'vm-2', 'eve-neu'),
      on('fay@contoso.example', 'vm-2'),
    ]),
    okPoll(EUS, second, [on('eve@contoso.example', 'vm-1'), on(null, 'vm-3')]),
  ])
  const third = '2026-11-23T11:55:00Z'
  await recordRun(warehouse, third, [
    okPoll(WEU, third, [
      ...ALWAYS,
      ...LATER,
      fresh('late-name'),
      fresh('blank-once', { ...NAMELESS, startedAt: MON('11:54:00') }),
    ]),
    failedPoll(BLIND, third),
    okPoll(NEU, third, [
      on('EVE@contoso.example', 'vm-2', 'eve-neu'),
      on('fay@contoso.example', 'vm-2'),
    ]),
    // Answered at 11:55 to the second.
    okPoll(EUS, '2026-11-23T11:54:59Z', [on('eve@contoso.example', 'vm-1'), on(null, 'vm-3')]),
  ])
  await warehouse.days.compact()
  return warehouse
}

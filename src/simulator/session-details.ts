/**
 * A seeded session's details: its id, its user and its target, from the host and its position.
 */

import type { EstateHost, EstateSession, StartTimeForm } from './estate.ts'
import { machineName, userPrincipalName } from './estate-names.ts'
import { createRandom, mixSeeds } from './random.ts'

export interface SessionSlot {
  seed: number
  /** Days since 1970, on which it begins in the host's region. */
  day: number
  /** Its number among the sessions of that day. */
  position: number
  startMs: number
  endMs: number
}

const FORMS: readonly StartTimeForm[] = [
  'iso',
  'iso',
  'seconds',
  'seven-digits',
  'short-date',
  'no-zone',
  'offset',
  'epoch-ms',
]
const USERS = 200
// Longer than any session lasts, so that the same id is never on twice at once.
const REUSE_AFTER_DAYS = 14

/** Describes a session of a seeded estate. */
export function describeSession(host: EstateHost, slot: SessionSlot): EstateSession {
  const { seed, day, position, startMs, endMs } = slot
  const random = createRandom(mixSeeds(seed, host.hostId, day, position))
  // One session in a hundred has the id that another had on this host two weeks before.
  const idDay = random.chance(0.01) ? day - REUSE_AFTER_DAYS : day
  const user = createRandom(mixSeeds(seed, host.subscriptionId, 'user', random.below(USERS)))
  const machine = random.below(host.sku === 'Developer' ? 2 : 4 + host.scaleUnits * 6)
  const protocol = random.chance(0.55) ? 'SSH' : 'RDP'
  return {
    hostId: host.hostId,
    sessionId: createRandom(mixSeeds(seed, host.hostId, 'id', idDay, position)).uuid(),
    startAt: new Date(startMs),
    endAt: new Date(endMs),
    userName: random.chance(0.06) ? random.pick(['', '', ' ']) : userPrincipalName(user),
    protocol,
    ...describeTarget(host, machine),
    startTimeForm: random.pick(FORMS),
    extra: random.chance(0.03)
      ? { connectionMethod: random.pick(['Portal', 'NativeClient']) }
      : null,
  }
}

type Target = Pick<
  EstateSession,
  'resourceType' | 'targetHostName' | 'targetIpAddress' | 'targetResourceId'
>

function describeTarget(host: EstateHost, machine: number): Target {
  const random = createRandom(mixSeeds(host.hostId, 'machine', machine))
  const name = machineName(random, machine)
  const group = `/subscriptions/${host.subscriptionId}/resourceGroups/${random.pick(['rg-workload', 'RG-Workload', host.resourceGroup])}`
  const compute = `${group}/providers/Microsoft.Compute`
  const targetIpAddress = `10.${random.below(250)}.${random.below(250)}.${4 + random.below(250)}`
  return random.chance(0.1)
    ? {
        resourceType: 'VMSS',
        targetHostName: `${name}_${random.below(20)}`,
        targetIpAddress,
        targetResourceId: `${compute}/virtualMachineScaleSets/${name}/virtualMachines/${random.below(20)}`,
      }
    : {
        resourceType: 'VM',
        targetHostName: name,
        targetIpAddress,
        targetResourceId: `${compute}/virtualMachines/${name}`,
      }
}

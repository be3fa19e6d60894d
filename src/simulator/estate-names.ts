/**
 * Names for a seeded estate: what a company calls its subscriptions, regions, people and machines.
 */

import type { Random } from './random.ts'

/** Azure regions, with the hour that the people there are ahead of UTC. */
export const REGIONS: readonly { location: string; label: string; utcOffsetHours: number }[] = [
  { location: 'westeurope', label: 'West Europe', utcOffsetHours: 1 },
  { location: 'northeurope', label: 'North Europe', utcOffsetHours: 0 },
  { location: 'uksouth', label: 'UK South', utcOffsetHours: 0 },
  { location: 'germanywestcentral', label: 'Germany West Central', utcOffsetHours: 1 },
  { location: 'swedencentral', label: 'Sweden Central', utcOffsetHours: 1 },
  { location: 'eastus2', label: 'East US 2', utcOffsetHours: -5 },
  { location: 'centralus', label: 'Central US', utcOffsetHours: -6 },
  { location: 'westus3', label: 'West US 3', utcOffsetHours: -7 },
  { location: 'brazilsouth', label: 'Brazil South', utcOffsetHours: -3 },
  { location: 'centralindia', label: 'Central India', utcOffsetHours: 5 },
  { location: 'southeastasia', label: 'Southeast Asia', utcOffsetHours: 8 },
  { location: 'japaneast', label: 'Japan East', utcOffsetHours: 9 },
  { location: 'australiaeast', label: 'Australia East', utcOffsetHours: 10 },
]

const UNITS = [
  'Platform',
  'Retail',
  'Payments',
  'Logistics',
  'Manufacturing',
  'Data',
  'HR',
  'Finance',
  'Claims',
  'Trading',
  'Web',
  'SAP',
  'Research',
  'Corp',
] as const
const KINDS = ['Connectivity', 'Management', 'Identity', 'Landing Zone', 'Workloads', 'Shared']
const STAGES = ['Prod', 'PROD', 'Non-Prod', 'Dev', 'Test', 'UAT', 'Sandbox']

/** A subscription's name, such as `Retail Workloads Non-Prod 003`. */
export function subscriptionName(random: Random, position: number): string {
  const number = String(position + 1).padStart(3, '0')
  return `${random.pick(UNITS)} ${random.pick(KINDS)} ${random.pick(STAGES)} ${number}`
}

/** A resource group, in one of the spellings that portals, templates and people leave behind. */
export function resourceGroupName(random: Random, location: string): string {
  const unit = random.pick(UNITS).toLowerCase()
  const name = `rg-${unit}-bastion-${location}`
  return random.pick([name, name.toUpperCase(), `RG-${unit}-Network`, `${unit}_hub.network-rg`])
}

export function hostName(random: Random, position: number): string {
  const number = String(position + 1).padStart(3, '0')
  return `${random.pick(['bas', 'Bas', 'bastion', 'BASTION'])}-${random.pick(['hub', 'spoke', 'ops', 'dmz'])}-${number}`
}

const FIRST_NAMES =
  'ada boris chen dewi emil fatima greta hugo ines jonas kofi lena mateo nadia oscar priya quinn rosa sven tala'.split(
    ' ',
  )
const LAST_NAMES =
  'novak okafor lindqvist tanaka moreau silva keller haddad iyer schmidt rossi nguyen walsh kowalski berg castillo'.split(
    ' ',
  )

/** A user principal name; guests and service accounts are among them. */
export function userPrincipalName(random: Random): string {
  const name = `${random.pick(FIRST_NAMES)}.${random.pick(LAST_NAMES)}`
  const kind = random.next()
  if (kind < 0.06) return `${name}_partner.example#EXT#@contoso.onmicrosoft.com`
  if (kind < 0.12) return `svc-${random.pick(['patch', 'backup', 'deploy'])}@contoso.com`
  if (kind < 0.2) return `adm-${name}@contoso.com`
  return `${name}@contoso.com`
}

/** A machine's name, at most fifteen characters as Windows wants it. */
export function machineName(random: Random, position: number): string {
  const number = String(position + 1).padStart(2, '0')
  return `${random.pick(['vm', 'VM', 'srv', 'aks'])}-${random.pick(['web', 'sql', 'app', 'jump', 'dc', 'etl'])}-${number}`
}

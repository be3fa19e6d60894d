import { describe, expect, it } from 'vitest'

import {
  inScope,
  isSubscriptionId,
  unmatchedPatterns,
  wireSubscription,
  type Subscription,
} from '../../src/domain/subscription.ts'

const ID = '8a1b6f0e-0000-4000-8000-00000000c0de'

function named(name: string): Subscription {
  return { subscriptionId: ID, name, state: 'Enabled' }
}

describe('inScope', () => {
  it.each<[name: string, pattern: string]>([
    ['Contoso Prod', 'contoso prod'],
    ['contoso prod', 'CONTOSO PROD'],
    ['Contoso Prod', 'contoso*'],
    ['Contoso Prod', '*PROD'],
    ['Contoso Prod', '*'],
    ['Contoso Prod', 'c?ntoso prod'],
    ['prod-1', 'prod-[0-9]'],
    ['Überwachung', 'ü*'],
    // Names that Azure itself gives, and that are odd as globs.
    ['Pay-As-You-Go (Dev/Test)', 'pay-as-you-go (dev/test)'],
    ['Pay-As-You-Go (Dev/Test)', 'pay-as-you-go (*)'],
    ['Pay-As-You-Go (Dev/Test)', '*dev/*'],
    ['Pay-As-You-Go (Dev/Test)', 'pay*'],
    ['[core] Network', '[core] network'],
    ['[core] Network', '* network'],
    ['Prod {1}', 'prod {1}'],
    ['C++ | R&D $5 ^_^', 'c++ | r&d $5 ^_^'],
    ['C++ | R&D $5 ^_^', 'c++ *'],
    ['+(a)', '+(a)'],
    ['.hidden', '*'],
    ['.hidden', '.*'],
    ['!important', '!important'],
    ['!important', '!*'],
    ['#1', '#1'],
    ['back\\slash', 'back\\slash'],
  ])('matches %j by %j', (name, pattern) => {
    expect(inScope({ include: [pattern], exclude: [] }, named(name))).toBe(true)
    expect(inScope({ include: [], exclude: [pattern] }, named(name))).toBe(false)
  })

  it.each<[name: string, pattern: string]>([
    ['Contoso Prod', 'contoso'],
    ['Contoso Prod', 'prod*'],
    ['Contoso Prod', 'contoso?'],
    // An exclusion that is read as its opposite would exclude everything else.
    ['Contoso Prod', '!contoso*'],
    ['Contoso Prod', '!dev'],
    ['Contoso Prod', 'contoso pro(d)'],
    ['Contoso Prod', '+(contoso prod)'],
    ['Contoso Prod', `${ID}x`],
    ['Contoso Prod', ID.slice(0, 8)],
  ])('does not match %j by %j', (name, pattern) => {
    expect(inScope({ include: [pattern], exclude: [] }, named(name))).toBe(false)
    expect(inScope({ include: [], exclude: [pattern] }, named(name))).toBe(true)
  })

  it('matches an id in any case', () => {
    expect(inScope({ include: [ID.toUpperCase()], exclude: [] }, named('any'))).toBe(true)
    expect(inScope({ include: [], exclude: [ID.toUpperCase()] }, named('any'))).toBe(false)
  })

  it('takes everything where nothing is included', () => {
    expect(inScope({ include: [], exclude: [] }, named('any'))).toBe(true)
  })

  it('lets an exclusion win, whichever is the more exact', () => {
    expect(inScope({ include: ['prod-1'], exclude: ['prod-*'] }, named('prod-1'))).toBe(false)
    expect(inScope({ include: [ID], exclude: ['*'] }, named('prod-1'))).toBe(false)
    expect(inScope({ include: ['*'], exclude: [ID] }, named('prod-1'))).toBe(false)
    expect(inScope({ include: ['prod-1', 'dev'], exclude: ['test'] }, named('prod-1'))).toBe(true)
  })
})

describe('unmatchedPatterns', () => {
  it('names those that match nothing, as they were written', () => {
    const patterns = ['Prod*', 'Dve*', ID.toUpperCase(), 'dev']
    expect(unmatchedPatterns(patterns, [named('prod-1')])).toEqual(['Dve*', 'dev'])
  })
})

describe('isSubscriptionId', () => {
  it.each([
    [ID, true],
    [ID.toUpperCase(), true],
    ['prod-*', false],
    [`${ID}*`, false],
    ['', false],
  ])('of %j is %s', (text, expected) => {
    expect(isSubscriptionId(text)).toBe(expected)
  })
})

describe('wireSubscription', () => {
  it.each([
    [
      { displayName: 'Prod', state: 'Warned' },
      { name: 'Prod', state: 'Warned' },
    ],
    [{ displayName: ' ' }, { name: ID.toUpperCase(), state: 'Unknown' }],
    [
      { displayName: null, state: null },
      { name: ID.toUpperCase(), state: 'Unknown' },
    ],
  ])('reads %j', (rest, expected) => {
    const wire = { subscriptionId: ID.toUpperCase(), ...rest }
    expect(wireSubscription.parse(wire)).toEqual({ subscriptionId: ID, ...expected })
  })

  it('refuses one without an id', () => {
    expect(wireSubscription.safeParse({ displayName: 'Prod' }).success).toBe(false)
  })
})

import { readFile } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { fileSchemas } from '../../src/cli/rules/file-schemas.ts'

const { rules: rulesText, silences: silencesText, tests: testsText } = fileSchemas()

/** Whether the schema, read back as editors read it, takes the file. */
function takes(schema: string, yaml: string): boolean {
  return z.fromJSONSchema(JSON.parse(schema)).safeParse(parse(yaml)).success
}

/** The paths of properties that say nothing of themselves. */
function undescribed(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, part]: [string, unknown]) => {
    if (key !== 'properties') return undescribed(part, path)
    return Object.entries(z.record(z.string(), z.looseObject({})).parse(part)).flatMap(
      ([name, property]) => [
        ...('description' in property ? [] : [`${path}.${name}`]),
        ...undescribed(property, `${path}.${name}`),
      ],
    )
  })
}

const EXAMPLE = `rules:
  - name: out-of-hours
    enabled: true
    parameters: { time_zone: Europe/Berlin, working_hours_from: "07:00" }
  - name: rdp-to-domain-controller
    title: RDP to a domain controller
    severity: high
    description: Nobody should.
    tags: [T1021.001]
    sql: |
      SELECT 1
    labels: [host_id, session_id, first_seen_at]
    host: host_id
    for: 0s
    keep_firing_for: 0s
    repeat: 4h
    enabled: true
    inhibited_by: [{ rule: coverage-lost, equal: [host_id] }]
    parameters:
      machines: { type: list, value: [dc-01, dc-02], doc: Which they are. }
`

const SILENCES = `silences:
  - rule: long-session
    match: { user_name: svc-* }
    owner: ops
    reason: Patch night
    from: 2026-11-23T12:00:00Z
    until: 2026-11-23T18:00:00+01:00
exceptions:
`

describe('docs/*.schema.json', () => {
  it.each([
    ['rules', rulesText],
    ['silences', silencesText],
    ['rules-test', testsText],
  ])('%s is what the schema says; `npm run docs` writes it anew', async (name, text) => {
    const file = new URL(`../../docs/${name}.schema.json`, import.meta.url)
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it('describes every property', () => {
    expect(undescribed(JSON.parse(rulesText))).toEqual([])
    expect(undescribed(JSON.parse(silencesText))).toEqual([])
    expect(undescribed(JSON.parse(testsText))).toEqual([])
  })
})

describe('rulesFileSchema', () => {
  it('takes changes and rules', () => {
    expect(takes(rulesText, EXAMPLE)).toBe(true)
    expect(takes(rulesText, 'rules:')).toBe(true)
  })

  it.each([
    ['a rule that none is', 'name: out-of-hours', 'name: out-of-hour'],
    ['a key that none is', 'enabled: true', 'enabld: true'],
    ['a severity that none is', 'severity: high', 'severity: hihg'],
    ['a malformed id of ATT&CK', 'T1021.001', 'T1021.1'],
    ['a duration without its unit', 'repeat: 4h', 'repeat: 4'],
    ['a rule without labels', '    labels: [host_id, session_id, first_seen_at]\n', ''],
    ['a parameter that all rules have', 'machines: {', 'interval: {'],
  ])('refuses %s', (_, right, wrong) => {
    expect(EXAMPLE).toContain(right)
    expect(takes(rulesText, EXAMPLE.replace(right, wrong))).toBe(false)
  })
})

describe('silencesFileSchema', () => {
  it('takes silences and exceptions', () => {
    expect(takes(silencesText, SILENCES)).toBe(true)
  })

  it.each([
    ['one without an end', '    until: 2026-11-23T18:00:00+01:00\n', ''],
    ['a key that none is', 'owner:', 'ownr:'],
    ['a time that none is', '2026-11-23T18:00:00+01:00', 'tomorrow'],
  ])('refuses %s', (_, right, wrong) => {
    expect(SILENCES).toContain(right)
    expect(takes(silencesText, SILENCES.replace(right, wrong))).toBe(false)
  })
})

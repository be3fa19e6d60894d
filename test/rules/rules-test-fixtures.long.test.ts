import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { beforeAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { fileSchemas } from '../../src/cli/rules/file-schemas.ts'
import { run } from '../../src/cli/run.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import { readTestFile, type TestFile } from '../../src/rules-test/test-rules.ts'
import { fakeTerminal } from '../cli/fake-terminal.ts'
import { RULES } from './asking.ts'

// A ledger for each test, with real files and a real engine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 })

const FOLDER = join(import.meta.dirname, 'fixtures')
const NAMES = RULES.map(({ name }) => name)

let files: string[]
const read = new Map<string, TestFile>()
beforeAll(async () => {
  files = (await readdir(FOLDER)).toSorted()
  for (const file of files) read.set(file, await readTestFile(file, parseSettings({}), FOLDER))
})

/** For each test of a rule's file that asks the rule: what it expects of it to fire, over time. */
function firingOf(rule: string): number[][] {
  const tests = read.get(`${rule}.yaml`)?.tests ?? []
  return tests
    .filter(({ rules }) => rules.some(({ name }) => name === rule))
    .map(({ expectations }) =>
      expectations
        .flatMap(({ states }) => states.filter(({ state }) => state === 'firing'))
        .map(({ alerts }) => alerts.filter(({ written }) => written.rule === rule).length),
    )
}

function fires(counts: number[]): boolean {
  return counts.some((count) => count > 0)
}

describe('the rules that come with the product', () => {
  it('have a file of tests each', () => {
    expect(files).toEqual(NAMES.map((name) => `${name}.yaml`).toSorted())
  })

  it.each(NAMES)('%s has a test in which it fires, and one in which it does not', (rule) => {
    const tests = firingOf(rule)
    expect(tests.some(fires)).toBe(true)
    expect(tests.some((counts) => counts.length > 0 && !fires(counts))).toBe(true)
  })

  it('pass their tests', async () => {
    const terminal = fakeTerminal({ cwd: FOLDER })
    const code = await run(['rules', 'test', ...files], terminal)
    const passed = files.map((file) => {
      const count = read.get(file)?.tests.length
      return `${file}: ${count} tests passed\n`
    })
    expect({ out: terminal.out, err: terminal.err, code }).toEqual({
      out: passed.join(''),
      err: '',
      code: 0,
    })
  })
})

describe('docs/rules-test.schema.json', () => {
  const schema = z.fromJSONSchema(JSON.parse(fileSchemas().tests))
  const takes = (yaml: string) => schema.safeParse(parse(yaml)).success

  it('takes what the program takes', async () => {
    const examples = join(import.meta.dirname, '../../examples/rules.test.yaml')
    for (const file of [...files.map((name) => join(FOLDER, name)), examples]) {
      expect([file, takes(await readFile(file, 'utf8'))]).toEqual([file, true])
    }
  })

  it.each([
    ['a key that none is', 'summary:', 'sumary:'],
    ['an outcome that none is', 'skipped_unsupported', 'unsupported'],
    ['a time without its zone', '09:00:00Z', '09:00:00'],
    ['a test without expectations', 'expect:', 'expected:'],
  ])('refuses %s', async (_, right, wrong) => {
    const yaml = await readFile(join(FOLDER, 'coverage-lost.yaml'), 'utf8')
    expect(yaml).toContain(right)
    expect(takes(yaml.replace(right, wrong))).toBe(false)
  })
})

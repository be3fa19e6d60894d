import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { yamlOf } from '../../src/cli/rules/rule-values.ts'
import { run } from '../../src/cli/run.ts'
import { ALERT_SETTINGS } from '../../src/domain/alert-settings.ts'
import { parseRules } from '../../src/domain/rules-file.ts'
import type { Rule } from '../../src/domain/rule.ts'
import { parseSilences } from '../../src/domain/silences-file.ts'
import { evaluate } from '../../src/jobs/evaluate.ts'
import type { Post } from '../../src/notify/post.ts'
import { webhook } from '../../src/notify/webhook.ts'
import { shippedRules } from '../../src/rules/shipped.ts'
import { fakeTerminal } from '../cli/fake-terminal.ts'
import { noticeOf } from '../notify/notices.ts'
import { ask } from '../warehouse/temp-warehouse.ts'
import { INTERVAL_MS, type WatchedWarehouse } from '../watch/watched.ts'
import { morning } from './alerts-life.ts'
import { type Block, blocksOf, isShortened, tableUnder } from './alerts-page.ts'
import { asMarkdown } from './as-markdown.ts'
import { questionsOf, withAnswers } from '../../docs/question-page.ts'

const PAGE = new URL('../../docs/alerts.md', import.meta.url)
const page = await readFile(PAGE, 'utf8')
const blocks = blocksOf(page)
const shipped = shippedRules({ longSessionMs: 8 * 3_600_000 })

function block(name: string): Block {
  const found = blocks.find((one) => one.name === name)
  if (!found) throw new RangeError(`The page has no block "${name}"`)
  return found
}

describe('docs/alerts.md', () => {
  let warehouse: WatchedWarehouse
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ledger-page-'))
    warehouse = await morning()
  }, 60_000)
  afterAll(async () => {
    await warehouse[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it('prints the answers; `npx vitest run test/docs/alerts.test.ts -u` prints them anew', async () => {
    const questions = questionsOf(page)
    expect(questions).toHaveLength(3)
    const printed: string[] = []
    for (const { sql, parameters } of questions) {
      const { columns, rows } = await ask(warehouse, sql, parameters)
      expect(rows).not.toEqual([])
      printed.push(await asMarkdown({ columns, rows }))
    }
    await expect(withAnswers(page, printed)).toMatchFileSnapshot(PAGE.pathname)
  })

  it('shows payloads as they are sent, shortened only where it says so', async () => {
    const shown = blocks.filter(({ language }) => language === 'json')
    expect(shown).toHaveLength(7)
    for (const { name, text } of shown) {
      const [, golden] = /^golden: (\S+)$/.exec(name ?? '') ?? []
      const file = new URL(`../notify/golden/${golden}.json`, import.meta.url)
      expect({ golden, is: isShortened(text, await readFile(file, 'utf8')) }).toEqual({
        golden,
        is: true,
      })
    }
  })

  it('has files of rules and silences that are taken, and rules that can be asked', async () => {
    const own: Rule[] = []
    let silences = 0
    for (const { name, text } of blocks.filter(({ language }) => language === 'yaml')) {
      const data: unknown = parse(text)
      if (name === 'rules.test.yaml') continue
      if (text.startsWith('silences:')) {
        const read = parseSilences(data)
        silences += read.silences.length + read.exceptions.length
        continue
      }
      const listed = parseRules(data, shipped)
      own.push(...listed.filter(({ from }) => from === 'own').map(({ rule }) => rule))
    }
    expect(silences).toBe(2)
    expect(own).toHaveLength(2)
    const options = { intervalMs: INTERVAL_MS, latestAt: null, exceptions: [] }
    const { failed, findings } = await evaluate(warehouse.edges, own, [], options)
    expect(failed).toEqual([])
    expect(findings.size).toBe(2)
  })

  it('names the rules that come with the program as they are', () => {
    const rows = tableUnder(page, 'Rules that come with it')
    expect(
      rows.map(([name, severity, state, , parameters]) => [name, severity, state, parameters]),
    ).toEqual(
      shipped.map(({ name, severity, enabled, parameters }) => [
        `\`${name}\``,
        severity,
        enabled ? 'on' : 'off',
        Object.entries(parameters)
          .map(([key, parameter]) => `\`${key}: ${yamlOf(parameter)}\``)
          .join(', '),
      ]),
    )
  })

  it('names every setting of a destination, and links to what is there', async () => {
    const names = Object.values(ALERT_SETTINGS).map(({ env }) => env)
    expect(names.filter((name) => name.includes('NOTIFY') && !page.includes(name))).toEqual([])
    const links = [...page.matchAll(/\]\((?!http)([^)#]*)(?:#([^)]+))?\)/g)]
    expect(links.length).toBeGreaterThan(20)
    for (const [link, file = '', anchor = ''] of links) {
      const there = file === '' ? page : await readFile(new URL(file, PAGE), 'utf8')
      const anchors = Array.from(there.matchAll(/^#+ (.*)$/gm), ([, title = '']) => anchorOf(title))
      expect({ link, isThere: ['', ...anchors].includes(anchor) }).toEqual({ link, isThere: true })
    }
  })

  it('has a test of its rule, which comes out as it says', { timeout: 60_000 }, async () => {
    for (const name of ['rules.yaml', 'rules.test.yaml']) {
      await writeFile(join(folder, name), block(name).text)
    }
    const terminal = fakeTerminal({ cwd: folder })
    const code = await run(['rules', 'test', 'rules.test.yaml'], terminal)
    expect(terminal.err).toBe('')
    expect(terminal.out).toBe(block('output').text)
    expect(code).toBe(0)
  })

  it('checks the signature of a webhook', async () => {
    const file = join(folder, 'verify.mjs')
    await writeFile(file, block('verify.js').text)
    const { isGenuine } = await import(file)
    const key = Buffer.alloc(32, 7).toString('base64')
    const secret = `whsec_${key}`
    const sent: { headers: Readonly<Record<string, string>>; body: string }[] = []
    const post = async (_: string, { headers = {}, body }: Parameters<Post>[1]) => {
      sent.push({ headers, body })
      return { outcome: 'delivered' } as const
    }
    const { signal } = new AbortController()
    await webhook('https://hooks.example/x', key, post).send(noticeOf(), signal)
    await webhook('https://hooks.example/x', null, post).send(noticeOf(), signal)
    const [signed, unsigned] = sent
    if (!signed || !unsigned) throw new RangeError('Nothing was sent')
    const { headers, body } = signed
    expect(isGenuine(headers, body, secret)).toBe(true)
    expect(isGenuine(headers, `${body} `, secret)).toBe(false)
    expect(isGenuine(headers, body, `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe(false)
    expect(isGenuine({ ...headers, 'webhook-id': 'another' }, body, secret)).toBe(false)
    expect(isGenuine(unsigned.headers, body, secret)).toBe(false)
    const late = String(Number(headers['webhook-timestamp']) - 400)
    expect(isGenuine({ ...headers, 'webhook-timestamp': late }, body, secret)).toBe(false)
  })
})

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-')
}

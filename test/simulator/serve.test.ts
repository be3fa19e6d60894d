import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const script = fileURLToPath(new URL('../../src/simulator/serve.ts', import.meta.url))
const greeting = z.strictObject({
  endpoint: z.string().regex(/^https:\/\/127\.0\.0\.1:\d+$/),
  foreignEndpoint: z.string(),
  env: z.record(z.string(), z.string()),
  ca: z.string().startsWith('-----BEGIN CERTIFICATE-----'),
  estate: z.strictObject({ subscriptions: z.number(), hosts: z.number() }),
})

async function serve(options: object) {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async () => {
    const line: unknown = JSON.parse(String((await lines.next()).value))
    return line
  }
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => code ?? signal)
  return {
    child,
    hello: greeting.parse(await read()),
    ended,
    say: (command: string) => {
      child.stdin.write(`${command}\n`)
      return read()
    },
  }
}

describe('serve', () => {
  it('says where it is, takes commands, and ends with its input', async () => {
    const { child, hello, ended, say } = await serve({ estate: { hosts: 7, subscriptions: 2 } })
    expect(hello.estate).toEqual({ subscriptions: 2, hosts: 7 })
    expect(Object.keys(hello.env)).toEqual([
      'LEDGER_ARM_ENDPOINT',
      'LEDGER_ARM_SCOPE',
      'IDENTITY_ENDPOINT',
      'IDENTITY_HEADER',
    ])
    expect(await say('fault {"entry":"503 twice","chance":0.5}')).toEqual({ added: 1 })
    expect(await say('counters')).toMatchObject({ total: 0, early: 0 })
    expect(await say('what')).toMatchObject({ error: expect.any(String) })
    expect(await say('fault {"entry":"no such"}')).toMatchObject({ error: expect.any(String) })
    child.stdin.end()
    expect(await ended).toBe(0)
  })

  it('ends on SIGTERM', async () => {
    const { child, ended } = await serve({ clock: { speed: 60 }, throttle: {} })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})

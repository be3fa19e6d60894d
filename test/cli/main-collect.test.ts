import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')

let simulator: Simulator
let folder: string
let runs = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-collect-'))
  simulator = await startSimulator()
  await writeFile(join(folder, 'ca.pem'), simulator.ca)
})

afterEach(() => simulator.faults.clear())

afterAll(async () => {
  await simulator[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** Starts `collect` as a shell would, with a warehouse of its own. */
function start(argv: string[], env: Record<string, string>) {
  const warehouse = join(folder, `warehouse-${runs++}`)
  const child = spawn(process.execPath, [MAIN, 'collect', '--warehouse', warehouse, ...argv], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      ...env,
    },
  })
  return Object.assign(child, { ended: once(child, 'close'), warehouse })
}

async function collect(argv: string[] = [], env: Record<string, string> = simulator.env) {
  const child = start(argv, env)
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.ended,
  ])
  return { code: Number(code), out, err, warehouse: child.warehouse }
}

describe('the program, asking', () => {
  it('ends although an identity endpoint never answers', async () => {
    simulator.identity.mode = 'hang'
    try {
      const { code, err } = await collect(['--request-timeout', '1s'])
      expect(code).toBe(5)
      expect(err).toContain('Cannot list the subscriptions')
    } finally {
      simulator.identity.mode = 'ok'
    }
  })

  it('ends with 0 when every host answered', async () => {
    const { code, out, err } = await collect()
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      run: { outcome: 'ok' },
      subscriptions: { expected: 5, ok: 5 },
      hosts: { expected: 20, ok: 20, failed: 0, skipped: 0, by_outcome: { ok: 20 } },
    })
    expect(err).toContain('20 of 20 hosts answered')
  })

  it('ends with 3 when some did not, and prints its document', async () => {
    simulator.faults.add({ request: 'sessions', times: 1, answer: { kind: 'error', status: 404 } })
    const { code, out, err } = await collect()
    expect(code).toBe(3)
    expect(JSON.parse(out)).toMatchObject({ hosts: { ok: 19, failed: 1 } })
    expect(err).toMatch(/ 1 not_found +\S+: /)
  })

  it('ends with 4 when it may read nothing, and says what to grant', async () => {
    simulator.faults.add({ request: 'sessions', answer: { kind: 'error', status: 403 } })
    const { code, err } = await collect()
    expect(code).toBe(4)
    expect(err).toContain('Microsoft.Network/bastionHosts/getActiveSessions/action')
    expect(err).toMatch(/az role assignment create .* --scope \/subscriptions\/[0-9a-f-]{36}\n/)
  })

  it('ends with 4 when nobody is signed in, and writes nothing', async () => {
    const { LEDGER_ARM_ENDPOINT = '', LEDGER_ARM_SCOPE = '' } = simulator.env
    const { code, out, err, warehouse } = await collect([], {
      LEDGER_ARM_ENDPOINT,
      LEDGER_ARM_SCOPE,
    })
    expect({ code, out }).toEqual({ code: 4, out: '' })
    expect(err).toContain('az login')
    await expect(readdir(warehouse)).rejects.toThrow('ENOENT')
  })

  it('ends with 5 when Azure cannot be reached', async () => {
    await simulator.disconnect()
    const { code, out } = await collect(['--max-retries', '0'])
    await simulator.connect()
    expect(code).toBe(5)
    expect(JSON.parse(out)).toMatchObject({ run: { outcome: 'failed' }, hosts: { expected: 0 } })
  })

  it('ends with 130 at Ctrl-C, with what was answered stored and printed', async () => {
    const hanging = simulator.faults.add({
      request: 'sessions',
      host: simulator.estate.hosts[0]?.armId ?? '',
      delivery: { breaks: 'hang-before-headers' },
    })
    const child = start([], simulator.env)
    const reading = Promise.all([text(child.stdout), text(child.stderr), child.ended])
    await expect.poll(() => hanging.met, { timeout: 10_000 }).toBe(1)
    child.kill('SIGINT')
    const [out, err, [code]] = await reading
    expect(code).toBe(130)
    expect(err).toContain('Interrupted: storing what was answered')
    const document = JSON.parse(out)
    expect(document.hosts.ok + document.hosts.skipped).toBe(20)
    expect(document.hosts.by_outcome.skipped_deadline).toBeGreaterThan(0)
  }, 30_000)
})

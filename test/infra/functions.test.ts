import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { SHARD_QUEUE } from '../../src/functions/shard-queue.ts'
import { watchedLine } from '../../src/functions/watched-line.ts'
import type { Watched } from '../../src/jobs/watch.ts'
import { readDeployment, resourcesOf } from './bicep-text.ts'

/** A watch that found nothing. */
const NOTHING: Watched = {
  at: new Date(0),
  alerts: [],
  changed: [],
  warnings: [],
  failed: [],
  unread: 0,
  asked: 0,
  notices: [],
  waiting: 0,
  left: false,
}

const ROOT = join(import.meta.dirname, '../..')
const files = readDeployment()
const textOf = (path: string) => files.get(path) ?? ''
const hasFunction = (name: string) => existsSync(join(ROOT, 'functions', `${name}.ts`))
const host: unknown = JSON.parse(readFileSync(join(ROOT, 'host.json'), 'utf8'))

describe('what the deployment says of the functions', () => {
  it('names their queue', () => {
    expect(textOf('infra/main.bicep')).toContain(`var queueName = '${SHARD_QUEUE.queueName}'`)
  })

  it('gives the connection that the queue is reached by, for each service that the host uses', () => {
    const settings = textOf('infra/modules/app.bicep')
    for (const part of ['credential', 'clientId', 'blobServiceUri', 'queueServiceUri']) {
      expect(settings).toContain(`${SHARD_QUEUE.connection}__${part}: `)
    }
  })

  it('watches functions that are there', () => {
    const names = [...textOf('infra/modules/alerts.bicep').matchAll(/Name == \\'([\w-]+)\\'/g)]
    const [always, ...later] = names.map(([, name]) => name ?? '')
    expect(always).toBe('collect')
    expect(hasFunction('collect')).toBe(true)
    // An alert on a function that is missing would never end; without one, nobody would miss it.
    expect(later).toEqual(['maintain', 'watch'])
    for (const [name, watches] of [
      ['maintain', 'watchCompaction'],
      ['watch', 'watchRules'],
    ] as const) {
      expect(textOf('infra/main.bicep')).toContain(
        `param ${watches} bool = ${String(hasFunction(name))}\n`,
      )
    }
  })

  it('counts the notices that were lost by what the log says of them', () => {
    const line = watchedLine('watch', NOTHING, { interrupted: false, duration_ms: 1 })
    const query = textOf('infra/modules/alerts.bicep')
    expect(query).toContain(`"event":"${line.event}"`)
    const counted = [...query.matchAll(/Notices\.(\w+)/g)].map(([, name]) => name)
    expect(counted).toEqual(['rejected', 'given_up'])
    expect(Object.keys(Object(line['notices']))).toEqual(expect.arrayContaining(counted))
  })

  it('counts requests, of which no sample is taken', () => {
    expect(textOf('infra/modules/alerts.bicep')).toContain('AppRequests')
    expect(host).toMatchObject({
      logging: { applicationInsights: { samplingSettings: { excludedTypes: 'Request' } } },
    })
  })

  it('leaves health open, at its address', () => {
    const [signIn] = resourcesOf(files, 'Microsoft.Web/sites/config').filter(({ body }) =>
      body.includes("'authsettingsV2'"),
    )
    expect(signIn?.body).toContain("excludedPaths: ['/api/health']")
    expect(readFileSync(join(ROOT, 'functions/health.ts'), 'utf8')).toContain("route: 'health'")
    expect(JSON.stringify(host)).not.toContain('routePrefix')
  })

  it('is found by azd, and packed with its packages', () => {
    expect(textOf('infra/modules/app.bicep')).toContain("'azd-service-name': 'functions'")
    expect(textOf('azure.yaml')).toMatch(/^services:\n {2}functions:/m)
    expect(textOf('azure.yaml')).toContain('dist: dist/app\n    remoteBuild: false\n')
    const ignored = readFileSync(join(ROOT, '.funcignore'), 'utf8').replaceAll(/^#.*$/gm, '')
    expect(ignored).not.toContain('node_modules')
  })
})

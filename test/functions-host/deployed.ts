/**
 * The built app as it runs in Azure: its settings in the environment, Azurite for its storage, and
 * the simulator behind its identity.
 */

import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { connect, type Connection } from '../../src/connect.ts'
import { parseSettings } from '../../src/domain/parse-settings.ts'
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/simulator.ts'
import { startAzurite, type Azurite } from '../azurite.ts'
import { ask, tempFolder, type Answered } from '../warehouse/temp-warehouse.ts'
import { buildApp } from './built-app.ts'
import { startHost, type FunctionsHost } from './host.ts'
import { openQueues, type Queues } from './queues.ts'

/** An app that is deployed once, for the tests of one file. */
export interface Deployed extends AsyncDisposable {
  host: FunctionsHost
  /** Gives it an Azure and an empty warehouse, until disposed. */
  settle(options?: SettleOptions): Promise<Settled>
}

export interface SettleOptions extends SimulatorOptions {
  /** App settings. */
  settings?: Record<string, string>
  /** PEM of a certificate that it trusts in place of the simulator's, which has the same subject. */
  ca?: string
}

export interface Settled extends AsyncDisposable {
  simulator: Simulator
  connection: Connection
  /** Where the warehouse is. */
  warehouse: string
  /** A folder for everything of this machine. */
  folder: string
  /** The environment of another instance. */
  env: Record<string, string>
  /** Lines of the log since the app was settled, each parsed. */
  lines(): Record<string, unknown>[]
  ask(sql: string): Promise<Answered['rows']>
}

/** A slot of a day: a test that runs in it meets no other. */
const SETTINGS = {
  LEDGER_SCHEDULE: '0 0 0 * * *',
  LEDGER_INTERVAL: '24h',
  LEDGER_WATCH_SCHEDULE: '0 * * * * *',
  LEDGER_CONCURRENCY: '16',
  LEDGER_REQUEST_TIMEOUT: '2s',
  LEDGER_HOST_TIMEOUT: '10s',
  LEDGER_MAX_RETRIES: '1',
  LEDGER_MAX_RETRY_AFTER: '5s',
  LEDGER_RUN_DEADLINE: '60s',
}

/** Builds and starts the app. */
export async function deploy(): Promise<Deployed> {
  await using opened = new AsyncDisposableStack()
  const app = opened.use(await buildApp())
  const host = opened.use(await startHost(app.folder))
  const running = opened.move()
  return {
    host,
    settle: (options = {}) => settle(host, options),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The same, with Azure Storage: its queues, and a container for each warehouse. */
export async function deployWithStorage(): Promise<
  Deployed & { queues: Queues; azurite: Azurite }
> {
  await using opened = new AsyncDisposableStack()
  const azurite = opened.use(await startAzurite())
  const deployed = opened.use(await deploy())
  const running = opened.move()
  return {
    ...deployed,
    azurite,
    queues: openQueues(azurite.connectionString),
    settle: (options = {}) => settle(deployed.host, options, azurite),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function settle(
  host: FunctionsHost,
  { settings: given = {}, ca, ...simulated }: SettleOptions,
  azurite?: Azurite,
): Promise<Settled> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await tempFolder())
  const simulator = opened.use(await startSimulator(simulated))
  const warehouse = azurite ? await azurite.createContainer() : join(folder.root, 'warehouse')
  const env = {
    ...SETTINGS,
    ...simulator.env,
    LEDGER_WAREHOUSE: warehouse,
    LEDGER_SCRATCH: join(folder.root, 'scratch'),
    ...(azurite && {
      AzureWebJobsStorage: azurite.connectionString,
      LEDGER_STORAGE_CONNECTION_STRING: azurite.connectionString,
    }),
    ...given,
  }
  const before = { ...process.env }
  Object.assign(process.env, env)
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, ca ?? simulator.ca])
  opened.defer(() => {
    setDefaultCACertificates(trusted)
    for (const name of Object.keys(env)) {
      const value = before[name]
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
  })
  const connection = opened.use(connect(parseSettings(process.env)))
  const from = host.logs.length
  const running = opened.move()
  return {
    simulator,
    connection,
    warehouse,
    folder: folder.root,
    env,
    lines: () =>
      host.logs
        .slice(from)
        .filter(({ level }) => level !== 'exception')
        .map(({ level, message }) => ({ level, ...JSON.parse(message) })),
    ask: async (sql) => (await ask(connection, sql)).rows,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

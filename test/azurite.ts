/**
 * Azurite: Microsoft's emulator of Azure Storage, in a process of its own on free ports. What it
 * keeps is in its memory, and gone with it.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { BlobServiceClient } from '@azure/storage-blob'

// Published by Microsoft, and the same in every Azurite: no secret.
// @see https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key
const ACCOUNT = 'devstoreaccount1'
const KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

export interface Azurite extends AsyncDisposable {
  connectionString: string
  /** `http://127.0.0.1:PORT` of the blobs. */
  blobOrigin: string
  /** The URL of the account's queues. */
  queueUrl: string
  /** The URL of a container, whether or not it is there. */
  blobUrl(container: string): string
  /** Makes a container of a name that was not used yet, and answers its URL. */
  createContainer(): Promise<string>
}

/** Starts Azurite; ready when it answers. */
export async function startAzurite(): Promise<Azurite> {
  // Some of its versions write a file where they are started.
  const folder = await mkdtemp(join(tmpdir(), 'azurite-'))
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js')
  const ports = ['blob', 'queue', 'table'].flatMap((service) => [`--${service}Port`, '0'])
  const flags = ['--silent', '--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck']
  const child = spawn(process.execPath, [main, ...flags, ...ports], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const closed = once(child, 'close')
  const [blobOrigin, queueOrigin] = await origins(child.stdout, child.stderr)

  const connectionString = [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${KEY}`,
    `BlobEndpoint=${blobOrigin}/${ACCOUNT}`,
    `QueueEndpoint=${queueOrigin}/${ACCOUNT}`,
  ].join(';')
  let containers = 0
  const blobUrl = (container: string) => `${blobOrigin}/${ACCOUNT}/${container}`
  return {
    connectionString,
    blobOrigin,
    queueUrl: `${queueOrigin}/${ACCOUNT}`,
    blobUrl,
    async createContainer() {
      containers += 1
      const name = `ledger-${containers}`
      await BlobServiceClient.fromConnectionString(connectionString).createContainer(name)
      return blobUrl(name)
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', kill)
      child.kill('SIGKILL')
      await closed
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Where blobs and queues are served, as Azurite says it on its standard output. */
async function origins(
  stdout: NodeJS.ReadableStream,
  stderr: NodeJS.ReadableStream,
): Promise<[blob: string, queue: string]> {
  const found = new Map<string, string>()
  let words = ''
  stderr.on('data', (chunk) => (words += String(chunk)))
  for await (const line of createInterface({ input: stdout })) {
    words += `${line}\n`
    const [, service, origin] =
      /Azurite (\w+) service is successfully listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(line) ??
      []
    if (service && origin) found.set(service, origin)
    const [blob, queue] = [found.get('Blob'), found.get('Queue')]
    // The last to start.
    if (blob && queue && found.has('Table')) {
      stdout.resume()
      return [blob, queue]
    }
  }
  throw new Error(`Azurite did not start:\n${words}`)
}

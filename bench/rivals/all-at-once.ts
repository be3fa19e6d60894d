/**
 * The same calls with `Promise.all`: every subscription, and then every host, at the same time.
 */

import { createClient, createNotes, readSessions, readSubscriptions } from './sdk.ts'

const subscriptions = await readSubscriptions()
const notes = createNotes()
await Promise.all(
  subscriptions.map(async (subscriptionId) => {
    const client = createClient(subscriptionId)
    try {
      const hosts = await Array.fromAsync(client.bastionHosts.list())
      await Promise.all(
        hosts.map(async (host) => {
          try {
            notes.read(host, await readSessions(client, host))
          } catch (error) {
            notes.caught(error)
          }
        }),
      )
    } catch (error) {
      notes.caught(error)
    }
  }),
)
notes.print()

/**
 * A loop over the SDK's documented calls: one subscription after another, one host after another.
 */

import { createClient, createNotes, readSessions, readSubscriptions } from './sdk.ts'

const subscriptions = await readSubscriptions()
const notes = createNotes()
for (const subscriptionId of subscriptions) {
  const client = createClient(subscriptionId)
  try {
    for await (const host of client.bastionHosts.list()) {
      try {
        notes.read(host, await readSessions(client, host))
      } catch (error) {
        notes.caught(error)
      }
    }
  } catch (error) {
    notes.caught(error)
  }
}
notes.print()

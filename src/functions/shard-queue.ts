/**
 * The queue of shards. A message that failed five times is moved to the queue of the same name with
 * `-poison`, by the host.
 *
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger#poison-messages
 */

const queueName = 'collect-shard'
/** Prefix of the app settings that say where the app's own storage is. */
const connection = 'AzureWebJobsStorage'

export const SHARD_QUEUE = { queueName, connection }
export const POISON_QUEUE = { queueName: `${queueName}-poison`, connection }

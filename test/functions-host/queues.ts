/**
 * The Storage queue trigger and its output binding, as the Functions host works them: base64, a
 * message hidden while its function runs, five tries, then the poison queue.
 *
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue
 */

import { QueueServiceClient, type QueueClient } from '@azure/storage-queue'

import type { Answer, FunctionsHost } from './host.ts'

const TRIES = 5

export interface Queues {
  /** Puts what a function wrote to its queue binding. @returns The messages' texts. */
  put(host: FunctionsHost, name: string, answer: Answer): Promise<string[]>
  /** Puts one message more. */
  send(queueName: string, text: string): Promise<void>
  /** Takes every message away, and answers their texts. */
  take(queueName: string): Promise<string[]>
  /**
   * Invokes a function with every message of its queue, again and again until none is left; so many
   * at the same time as there are.
   *
   * @returns How many invocations there were, and how many failed.
   */
  deliver(host: FunctionsHost, name: string): Promise<{ invoked: number; failed: number }>
}

export function openQueues(connectionString: string): Queues {
  const service = QueueServiceClient.fromConnectionString(connectionString)
  const queueOf = async (name: string) => {
    const queue = service.getQueueClient(name)
    await queue.createIfNotExists()
    return queue
  }
  const send = async (queueName: string, text: string) => {
    const encoded = Buffer.from(text).toString('base64')
    await (await queueOf(queueName)).sendMessage(encoded)
  }
  return {
    send,
    async put(host, name, { outputs }) {
      const [queueName] = queueNames(host, name, 'out')
      const written = outputs['queue']
      if (written === undefined || queueName === undefined) return []
      const messages: unknown[] = Array.isArray(written) ? written : [written]
      const texts = messages.map((message) =>
        typeof message === 'string' ? message : JSON.stringify(message),
      )
      for (const text of texts) await send(queueName, text)
      return texts
    },
    async take(queueName) {
      const queue = await queueOf(queueName)
      const messages = await receiveAll(queue)
      await queue.clearMessages()
      return messages.map(({ text }) => text)
    },
    async deliver(host, name) {
      const [queueName = ''] = queueNames(host, name, 'in')
      const queue = await queueOf(queueName)
      const total = { invoked: 0, failed: 0 }
      for (;;) {
        const messages = await receiveAll(queue)
        if (messages.length === 0) return total
        await Promise.all(
          messages.map(async (message) => {
            total.invoked += 1
            if (await invoke(host, name, message)) return queue.deleteMessage(...message.handle)
            total.failed += 1
            if (message.tries < TRIES) return queue.updateMessage(...message.handle, undefined, 0)
            await send(`${queueName}-poison`, message.text)
            return queue.deleteMessage(...message.handle)
          }),
        )
      }
    },
  }
}

interface Message {
  text: string
  tries: number
  handle: [id: string, popReceipt: string]
}

async function receiveAll(queue: QueueClient): Promise<Message[]> {
  const messages: Message[] = []
  for (;;) {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: 32,
      visibilityTimeout: 600,
    })
    if (receivedMessageItems.length === 0) return messages
    for (const { messageId, popReceipt, messageText, dequeueCount } of receivedMessageItems) {
      messages.push({
        text: Buffer.from(messageText, 'base64').toString(),
        tries: dequeueCount,
        handle: [messageId, popReceipt],
      })
    }
  }
}

/** Whether the invocation succeeded. */
async function invoke(
  host: FunctionsHost,
  name: string,
  { text, tries }: Message,
): Promise<boolean> {
  const trigger = { data: { string: text }, metadata: { DequeueCount: { json: String(tries) } } }
  return host.invoke(name, trigger).then(
    () => true,
    () => false,
  )
}

function queueNames(host: FunctionsHost, name: string, direction: 'in' | 'out'): string[] {
  const bindings = Object.values(host.functions.get(name)?.bindings ?? {})
  return bindings
    .filter((binding) => binding.direction === direction && 'queueName' in binding)
    .map((binding) => String(binding['queueName']))
}

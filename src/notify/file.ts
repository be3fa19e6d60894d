/**
 * A file of notices, or stdout: each is a line of JSON, in Alertmanager's form.
 */

import { open } from 'node:fs/promises'
import type { Writable } from 'node:stream'

import { messageOf } from '../domain/errors.ts'
import { fileError } from '../domain/file-error.ts'
import type { Notice, Notifier } from '../domain/notice.ts'
import { alertmanagerBody } from './alertmanager.ts'

/**
 * No disk has such a limit, but what reads lines does.
 *
 * @see https://www.elastic.co/docs/reference/beats/filebeat/filebeat-input-filestream 10 MiB a message
 */
export const LINE_MOST_BYTES = 10 * 1024 ** 2

/** Makes the line, with its end. */
export function fileLine(notice: Notice): string {
  return `${JSON.stringify(alertmanagerBody(notice, LINE_MOST_BYTES - 1))}\n`
}

/** @param path `-` for stdout. */
export function file(path: string, stdout: Writable): Notifier {
  return {
    name: 'file',
    async send(notice, signal) {
      signal.throwIfAborted()
      const line = fileLine(notice)
      try {
        await unlessAborted(path === '-' ? write(stdout, line) : append(path, line), signal)
        return { outcome: 'delivered' }
      } catch (error) {
        signal.throwIfAborted()
        const why = messageOf(path === '-' ? error : fileError('write', path, error))
        return { outcome: 'failed', why, retryAfterMs: null, unreachable: true }
      }
    },
  }
}

async function append(path: string, line: string): Promise<void> {
  await using opened = await open(path, 'a+')
  const { size } = await opened.stat()
  // A write that was cut short, as on a full disk, leaves half a line: the next begins a new one.
  const last = size === 0 ? 0 : (await opened.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0]
  await opened.appendFile(size === 0 || last === 0x0a ? line : `\n${line}`)
  await opened.datasync()
}

function write(stdout: Writable, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Some report a closed pipe only by the event, which nobody else may listen to.
    stdout.once('error', reject)
    stdout.write(line, (error) => {
      // After an error the event comes, too.
      if (error) {
        reject(error)
        return
      }
      stdout.off('error', reject)
      resolve()
    })
  })
}

function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    // Writing may have aborted it.
    if (signal.aborted) abort()
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

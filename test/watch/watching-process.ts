/**
 * Watching in a process of its own, which can be killed at any moment and is started again.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('watching-child.ts', import.meta.url))

/** When it is killed, unless it has ended before. */
export type Kill =
  | { afterMs: number }
  /** At the n-th of the places where a crash would be worst (watching-child.ts). */
  | { point: number }

export interface WatchingProcess extends AsyncDisposable {
  /** @returns Whether it ended. */
  watchAt(at: string, kill?: Kill): Promise<boolean>
}

/** Nothing is started before it is asked to watch. */
export function watchingProcess(
  root: string,
  receiver: { url: string; ca: string },
): WatchingProcess {
  let child: ChildProcess | null = null

  const started = async (): Promise<ChildProcess> => {
    if (child) return child
    const one = spawn(process.execPath, [CHILD, root, receiver.url, receiver.ca], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    await once(one, 'message')
    child = one
    return one
  }

  return {
    async watchAt(at, kill) {
      const one = await started()
      let isSettled = false
      const done = once(one, 'message').then(() => (isSettled = true))
      const died = once(one, 'close').then(() => false)
      one.send({ at, dieAt: kill && 'point' in kill ? kill.point : null })
      if (kill && 'afterMs' in kill) {
        await Promise.race([done, wait(kill.afterMs)])
        if (!isSettled) one.kill('SIGKILL')
      }
      const isDone = await Promise.race([done, died])
      if (!isDone) child = null
      return isDone
    },
    async [Symbol.asyncDispose]() {
      if (!child) return
      const ended = once(child, 'close')
      child.kill('SIGKILL')
      await ended
    },
  }
}

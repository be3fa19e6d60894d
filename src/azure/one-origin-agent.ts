/**
 * The agent: the sockets to one origin, some of which are opened ahead of their requests.
 *
 * The first answers of a run took half as long again as later ones, since each socket was opened when
 * its first request needed it, and all of them at once.
 */

import { Agent, type AgentOptions } from 'node:https'
import { TLSSocket } from 'node:tls'

type Connect = Agent['createConnection']

const NAME = 'the same origin'
/** Handshakes under way: more would hold up the requests that are sent meanwhile. */
const AT_ONCE = 8

interface OneOriginOptions extends AgentOptions {
  maxSockets: number
  /** How long a socket waits to be open, and then for a request (default 10,000). */
  waitMs?: number
}

export class OneOriginAgent extends Agent {
  /** Sockets that no request has taken yet. */
  readonly #ahead = new Set<TLSSocket>()
  readonly #waitMs: number
  #opening = 0
  #wanted = 0
  /** Of a socket that a request opened; null before the first. */
  #options: Parameters<Connect>[0] | null = null

  constructor({ waitMs = 10_000, ...options }: OneOriginOptions) {
    super({ ...options, keepAlive: true, maxFreeSockets: options.maxSockets })
    this.#waitMs = waitMs
  }

  /**
   * Opens sockets, some at a time, until there are enough for so many requests. A request that finds
   * none opens its own, and hears why that fails.
   *
   * Does nothing where no request has been sent yet: that says how.
   */
  openAhead(requests: number): void {
    this.#wanted = Math.min(requests, this.maxSockets)
    this.#openMore()
  }

  override createConnection(...[options, callback]: Parameters<Connect>): ReturnType<Connect> {
    const { headers: _, ...connection } = options
    this.#options ??= connection
    for (const socket of this.#ahead) {
      this.#ahead.delete(socket)
      // What is there to be read is no answer to a request that is still to be sent: a farewell.
      if (socket.readableLength > 0) socket.destroy()
      if (socket.destroyed) continue
      // From here on a failure is its request's.
      return socket.off('error', ignore).setTimeout(0).ref()
    }
    return super.createConnection(options, callback)
  }

  /** Node tells sockets apart by a name that is made of all their options, three times a request. */
  override getName(): string {
    return NAME
  }

  override destroy(): void {
    this.#options = null
    super.destroy()
    for (const socket of this.#ahead) socket.destroy()
  }

  #openMore(): void {
    while (this.#options && this.#opening < AT_ONCE && this.#open() < this.#wanted) {
      const socket = super.createConnection(this.#options)
      if (!(socket instanceof TLSSocket)) return
      this.#opening += 1
      this.#ahead.add(socket)
      let opening = true
      const opened = () => {
        if (!opening) return
        opening = false
        this.#opening -= 1
        this.#openMore()
      }
      socket
        .unref()
        .on('error', ignore)
        .once('secureConnect', opened)
        .setTimeout(this.#waitMs, () => {
          if (this.#ahead.has(socket)) socket.destroy()
        })
        .once('close', () => {
          // Where one cannot be opened, others cannot be either.
          if (this.#ahead.delete(socket)) this.#wanted = 0
          opened()
        })
    }
  }

  #open(): number {
    const [used = [], free = []] = [this.sockets[NAME], this.freeSockets[NAME]]
    return this.#ahead.size + used.length + free.length
  }
}

function ignore(): void {}

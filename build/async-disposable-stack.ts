/**
 * `AsyncDisposableStack` for Node 22, which does not have it: as much of it as this program uses.
 * Bundles take it from here; Node 24, which runs the source, has its own.
 *
 * @see https://github.com/tc39/proposal-explicit-resource-management
 */

type Close = () => unknown

export class StackOfNode22 implements AsyncDisposable {
  #closes: Close[] = []
  disposed = false

  use<Value extends AsyncDisposable | Disposable | null | undefined>(value: Value): Value {
    if (value) {
      const close: Close =
        Symbol.asyncDispose in value
          ? () => value[Symbol.asyncDispose]()
          : () => value[Symbol.dispose]()
      this.defer(close)
    }
    return value
  }

  adopt<Value>(value: Value, close: (value: Value) => unknown): Value {
    this.defer(() => close(value))
    return value
  }

  defer(close: Close): void {
    if (this.disposed) throw new ReferenceError('This stack is disposed')
    this.#closes.push(close)
  }

  move(): StackOfNode22 {
    const moved = new StackOfNode22()
    moved.#closes = this.#closes
    this.#closes = []
    this.disposed = true
    return moved
  }

  async disposeAsync(): Promise<void> {
    if (this.disposed) return
    this.disposed = true
    const errors: unknown[] = []
    for (const close of this.#closes.toReversed()) {
      try {
        await close()
      } catch (error) {
        errors.push(error)
      }
    }
    this.#closes = []
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, 'Several things could not be closed')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }
}

export const AsyncDisposableStack = globalThis.AsyncDisposableStack ?? StackOfNode22

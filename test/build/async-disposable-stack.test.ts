import { describe, expect, it } from 'vitest'

import { StackOfNode22 } from '../../build/async-disposable-stack.ts'

/** Stacks of both kinds do the same. */
describe.each([
  ['AsyncDisposableStack', () => new AsyncDisposableStack()],
  ['StackOfNode22', () => new StackOfNode22()],
])('%s', (_, open) => {
  it('closes what it was given, the last first, and once', async () => {
    const closed: string[] = []
    const stack = open()
    const first = stack.use({ [Symbol.dispose]: () => void closed.push('first') })
    stack.use({ [Symbol.asyncDispose]: async () => void closed.push('second') })
    stack.use(null)
    stack.adopt('third', (name) => void closed.push(name))
    stack.defer(() => void closed.push('fourth'))
    expect(Symbol.dispose in first).toBe(true)
    await stack.disposeAsync()
    await stack[Symbol.asyncDispose]()
    expect(closed).toEqual(['fourth', 'third', 'second', 'first'])
    expect(() => stack.defer(() => undefined)).toThrow(ReferenceError)
  })

  it('gives everything to another, which closes it', async () => {
    const closed: string[] = []
    const stack = open()
    stack.defer(() => void closed.push('one'))
    const moved = stack.move()
    await stack.disposeAsync()
    expect(closed).toEqual([])
    await moved.disposeAsync()
    expect(closed).toEqual(['one'])
  })

  it('closes the rest where one cannot be closed, and throws why', async () => {
    const closed: string[] = []
    const stack = open()
    stack.defer(() => void closed.push('one'))
    stack.defer(() => {
      throw new Error('Cannot close')
    })
    await expect(stack.disposeAsync()).rejects.toThrow('Cannot close')
    expect(closed).toEqual(['one'])
  })
})

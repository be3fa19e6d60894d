/**
 * Exchanges: what went to and fro while one host was asked, described without any value.
 */

import type { Exchange } from '../domain/inspection.ts'
import { shapeOf, textShape, type Shape } from '../domain/shape.ts'
import { findPage } from '../domain/answer.ts'
import { NoAnswer, type Arm, type ArmBody, type ArmResponse } from './arm.ts'
import { Refusal } from './refusal.ts'

const LINK_HEADERS = ['azure-asyncoperation', 'location', 'operation-location']

/** Makes an `Arm` that remembers the shape of everything that goes through it. */
export function recordExchanges(arm: Arm): { arm: Arm; exchanges: Exchange[] } {
  const exchanges: Exchange[] = []
  const places = new Map<string, string>()
  return {
    exchanges,
    arm: {
      ...arm,
      async send(request, timeoutMs, signal) {
        const { method, url } = request
        const to = exchanges.length === 0 ? 'getActiveSessions' : (places.get(url) ?? 'the same')
        try {
          const response = await arm.send(request, timeoutMs, signal)
          notePlaces(places, response, url)
          exchanges.push({
            method,
            to,
            status: response.status,
            failure: null,
            headers: headerShapes(response.headers, url),
            body: bodyShape(response.body),
          })
          return response
        } catch (error) {
          const failure = failureOf(error)
          exchanges.push({ method, to, status: null, failure, headers: {}, body: null })
          throw error
        }
      },
    },
  }
}

/** Where the links of an answer lead, so that a later request can be told by the link's name. */
function notePlaces(places: Map<string, string>, { headers, body }: ArmResponse, url: string) {
  const note = (name: string, link: string | null | undefined) => {
    if (link && URL.canParse(link, url)) places.set(new URL(link, url).href, name)
  }
  for (const name of LINK_HEADERS) note(name, headers[name])
  if (body.kind === 'json') note('nextLink', findPage(body.value)?.nextLink)
}

function headerShapes(headers: Record<string, string>, url: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, headerShape(value, url)]),
  )
}

function headerShape(value: string, url: string): string {
  if (!/^(https?:)?\//i.test(value) || !URL.canParse(value, url)) return textShape(value)
  const isOwn = new URL(value, url).origin === new URL(url).origin
  return `URL of ${value.length}, ${isOwn ? 'the same origin' : 'another origin'}`
}

function bodyShape(body: ArmBody): Shape {
  if (body.kind === 'json') return shapeOf(body.value)
  return body.kind === 'none' ? 'no body' : 'no JSON'
}

/** Why there was no answer, in our own words only: a system's may name hosts and people. */
function failureOf(error: unknown): string {
  if (error instanceof Refusal) return error.errorCode
  return error instanceof NoAnswer ? 'NoAnswer' : 'Failed'
}

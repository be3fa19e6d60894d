import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { redact } from '../../src/domain/redact.ts'

const JWT = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJhYmMifQ.c2lnbmF0dXJl'

describe('redact', () => {
  it.each([
    [`Authorization: Bearer ${JWT}`, JWT],
    [`the token ${JWT} is expired`, JWT],
    ['{"access_token":"opaque-value-1234"}', 'opaque-value-1234'],
    ['https://acct.blob.core.windows.net/c/b?sv=2024&sig=abc%2Fdef%3D', 'abc%2Fdef'],
    ['https://user:hunter22@example.com/', 'hunter22'],
    ['https://contoso.webhook.office.com/webhookb2/11-22/IncomingWebhook/33', '33'],
    ['https://hooks.slack.com/services/T000/B000/XXXX', 'XXXX'],
    ['https://prod-1.westeurope.logic.azure.com/workflows/abcd/triggers/x', 'abcd'],
    ['DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9vYmFyYmF6==;', 'Zm9vYmFyYmF6'],
    ['SharedAccessSignature=sv=2024&sig=zzzzzz', 'zzzzzz'],
    ['InstrumentationKey=0000-1111;IngestionEndpoint=https://x/', '0000-1111'],
    ['Authorization: SharedKey acct:c2VjcmV0', 'c2VjcmV0'],
    ['Authorization: Basic dXNlcjpodW50ZXIyMg==', 'dXNlcjpodW50ZXIyMg'],
  ])('hides what lets a reader in: %s', (text, secret) => {
    expect(redact(text)).not.toContain(secret)
  })

  it.each([
    'Cannot list the subscriptions: connect ECONNREFUSED 127.0.0.1:443',
    'Cannot write "https://acct.blob.core.windows.net/ledger/v1/raw/runs/x.json": 403',
    'A Basic Bastion has no sessions to list',
    'https://management.azure.com/subscriptions/1111/resourceGroups/rg',
    'AuthorizationFailed: The client does not have authorization to perform action',
    '{"event":"run","run_id":"20261123T090500Z","code":null,"hosts":{"ok":4}}',
    '{"code":"AuthorizationFailed","token":null}',
  ])('leaves what names a thing: %s', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('hides given values wherever they are', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9+/=]{8,40}$/), fc.string(), (secret, around) => {
        expect(redact(`${around}${secret}${around}`, [secret])).not.toContain(secret)
      }),
    )
  })
})

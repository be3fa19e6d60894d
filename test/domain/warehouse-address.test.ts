import { describe, expect, it } from 'vitest'

import {
  isAddress,
  isLoopbackConnection,
  parseBlobAddress,
  withoutSecrets,
} from '../../src/domain/warehouse-address.ts'

describe('parseBlobAddress', () => {
  it.each([
    ['https://contoso.blob.core.windows.net/ledger', 'contoso', 'ledger', ''],
    ['https://contoso.blob.core.windows.net/ledger/', 'contoso', 'ledger', ''],
    ['https://contoso.blob.core.windows.net/ledger/a/b=1', 'contoso', 'ledger', 'a/b=1/'],
    ['https://CONTOSO.blob.core.windows.net/ledger', 'contoso', 'ledger', ''],
    ['https://contoso.blob.core.usgovcloudapi.net/l-1', 'contoso', 'l-1', ''],
    ['https://contoso.blob.core.chinacloudapi.cn/ledger', 'contoso', 'ledger', ''],
    ['https://contoso.z04.blob.storage.azure.net/ledger', 'contoso', 'ledger', ''],
  ])('reads %s', (url, account, container, prefix) => {
    expect(parseBlobAddress(url)).toMatchObject({ account, container, prefix, loopback: false })
    expect(isAddress(url)).toBe(true)
  })

  it.each(['127.0.0.1', 'localhost', '[::1]'])('reads the URL of Azurite on %s', (host) => {
    expect(parseBlobAddress(`http://${host}:10000/devstoreaccount1/ledger/a`)).toEqual({
      containerUrl: `http://${host}:10000/devstoreaccount1/ledger`,
      account: 'devstoreaccount1',
      container: 'ledger',
      prefix: 'a/',
      loopback: true,
    })
  })

  it.each([
    'http://contoso.blob.core.windows.net/ledger',
    'http://192.168.0.7:10000/devstoreaccount1/ledger',
    'https://127.0.0.1:10000/devstoreaccount1/ledger',
    'http://127.0.0.1:10000/devstoreaccount1',
    'https://contoso.blob.core.windows.net',
    'https://contoso.blob.core.windows.net/',
    'https://contoso.blob.core.windows.net:8443/ledger',
    'https://contoso.blob.core.windows.net/Ledger',
    'https://contoso.blob.core.windows.net/le',
    'https://contoso.blob.core.windows.net/a--b',
    'https://contoso.blob.core.windows.net/$root',
    'https://contoso.blob.core.windows.net/ledger/../other',
    'https://contoso.blob.core.windows.net/ledger//a',
    'https://contoso.blob.core.windows.net/ledger/.tmp',
    'https://contoso.blob.core.windows.net/ledger/%2e%2e',
    'https://contoso.blob.core.windows.net/ledger?sv=1&sig=x',
    'https://contoso.blob.core.windows.net/ledger#a',
    'https://me:secret@contoso.blob.core.windows.net/ledger',
    'https://contoso-secondary.blob.core.windows.net/ledger',
    'https://contoso.dfs.core.windows.net/ledger',
    'https://contoso.blob.core.windows.net.evil.example/ledger',
    'https://evil.example/contoso.blob.core.windows.net/ledger',
    'abfss://ledger@contoso.dfs.core.windows.net/',
    's3://bucket/ledger',
    'file:///var/ledger',
  ])('refuses %s', (url) => {
    expect(parseBlobAddress(url)).toBeNull()
    expect(isAddress(url)).toBe(false)
  })

  it.each(['./warehouse', '/var/lib/ledger', 'C:\\ledger', 'a b'])(
    'leaves %s a folder',
    (folder) => {
      expect(parseBlobAddress(folder)).toBeNull()
      expect(isAddress(folder)).toBe(true)
    },
  )
})

describe('isLoopbackConnection', () => {
  const azurite = 'AccountName=devstoreaccount1;AccountKey=a2V5==;BlobEndpoint='

  it.each([
    'UseDevelopmentStorage=true',
    'UseDevelopmentStorage=true;',
    `${azurite}http://127.0.0.1:10000/devstoreaccount1`,
    `DefaultEndpointsProtocol=http;${azurite}http://localhost:10000/devstoreaccount1;`,
  ])('takes %s', (text) => {
    expect(isLoopbackConnection(text)).toBe(true)
  })

  it.each([
    '',
    'UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://evil.example',
    `${azurite}https://contoso.blob.core.windows.net`,
    'DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=a2V5;EndpointSuffix=core.windows.net',
    'BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;SharedAccessSignature=sv=1&sig=x',
  ])('refuses %s', (text) => {
    expect(isLoopbackConnection(text)).toBe(false)
  })
})

describe('withoutSecrets', () => {
  it.each([
    ['https://a.blob.core.windows.net/c?sv=1&sig=CANARY', 'https://a.blob.core.windows.net/c?…'],
    ['https://me:CANARY@a.example/c', 'https://…@a.example/c'],
    ['https://a.example/c#CANARY', 'https://a.example/c?…'],
    ['./what?', './what?'],
  ])('shows %s as %s', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown)
  })
})

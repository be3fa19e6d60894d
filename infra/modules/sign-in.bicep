// Sign-in with Entra ID before every HTTP function but `health`. Deployed only where an app
// registration is given.
//
// This version has no function that needs it: `health` is the only one that answers HTTP, and it
// tells nothing secret. Without a registration nothing else is exposed.
//
// There is no client secret. The registration trusts the app's identity instead (a federated
// credential on the registration, which a person must add: docs/deploy.md).
// https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad#use-a-managed-identity-instead-of-a-secret

@description('Name of the Function app.')
param appName string

@description('Client id of the app registration.')
param clientId string

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource signIn 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
      excludedPaths: ['/api/health']
    }
    httpSettings: { requireHttps: true }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: clientId
          // The name of a setting that holds the client id of the identity, not a secret.
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          defaultAuthorizationPolicy: { allowedApplications: [clientId] }
        }
      }
    }
    login: { tokenStore: { enabled: false } }
  }
}

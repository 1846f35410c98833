import type { FastifyInstance } from 'fastify'
import type { HookRegistry } from '../hooks/registry.ts'
import type { Chain } from '../methods/chain.ts'
import type { MethodName } from '../methods/request-auth.ts'
import { observe } from '../telemetry/index.ts'
import { authenticateHooks, checkHook } from './authenticate.ts'
import type { Challenger } from './challenge.ts'
import { sendExtras } from './error-body.ts'
import type { RequireComplete } from './guard.ts'
import { createRouteDocuments } from './openapi.ts'
import { createRefuse } from './refuse.ts'
import type { RequestHooks } from './request-hooks.ts'
import type { RoutePolicies } from './route-policy.ts'

export interface ProtectDeps {
  readonly chain: Chain
  readonly policies: RoutePolicies
  readonly requireComplete: RequireComplete
  readonly challenger: Challenger
  readonly hooks: HookRegistry<RequestHooks>
}

/** Adds the hooks that make every route of the scope ask for what it declares, and show it in API pages. */
export function protectRoutes(app: FastifyInstance, deps: ProtectDeps): void {
  const { chain, policies, requireComplete, challenger, hooks } = deps
  const refuse = createRefuse(challenger, hooks)
  const documents = createRouteDocuments(chain.names, () => app.hasDecorator('swagger'))

  app.addHook('onRoute', function auth0UsersDeclare(route) {
    const policy = policies.declare(this, route)
    if (policy?.completeProfile === true) sendExtras(route)
    documents.add(route, policy)
  })
  const admitted = countAdmitted(app)
  const { onRequest, preParsing } = authenticateHooks({ chain, policies, requireComplete, refuse, admitted, hooks })
  app.addHook('onRequest', onRequest)
  app.addHook('preParsing', preParsing)
  app.addHook('preHandler', checkHook({ policies, refuse }))
  app.addHook('onReady', function auth0UsersDocument(done) {
    documents.write()
    done()
  })
}

/** Requests let in, by the way of signing in, reported until the app is closed. */
function countAdmitted(app: FastifyInstance): Record<MethodName, number> {
  const admitted: Record<MethodName, number> = { jwt: 0, token: 0, session: 0, basic: 0 }
  const unobserve = observe({
    'requests.authenticated': () => methods.map(method => [admitted[method], { 'auth.method': method }]),
  })
  app.addHook('onClose', function auth0UsersUncount(_instance, done) {
    unobserve()
    done()
  })
  return admitted
}

const methods = ['jwt', 'token', 'session', 'basic'] as const satisfies readonly MethodName[]

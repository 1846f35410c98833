import { type Html, html } from './html.ts'
import { fullName, type Person, peopleOf, socialConnections } from './people.ts'

export interface SignInPage {
  /** The waiting request, by which the answer finds it again. */
  readonly transaction: string
  /** Show "Create your account" with fields for the name. */
  readonly signUp: boolean
  readonly email: string
  /** What was wrong with the email address. */
  readonly fault?: string
}

/** The page that Auth0 would show: an email form, and the social buttons. */
export function signInPage({ transaction, signUp, email, fault }: SignInPage): Html {
  const title = signUp ? 'Create your account' : 'Sign in'
  const invalid = fault === undefined ? html`` : html` aria-invalid="true" aria-describedby="email-fault"`
  const message = fault === undefined ? html`` : html`<p class="fault" id="email-fault" role="alert">${fault}</p>`
  return layout(
    title,
    html`
      <form method="post" action="/sign-in/email">
        <input type="hidden" name="transaction" value="${transaction}">
        <input type="hidden" name="sign_up" value="${signUp ? 'true' : 'false'}">
        <label for="email">Email address</label>
        <input id="email" name="email" type="email" autocomplete="email" required maxlength="254" value="${email}"${invalid}>
        ${message}
        ${passwordField(signUp)}
        ${signUp ? nameFields : html``}
        <button class="primary">${signUp ? 'Create account' : 'Continue'}</button>
      </form>
      <p class="or">or</p>
      ${socialConnections.map(({ connection, label }) => socialButton(transaction, connection, label))}
    `,
  )
}

/** The people who have an account with a social provider; undefined when the connection is none. */
export function peoplePage(transaction: string, connection: string): Html | undefined {
  const provider = socialConnections.find(known => known.connection === connection)
  if (provider === undefined) return undefined
  const people = peopleOf(connection).map(
    person =>
      html`<li><button name="sub" value="${person.sub}">${fullName(person)} <small>${person.email}</small></button></li>`,
  )
  return layout(
    `Continue with ${provider.label}`,
    html`
      <p>Choose whom to be. These people are invented, and ${provider.label} is not contacted.</p>
      <form method="post" action="/sign-in/person">
        <input type="hidden" name="transaction" value="${transaction}">
        <ul class="people">${people}</ul>
      </form>
    `,
  )
}

export interface StartPage {
  readonly issuer: string
  readonly audience: string
  readonly clientIds: readonly string[]
  /** Who is signed in in this browser. */
  readonly person: Person | undefined
}

/** The start page of the stand-in. */
export function startPage({ issuer, audience, clientIds, person }: StartPage): Html {
  const documents = ['.well-known/openid-configuration', '.well-known/jwks.json']
  return layout(
    'Auth0 stand-in',
    html`
      <p>Applications on this machine send people here to sign in. There is nothing to do on this page.</p>
      <dl>
        <dt>Issuer (AUTH_DOMAIN)</dt><dd><code>${issuer}</code></dd>
        <dt>Audience (AUTH_AUDIENCE)</dt><dd><code>${audience}</code></dd>
        <dt>Clients</dt>${clientIds.map(id => html`<dd><code>${id}</code></dd>`)}
        <dt>Documents</dt>${documents.map(path => html`<dd><a href="/${path}">/${path}</a></dd>`)}
        <dt>Signed in here</dt><dd>${person === undefined ? 'no one' : fullName(person)}</dd>
      </dl>
      ${person === undefined ? html`` : html`<p><a href="/v2/logout">Sign out</a></p>`}
    `,
  )
}

/** For faults that must not be sent to the application. */
export function errorPage(title: string, explanation: string): Html {
  return layout(title, html`<p>${explanation}</p>`)
}

/** Has no name, so the browser does not even send it. */
function passwordField(signUp: boolean): Html {
  return html`
    <label for="password">${signUp ? 'Choose a password' : 'Password'}</label>
    <input id="password" type="password" autocomplete="off" aria-describedby="password-hint">
    <p class="hint" id="password-hint">Type anything, or nothing: it is not checked and not sent.</p>
  `
}

const nameFields = html`
  <details>
    <summary>Add a name, as a tenant may ask for</summary>
    <label for="given_name">Given name</label>
    <input id="given_name" name="given_name" autocomplete="given-name" maxlength="150">
    <label for="family_name">Family name</label>
    <input id="family_name" name="family_name" autocomplete="family-name" maxlength="150">
  </details>
`

function socialButton(transaction: string, connection: string, label: string): Html {
  return html`
    <form method="get" action="/sign-in/social">
      <input type="hidden" name="transaction" value="${transaction}">
      <button name="connection" value="${connection}">Continue with ${label}</button>
    </form>
  `
}

function layout(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} – local sign-in</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/stand-in.css">
  </head>
  <body>
    <main>
      <p class="notice">Local stand-in for Auth0. For development only: it checks no password.</p>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>
</html>
`
}

import { type Html, html } from './html.ts'
import { fullName, peopleOf, socialConnections } from './people.ts'

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

/** For faults that must not be sent to the application. */
export function errorPage(title: string, explanation: string): Html {
  return layout(title, html`<p>${explanation}</p>`)
}

const nameFields = html`
  <label for="given_name">Given name</label>
  <input id="given_name" name="given_name" autocomplete="given-name" maxlength="150">
  <label for="family_name">Family name</label>
  <input id="family_name" name="family_name" autocomplete="family-name" maxlength="150">
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
      <p class="notice">Local stand-in for Auth0. For development only: it asks for no password.</p>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>
</html>
`
}

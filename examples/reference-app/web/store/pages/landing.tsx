import type { JSX } from 'preact'
import { PageTitle } from '../../shared/page.tsx'
import { Link } from '../../shared/router.tsx'
import { Mosaic } from '../parts/mosaic.tsx'

/** What visitors see first. */
export function LandingPage(): JSX.Element {
  return (
    <div class="landing">
      <section class="hero">
        <div class="hero__text stack stack--l">
          <p class="eyebrow">A small asset store</p>
          <PageTitle title="Pictures, sounds and letters worth keeping" class="hero__title" />
          <p class="lead">
            Verso lends out works of a few careful makers: photos, illustrations, sounds, fonts and data sets. Ask for a
            licence, say what it is for, and hear back from a person.
          </p>
          <div class="row">
            <Link href="/register" class="button button--primary">
              Register
            </Link>
            <Link href="/sign-in" class="button">
              Sign in
            </Link>
          </div>
        </div>
        <Mosaic />
      </section>
      <ol class="plain steps" aria-label="How it works">
        {steps.map(({ title, text }, index) => (
          <li key={title} class="steps__item">
            <span class="steps__number" aria-hidden="true">
              {index + 1}
            </span>
            <h2 class="steps__title">{title}</h2>
            <p class="muted">{text}</p>
          </li>
        ))}
      </ol>
    </div>
  )
}

const steps = [
  { title: 'Tell us who you are', text: 'With your email address, GitHub or Google. Your password never reaches us.' },
  { title: 'Ask for what you need', text: 'One sentence about what you are making is enough.' },
  { title: 'Use it with a clear licence', text: 'Written down, with an end date, and yours to download.' },
]

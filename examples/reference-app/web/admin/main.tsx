import { render } from 'preact'
import '../shared/styles.css'
import './styles/admin.css'
import { reloadWhenBuilt } from '../shared/reload.ts'
import { App } from './app.tsx'

const place = document.getElementById('app')
if (place !== null) render(<App />, place)
reloadWhenBuilt()

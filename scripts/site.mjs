// npm run docs:site: builds the documentation site into site/dist, for any static host: the documents, the reference of
// the library (/api) and the page itself (/try). VitePress checks every link. Its packages are in site/, with a lock of
// their own, so that whoever only builds tfreeze does not install them. SITE_BASE names the path of the host.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const site = 'site'
const pages = join(site, 'pages')
const npm = (args, cwd = '.') =>
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' })

/** Documents beside `docs/`, and what the site calls them, where names that differ in case alone are one. */
const ROOT = {
  'README.md': 'index.md',
  'ARCHITECTURE.md': 'architecture.md',
  'CONTRIBUTING.md': 'contributing.md',
  'CHANGELOG.md': 'changelog.md',
  'SECURITY.md': 'reporting.md',
}
/** Files of the checkout that documents link to and that are no pages. */
const FILES = ['LICENSE', 'NOTICE']

/** Languages of examples by names that the site colours. */
const LANGUAGES = { mjs: 'js', graph: 'text' }

/** The document with links that lead to the pages of the site. */
const asPage = text =>
  text
    .replaceAll(/^```(mjs|graph)$/gm, (_, language) => `\`\`\`${LANGUAGES[language]}`)
    .replaceAll(/\]\((?:\.\.\/|docs\/)?([\w-]+\.md)/g, (_, name) => `](./${ROOT[name] ?? name}`)
    .replaceAll(new RegExp(`\\]\\((?:\\.\\./)?(${FILES.join('|')})\\)`, 'g'), '](/$1)')

rmSync(pages, { recursive: true, force: true })
mkdirSync(join(pages, 'public'), { recursive: true })
for (const name of readdirSync('docs').filter(file => file.endsWith('.md')))
  writeFileSync(join(pages, name), asPage(readFileSync(join('docs', name), 'utf8')))
for (const [name, page] of Object.entries(ROOT)) writeFileSync(join(pages, page), asPage(readFileSync(name, 'utf8')))
if (existsSync('docs/images')) cpSync('docs/images', join(pages, 'docs/images'), { recursive: true })
for (const name of FILES) cpSync(name, join(pages, 'public', name))
npm(['run', '--silent', 'docs:api', '--', '--out', join(pages, 'public', 'api'), '--logLevel', 'Warn'])
cpSync('dist/web', join(pages, 'public', 'try'), { recursive: true })

npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'], site)
npm(['run', '--silent', 'build'], site)
console.log(`the site is in ${join(site, 'dist')}: serve it from any static host`)

// npm run docs:site: builds the documentation site into site/dist, for any static host: the documents, the reference of
// the library (/api) and the page itself (/try). Every link between its pages is followed, to the heading that it names. Its packages are in site/, with a lock of
// their own, so that whoever only builds tfreeze does not install them. SITE_BASE names the path of the host.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

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
const { checked, dead } = checkLinks(join(site, 'dist'), process.env.SITE_BASE ?? '/')
for (const link of dead) console.error(`dead link: ${link}`)
if (checked === 0 || dead.length > 0) process.exit(1)
console.log(`${checked.toLocaleString('en')} links lead somewhere`)
console.log(`the site is in ${join(site, 'dist')}: serve it from any static host`)

/** Follows each link of the pages in a folder to another of its files, and to the element that it names there. */
function checkLinks(folder, base) {
  const pages = new Map(
    readdirSync(folder, { recursive: true })
      .map(path => path.replaceAll('\\', '/'))
      .filter(path => path.endsWith('.html'))
      .map(path => [path, readFileSync(join(folder, path), 'utf8')]),
  )
  const ids = new Map(
    [...pages].map(([path, text]) => [path, new Set([...text.matchAll(/\bid="?([^"\s>]+)/g)].map(m => m[1]))]),
  )
  const dead = []
  let checked = 0
  for (const [page, text] of pages) {
    for (const [, target] of text.matchAll(/<(?:a|img|link)\b[^>]*?\s(?:href|src)="([^"]*)"/g)) {
      if (/^[a-z]+:|^\/\//i.test(target)) continue
      checked++
      const [path, fragment] = target.replaceAll('&amp;', '&').split('#')
      const local = decodeURIComponent(path.split('?')[0])
      const file = local === '' ? page : local.startsWith('/') ? local.slice(base.length) : join(dirname(page), local)
      const found = [file, join(file, 'index.html')]
        .map(name => normalize(name).replaceAll('\\', '/'))
        .find(name => existsSync(join(folder, name)) && (pages.has(name) || !name.endsWith('.html')))
      const isThere = found && (!fragment || !pages.has(found) || ids.get(found).has(decodeURIComponent(fragment)))
      if (!isThere) dead.push(`${page}: ${target}`)
    }
  }
  return { checked, dead: [...new Set(dead)] }
}

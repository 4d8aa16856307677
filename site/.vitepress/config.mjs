// The documentation site: what scripts/site.mjs puts together in pages/, with a search in the browser and checked links.
import { readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

/** The heading of a page. */
const titleOf = name => /^# (.+)$/m.exec(readFileSync(new URL(`../pages/${name}.md`, import.meta.url), 'utf8'))[1]
const group = ([text, names]) => ({ text, items: names.map(name => ({ text: titleOf(name), link: `/${name}` })) })

const GROUPS = [
  ['Use it', ['freezing', 'keras', 'optimising', 'inspecting', 'verifying', 'batch', 'remote', 'troubleshooting']],
  ['Results', ['onnx', 'tfjs']],
  ['Programs', ['library', 'python', 'extending', 'writing-a-pass']],
  ['Reference', ['command-line', 'passes', 'graph-text', 'errors', 'limits', 'performance', 'security']],
  ['How it works', ['how-freezing-works', 'architecture', 'contributing', 'changelog', 'reporting']],
]
const listed = new Set(['index', ...GROUPS.flatMap(([, names]) => names)])
const missing = readdirSync(new URL('../pages/', import.meta.url)).filter(
  file => file.endsWith('.md') && !listed.has(file.slice(0, -3)),
)
if (missing.length > 0) throw new Error(`the sidebar of site/.vitepress does not have ${missing.join(', ')}`)

const base = process.env.SITE_BASE ?? '/'

export default defineConfig({
  title: 'tfreeze',
  description: 'Freezes TensorFlow SavedModels and Keras files into one self-contained graph, without Python',
  srcDir: 'pages',
  outDir: 'dist',
  base,
  head: [['link', { rel: 'icon', href: `${base}try/icon.svg`, type: 'image/svg+xml' }]],
  cleanUrls: false,
  srcExclude: ['public/**'],
  ignoreDeadLinks: 'localhostLinks',
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/freezing' },
      { text: 'Command line', link: '/command-line' },
      { text: 'Library', link: '/api/index.html', target: '_self' },
      { text: 'Try it', link: '/try/index.html', target: '_self' },
    ],
    sidebar: GROUPS.map(group),
  },
})

// The documentation site: what scripts/site.mjs puts together in pages/, with a search in the browser and checked links.
import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

/** The heading of a page. */
const titleOf = name => /^# (.+)$/m.exec(readFileSync(new URL(`../pages/${name}.md`, import.meta.url), 'utf8'))[1]
const group = (text, names) => ({ text, items: names.map(name => ({ text: titleOf(name), link: `/${name}` })) })

export default defineConfig({
  title: 'tfreeze',
  description: 'Freezes TensorFlow SavedModels and Keras files into one self-contained graph, without Python',
  srcDir: 'pages',
  outDir: 'dist',
  base: process.env.SITE_BASE ?? '/',
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
    sidebar: [
      group('Use it', ['freezing', 'keras', 'optimising', 'inspecting', 'verifying', 'batch', 'troubleshooting']),
      group('Results', ['onnx', 'tfjs']),
      group('Programs', ['library', 'python', 'extending', 'writing-a-pass']),
      group('Reference', ['command-line', 'passes', 'graph-text', 'errors', 'limits', 'performance', 'security']),
      group('How it works', ['how-freezing-works', 'architecture', 'contributing', 'changelog', 'reporting']),
    ],
  },
})

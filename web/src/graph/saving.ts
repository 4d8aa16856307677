/** Saves what is drawn as a picture. */
import { save } from '../saving.ts'

/** Dots of a PNG for each of the drawing, and the most that browsers draw along one side. */
const SCALE = 2
const MAX_SIDE = 8000

/** Saves an SVG file, or what it shows as PNG. */
export async function savePicture(svg: string, name: string, kind: 'svg' | 'png'): Promise<void> {
  const file = new Blob([svg], { type: 'image/svg+xml' })
  save(kind === 'svg' ? file : await png(file), `${name}.${kind}`)
}

async function png(svg: Blob): Promise<Blob> {
  const url = URL.createObjectURL(svg)
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const { naturalWidth: width, naturalHeight: height } = image
    const scale = Math.min(SCALE, MAX_SIDE / Math.max(width, height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.ceil(width * scale)
    canvas.height = Math.ceil(height * scale)
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((resolve, reject) =>
      canvas.toBlob(
        blob => (blob ? resolve(blob) : reject(new Error('The browser cannot draw this as a PNG. Save it as SVG.'))),
        'image/png',
      ),
    )
  } finally {
    URL.revokeObjectURL(url)
  }
}

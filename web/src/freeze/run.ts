/** Freezes: shows how far it is, stops it, and shows what it gave or why it was refused. */
import { CallError, type Client } from '../client.ts'
import type { GraphView } from '../graph/panel.ts'
import type { FreezeParams, FreezeResult } from '../protocol.ts'
import { Comparison } from './comparison.ts'
import type { FreezeForm } from './form.ts'
import type { Stage } from './stage.ts'

export interface RunEvents {
  /** In one of the graphs that freezing gave. */
  selected(view: GraphView, id: string | undefined): void
  /** There is a result. */
  frozen(): void
  /** The form says why there is none. */
  refused(): void
  /** Ends what the worker does. */
  interrupt(): Promise<void>
  say(what: unknown): void
}

export class FreezeRun {
  readonly #client: Client
  readonly #name: string
  readonly #form: FreezeForm
  readonly #stage: Stage
  readonly #events: RunEvents

  /** For the model of this name. */
  constructor(client: Client, name: string, form: FreezeForm, stage: Stage, events: RunEvents) {
    this.#client = client
    this.#name = name
    this.#form = form
    this.#stage = stage
    this.#events = events
  }

  async start(params: FreezeParams): Promise<void> {
    const stop = (): void => void this.#interrupt()
    this.#form.running({ what: 'Freezing' }, stop)
    try {
      const frozen = this.#client.call('freeze', params, progress => this.#form.running(progress, stop))
      await this.#show(await frozen)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      if (!error.isCancelled) await this.#refused(error)
    } finally {
      this.#form.ready()
    }
  }

  async #show(result: FreezeResult): Promise<void> {
    const { selected, say } = this.#events
    const comparison = new Comparison(this.#client, this.#name, result, { selected, failed: say })
    this.#stage.compare(comparison)
    this.#events.frozen()
    if (comparison.isOptimised) await comparison.before.draw({ start: true })
    if (this.#stage.comparison === comparison) await comparison.after.draw({ start: true }) // else it was cancelled
  }

  async #refused({ failure }: CallError): Promise<void> {
    this.#form.problem(failure)
    this.#stage.showModel()
    if (failure.node !== undefined) await this.#stage.model.accuse(failure.node)
    this.#events.refused()
  }

  /** Stops the freezing. What was frozen before is lost with it; the model and what is chosen stay. */
  async #interrupt(): Promise<void> {
    this.#stage.forget()
    this.#events.say('Cancelled.')
    await this.#events.interrupt()
  }
}

/** At the end of the process, how long the last traces may take to be handed over, ms. */
const FLUSH_MS = 2_000;

interface Tracing {
  /** Hands over what is left. */
  close(): Promise<void>;
}

/**
 * Sends this process's traces to a collector (OTLP over HTTP, in JSON). What that needs is loaded
 * only here. A collector that is away costs a log line of the library's and the traces, nothing else:
 * its queue is bounded.
 * @param url of the collector's traces: `http://127.0.0.1:4318/v1/traces`
 * @param name of the process in the fleet
 */
export async function startTracing(url: string, name: string): Promise<Tracing> {
  const [api, sdk, { OTLPTraceExporter }, hooks, core, { resourceFromAttributes }] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/context-async-hooks"),
      import("@opentelemetry/core"),
      import("@opentelemetry/resources"),
    ]);
  const exporter = new OTLPTraceExporter({ url });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ "service.name": "rostra", "service.instance.id": name }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, exportTimeoutMillis: FLUSH_MS })],
  });
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  api.propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  api.trace.setGlobalTracerProvider(provider);
  return { close: () => provider.shutdown().catch(() => {}) };
}

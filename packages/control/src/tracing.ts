import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { Relay } from "@rostra/relay";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Store } from "./store/store.ts";

/**
 * Traces by OpenTelemetry's API alone: where they go is for whoever runs the process to say. Nothing
 * here is in the way where nobody wants them. Names of attributes are OpenTelemetry's own (semantic
 * conventions for HTTP, 1.29).
 */
const tracer = trace.getTracer("rostra-control");

/** A span for each request, below the caller's own where that says so (W3C Trace Context). */
export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook("onRequest", (request, _reply, done) => {
    const { method, headers, routeOptions } = request;
    // The pattern, not the address: names of spans must stay few.
    const route = routeOptions.url ?? "none";
    const parent = propagation.extract(context.active(), headers);
    const attributes = { "http.request.method": method, "http.route": route };
    const span = tracer.startSpan(
      `${method} ${route}`,
      { kind: SpanKind.SERVER, attributes },
      parent,
    );
    spans.set(request, span);
    context.with(trace.setSpan(parent, span), done);
  });
  app.addHook("onResponse", (request, { statusCode }, done) => {
    const span = spans.get(request);
    span?.setAttribute("http.response.status_code", statusCode);
    if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}

/** A span for each call of the store that somebody waits for. */
export function tracedStore(store: Store): Store {
  const call = <Args extends unknown[], T>(
    name: string,
    method: (...args: Args) => Promise<T>,
  ): ((...args: Args) => Promise<T>) => {
    return (...args) => inSpan(`store ${name}`, {}, () => method.apply(store, args));
  };
  return {
    addSpace: call("addSpace", store.addSpace),
    changeSpace: call("changeSpace", store.changeSpace),
    loadSpace: call("loadSpace", store.loadSpace),
    loadCurrentSpaces: call("loadCurrentSpaces", store.loadCurrentSpaces),
    raisePeaks: call("raisePeaks", store.raisePeaks),
    addBlock: call("addBlock", store.addBlock),
    removeBlock: call("removeBlock", store.removeBlock),
    loadBlocks: call("loadBlocks", store.loadBlocks),
    keepSecret: call("keepSecret", store.keepSecret),
    close: () => store.close(),
  };
}

/** A span for each thing that a request puts into the relay's state. What timers put has none. */
export function tracedRelay(relay: Relay): Relay {
  const put: Relay["put"] = (key, value, options) => {
    const span = trace.getActiveSpan() && tracer.startSpan("relay put");
    // The kind of thing: keys hold ids.
    span?.setAttribute("rostra.key", key.slice(0, key.indexOf("/") + 1) || key);
    relay.put(key, value, options);
    span?.end();
  };
  return new Proxy(relay, {
    get(target, name) {
      if (name === "put") return put;
      const found: unknown = Reflect.get(target, name, target);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

/** Nothing where no request is under way. */
async function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  if (trace.getActiveSpan() === undefined) return work();
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

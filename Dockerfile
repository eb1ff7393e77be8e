# Rostra in a container: all roles (the default), or one of a fleet:
#   docker run rostra                     docker run rostra edge
# Node 24 runs the TypeScript as it is; only the site is built.

FROM node:24-bookworm-slim AS build
WORKDIR /rostra
COPY . .
# No scripts of packages run: none of what is needed at run time has any to run.
RUN npm install --no-save --ignore-scripts --no-audit --no-fund \
 && npm run build \
 && rm -rf node_modules \
 && npm install --no-save --ignore-scripts --omit=dev --no-audit --no-fund \
 && rm -rf docs deploy .ci packages/*/test packages/*/bench apps/*/test apps/*/bench

FROM node:24-bookworm-slim
# ffmpeg makes AAC three times cheaper than the WebAssembly that is used without it.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production ROSTRA_DATA=/data
WORKDIR /rostra
COPY --from=build /rostra .
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 7070/tcp 7070/udp
# A drain takes up to ten seconds for each role in turn.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 7070}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "apps/server/src/main.ts"]

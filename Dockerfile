# Build: everything, then only what runs.
FROM node:20-bookworm-slim AS build
WORKDIR /patrol
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

# Run: Node, git, and a user without rights. The root file system may be read-only; /data and /tmp are written.
FROM node:20-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends git ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /patrol
COPY --from=build /patrol/package.json ./
COPY --from=build /patrol/node_modules ./node_modules
COPY --from=build /patrol/dist ./dist
COPY --from=build /patrol/rules ./rules
COPY --from=build /patrol/src/db/migrations ./src/db/migrations
COPY --from=build /patrol/src/mail/templates ./src/mail/templates
RUN ln -s /patrol/dist/patrol.cjs /usr/local/bin/patrol
RUN install -d -o node -g node -m 0700 /data
USER node
ENV NODE_ENV=production HOST=0.0.0.0 PATROL_DATA_DIR=/data
VOLUME /data
EXPOSE 4242
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4242) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# By its whole path: whoever scans starts it in a folder of their own.
ENTRYPOINT ["node", "/patrol/dist/patrol.cjs"]
CMD ["serve"]

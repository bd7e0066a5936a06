# Kalpa's workers and command line on top of YugabyteDB's image, so that yb-admin, ysqlsh and ysql_dump are of the
# cluster's own release. Not built where it was written: there was no Docker engine (README.md).
ARG YUGABYTE_IMAGE=yugabytedb/yugabyte:2025.1.4.0-b103
ARG NODE_IMAGE=node:20.19.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /kalpa
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY emulator ./emulator
COPY stack ./stack
COPY test/host ./test/host
COPY scripts ./scripts
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE} AS node

FROM ${YUGABYTE_IMAGE}
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build /kalpa/package.json /kalpa/package.json
COPY --from=build /kalpa/node_modules /kalpa/node_modules
COPY --from=build /kalpa/dist /kalpa/dist
ENTRYPOINT ["/usr/local/bin/node", "/kalpa/dist/src/cli/main.js"]

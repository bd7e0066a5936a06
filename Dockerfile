# Kalpa's workers and command line on top of YugabyteDB's image, so that yb-admin, ysql_dump and ycqlsh are of the
# cluster's own release. Not built where it was written: there was no Docker engine (docs/compose.md, also on pinning by digest).
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

# The database as a user of its own: YugabyteDB's image runs as root, and its user 10001 exists only in some builds of it.
FROM ${YUGABYTE_IMAGE} AS yugabyte
USER root
RUN (getent group 10001 || groupadd --gid 10001 yugabyte) \
 && (getent passwd 10001 || useradd --uid 10001 --gid 10001 --home-dir /home/yugabyte --no-create-home --shell /sbin/nologin yugabyte) \
 && install -d -o 10001 -g 10001 -m 0700 /home/yugabyte/yb_data
USER 10001:10001

FROM yugabyte
USER root
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build /kalpa/package.json /kalpa/package.json
COPY --from=build /kalpa/node_modules /kalpa/node_modules
COPY --from=build /kalpa/dist /kalpa/dist
COPY deploy/compose/first-start.mjs /kalpa/deploy/first-start.mjs
RUN printf '#!/bin/sh\nexec /usr/local/bin/node /kalpa/dist/src/cli/main.js "$@"\n' > /usr/local/bin/kalpa && chmod 0755 /usr/local/bin/kalpa
# Whoever runs it elsewhere names the user of its tserver: docker run --user.
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/node", "/kalpa/dist/src/cli/main.js"]

# glibc, not musl: DuckDB, ONNX Runtime and Temporal's core bridge come as glibc builds.
FROM node:24.11.1-bookworm-slim AS build
WORKDIR /app
# No install scripts (see .npmrc): the CPU build of ONNX Runtime is in the package, and nothing is downloaded besides.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24.11.1-bookworm-slim
WORKDIR /app
# The commit that the lineage of runs names: docker build --build-arg GIT_COMMIT=$(git rev-parse HEAD)
ARG GIT_COMMIT=
ENV NODE_ENV=production GIT_COMMIT=$GIT_COMMIT
RUN mkdir -p /data/work /data/sources && chown -R node:node /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY docker/*.mjs ./docker/
USER node
ENTRYPOINT ["node", "dist/scripts/temporal-mlops.js"]
CMD ["--help"]
